import type { Benchmark } from "../benchmark.ts";
import { figure, figuresOf, largeChain } from "./children.ts";

const paged: Benchmark = {
  package: "exochain",
  subject: "first page (50 events) of a query over 1 M events by the index (p99)",
  unit: "ms",
  goal: { atMost: 20 },
  rounds: 3,
  round: async () => {
    const figures = await figuresOf("chain-query.ts", await largeChain());
    return {
      ours: figure(figures, "ours"),
      rivals: { "by the index, p50": figure(figures, "median"), "by a scan, slowest of 4": figure(figures, "scan") },
    };
  },
};

export const benchmarks: readonly Benchmark[] = [paged];
