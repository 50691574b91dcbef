import type { Benchmark, Round } from "../benchmark.ts";
import { figure, figuresOf } from "../exochain/children.ts";

const ROUNDS = 3;

const rivalsOf = (figures: Readonly<Record<string, number>>): Round["rivals"] => ({
  "cedar-wasm, stateful": figure(figures, "cedar"),
  casbin: figure(figures, "casbin"),
  "json-rules-engine": figure(figures, "jsonRules"),
});

const rate: Benchmark = {
  package: "governance",
  subject: "a decision under the 22 genesis rules",
  unit: "decisions/s",
  goal: { atLeast: 400_000 },
  rounds: ROUNDS,
  round: async () => {
    const figures = await figuresOf("decide.ts");
    return { ours: figure(figures, "rate"), rivals: rivalsOf(figures) };
  },
};

const multiple: Benchmark = {
  ...rate,
  subject: "a decision under the 22 genesis rules, as a multiple of the best of the others",
  unit: "ratio",
  goal: { atLeast: 15 },
  round: async () => {
    const figures = await figuresOf("decide.ts");
    const rivals = rivalsOf(figures);
    return { ours: figure(figures, "rate") / Math.max(...Object.values(rivals)), rivals };
  },
};

const few: Benchmark = {
  ...rate,
  subject: "a single decision under 22 rules, median",
  unit: "µs",
  goal: { atMost: 2 },
  round: async () => ({ ours: figure(await figuresOf("decide.ts"), "p50"), rivals: {} }),
};

const many: Benchmark = {
  ...few,
  subject: "a single decision under 1000 rules, most of them about one action, median",
  goal: { atMost: 10 },
  round: async () => {
    const figures = await figuresOf("decide.ts");
    return {
      ours: figure(figures, "thousandP50"),
      rivals: { "ours, decisions/s": figure(figures, "thousandRate") },
    };
  },
};

const summed: Benchmark = {
  ...few,
  subject: "a single decision under 100 rules about what an account of 1000 acts came to, median",
  goal: { atMost: 100 },
  round: async () => ({ ours: figure(await figuresOf("decide.ts"), "summedP50"), rivals: {} }),
};

export const benchmarks: readonly Benchmark[] = [rate, multiple, few, many, summed];
