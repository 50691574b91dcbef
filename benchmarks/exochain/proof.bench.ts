import type { Benchmark } from "../benchmark.ts";
import { figure, figuresOf, largeChain } from "./children.ts";

const inclusion: Benchmark = {
  package: "exochain",
  subject: "proof of one event among 1 M, a whole document (p99)",
  unit: "ms",
  goal: { atMost: 5 },
  rounds: 5,
  round: async () => {
    const figures = await figuresOf("chain-proof.ts", await largeChain());
    return {
      ours: figure(figures, "ours"),
      rivals: {
        "p50 of ours": figure(figures, "median"),
        "the first after an opening": figure(figures, "first"),
        "consistency of two sizes (p99)": figure(figures, "consistency"),
      },
    };
  },
};

export const benchmarks: readonly Benchmark[] = [inclusion];
