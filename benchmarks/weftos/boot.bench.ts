import type { Benchmark } from "../benchmark.ts";
import { bareNodeMs, numberOf } from "../processes.ts";

const rival = async (): Promise<Record<string, number>> => ({ "node -e 0, whole process": await bareNodeMs() });

const first: Benchmark = {
  package: "weftos",
  subject: "boot of the default facade, new chain on disk (p50)",
  unit: "ms",
  goal: { atMost: 50 },
  rounds: 15,
  round: async () => ({ ours: await numberOf("boot-facade.mjs", "first"), rivals: await rival() }),
};
const again: Benchmark = {
  ...first,
  subject: "boot of the default facade, chain on disk opened again (p50)",
  round: async () => ({ ours: await numberOf("boot-facade.mjs", "again"), rivals: await rival() }),
};
export const benchmarks: readonly Benchmark[] = [first, again];
