import type { Benchmark, Round } from "../benchmark.ts";
import { timeNode } from "../processes.ts";

const CHILD = `${import.meta.dirname}/../children/spawn-backends.mjs`;

async function figures(): Promise<Readonly<Record<string, number>>> {
  return JSON.parse((await timeNode([CHILD])).stdout) as Record<string, number>;
}

const toNumber = (value: number | undefined): number => value ?? Number.NaN;

const worker: Benchmark = {
  package: "process",
  subject: "start of a worker agent, guarded and recorded, by that of a bare worker thread in the same run",
  unit: "times",
  goal: { atMost: 1.3 },
  rounds: 3,
  round: async (): Promise<Round> => {
    const { ratio, worker: ours, bareWorker } = await figures();
    return {
      ours: toNumber(ratio),
      rivals: { "worker agent, ms": toNumber(ours), "bare worker_threads, ms": toNumber(bareWorker) },
    };
  },
};

const child: Benchmark = {
  ...worker,
  subject: "start of an agent in a process of its own, under the permission model",
  unit: "ms",
  goal: { atMost: 250 },
  round: async (): Promise<Round> => {
    const { process: ours, bareProcess } = await figures();
    return { ours: toNumber(ours), rivals: { "bare fork": toNumber(bareProcess) } };
  },
};

const noticed: Benchmark = {
  ...worker,
  subject: "from kill -9 of a process agent to its exit in the kernel",
  unit: "ms",
  goal: { atMost: 100 },
  round: async (): Promise<Round> => ({ ours: toNumber((await figures()).noticed), rivals: {} }),
};

export const benchmarks: readonly Benchmark[] = [worker, child, noticed];
