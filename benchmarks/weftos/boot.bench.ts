import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "../benchmark.ts";
import { bareNodeMs, numberOf } from "../processes.ts";

const rival = async (): Promise<Record<string, number>> => ({ "node -e 0, whole process": await bareNodeMs() });

/** Boots so many times in one state directory, each in a process of its own; gives the last figure. */
async function bootMs(times: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "weftos-bench-"));
  try {
    let ms = Number.NaN;
    for (let boot = 0; boot < times; boot += 1) ms = await numberOf("boot-facade.mjs", join(folder, "state"));
    return ms;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const first: Benchmark = {
  package: "weftos",
  subject: "boot of the default facade, new chain on disk (p50)",
  unit: "ms",
  goal: { atMost: 50 },
  rounds: 15,
  round: async () => ({ ours: await bootMs(1), rivals: await rival() }),
};
const again: Benchmark = {
  ...first,
  subject: "boot of the default facade, chain on disk opened again (p50)",
  round: async () => ({ ours: await bootMs(2), rivals: await rival() }),
};
export const benchmarks: readonly Benchmark[] = [first, again];
