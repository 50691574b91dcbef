import type { Benchmark } from "../benchmark.ts";
import { bareNodeMs, numberOf } from "../processes.ts";

const benchmark: Benchmark = {
  package: "weftos",
  subject: '`import "weftos"` in a fresh process',
  unit: "ms",
  goal: { atMost: 60 },
  rounds: 15,
  round: async () => ({
    ours: await numberOf("import-facade.mjs"),
    rivals: { "node -e 0, whole process": await bareNodeMs() },
  }),
};
export const benchmarks: readonly Benchmark[] = [benchmark];
