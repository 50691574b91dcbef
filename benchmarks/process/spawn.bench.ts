import type { Benchmark, Round } from "../benchmark.ts";
import { figure, figuresOf } from "../exochain/children.ts";

const rate: Benchmark = {
  package: "process",
  subject: "inline agents started, each guarded and recorded; the others record nothing",
  unit: "starts/s",
  goal: { atLeast: 20_000 },
  rounds: 3,
  round: async (): Promise<Round> => {
    const figures = await figuresOf("process-spawn.ts");
    const rivals = { nact: figure(figures, "nactRate"), xstate: figure(figures, "xstateRate") };
    return { ours: figure(figures, "rate"), rivals };
  },
};

const memory: Benchmark = {
  ...rate,
  subject: "heap of each of 10 000 idle inline agents, with its mailbox and its node in the resource tree",
  unit: "bytes",
  goal: { atMost: 1536 },
  round: async (): Promise<Round> => {
    const figures = await figuresOf("process-spawn.ts");
    const rivals = { nact: figure(figures, "nactBytes"), xstate: figure(figures, "xstateBytes") };
    return { ours: figure(figures, "bytes"), rivals };
  },
};

export const benchmarks: readonly Benchmark[] = [rate, memory];
