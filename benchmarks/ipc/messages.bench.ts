import type { Benchmark } from "../benchmark.ts";
import { numberOf } from "../processes.ts";

const benchmark: Benchmark = {
  package: "ipc",
  subject: "message between inline agents, checked, gated and recorded",
  unit: "messages/s",
  goal: { atLeast: 300_000 },
  rounds: 5,
  round: async () => ({
    ours: await numberOf("inline-messages.mjs"),
    rivals: { "bare array queue": await numberOf("array-queue.mjs") },
  }),
};
export const benchmarks: readonly Benchmark[] = [benchmark];
