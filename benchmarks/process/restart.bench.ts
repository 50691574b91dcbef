import type { Benchmark } from "../benchmark.ts";
import { figure, figuresOf } from "../exochain/children.ts";

const benchmark: Benchmark = {
  package: "process",
  subject: "restart of a crashed inline agent, beyond its backoff",
  unit: "ms",
  goal: { atMost: 5 },
  rounds: 3,
  round: async () => {
    const figures = await figuresOf("process-restart.ts");
    return { ours: figure(figures, "beyondMs"), rivals: { "the timer alone": figure(figures, "timerMs") } };
  },
};
export const benchmarks: readonly Benchmark[] = [benchmark];
