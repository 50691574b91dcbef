import type { Benchmark } from "../benchmark.ts";
import { figure, figuresOf } from "./children.ts";

const insert: Benchmark = {
  package: "exochain",
  subject: "insert into the resource tree under 100 000 siblings, with the new root",
  unit: "µs",
  goal: { atMost: 100 },
  rounds: 3,
  round: async () => {
    const figures = await figuresOf("tree-insert.ts");
    return {
      ours: figure(figures, "mean"),
      rivals: { "p99 of ours": figure(figures, "p99"), "one hash over all siblings": figure(figures, "flat") },
    };
  },
};

export const benchmarks: readonly Benchmark[] = [insert];
