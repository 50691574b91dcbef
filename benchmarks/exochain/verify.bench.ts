import type { Benchmark } from "../benchmark.ts";
import { bareNodeMs } from "../processes.ts";
import { figure, figuresOf, largeChain } from "./children.ts";

const verified: Benchmark = {
  package: "exochain",
  subject: "verify a chain of 1 M events: hashes, commitments, tree, signatures",
  unit: "events/s",
  goal: { atLeast: 250_000 },
  rounds: 5,
  round: async () => ({ ours: figure(await figuresOf("chain-verify.ts", await largeChain()), "ours"), rivals: {} }),
};

const memory: Benchmark = {
  package: "exochain",
  subject:
    "most memory while verifying 1 M events, threads included (the goal is for 5 M; nothing of an event is kept)",
  unit: "MB",
  goal: { atMost: 200 },
  rounds: 5,
  round: async () => ({
    ours: figure(await figuresOf("chain-verify.ts", await largeChain()), "megabytes"),
    rivals: {},
  }),
};

const opened: Benchmark = {
  package: "exochain",
  subject: "open a chain of 1 M events from its last checkpoint",
  unit: "ms",
  goal: { atMost: 2000 },
  rounds: 5,
  round: async () => ({
    ours: figure(await figuresOf("chain-open.ts", await largeChain()), "ours"),
    rivals: { "node -e 0, whole process": await bareNodeMs() },
  }),
};

export const benchmarks: readonly Benchmark[] = [verified, memory, opened];
