/** The section `[process]` of the configuration. */
import { z } from "@weftos/schema";

const DAY_MS = 24 * 60 * 60 * 1000;
const bounded = (minimum: number, maximum: number, value: number) =>
  z._default(z.int().check(z.minimum(minimum), z.maximum(maximum)), value);

export const processConfigSchema = z.strictObject({
  /** Most processes that live at once, the kernel not counted. */
  maxProcesses: bounded(1, 1_000_000, 10_000),
  /** Most exited processes that stay listed until they are reaped. */
  maxExited: bounded(0, 100_000, 1000),
  /** How long an agent may take to start, its module's loading included. */
  startTimeoutMs: bounded(1, DAY_MS, 10_000),
  /** How long an agent may take to end after it was asked to, before it is killed. */
  stopTimeoutMs: bounded(0, DAY_MS, 5000),
  /** Heap of a worker agent; one that needs more is ended. */
  workerMemoryMb: bounded(8, 65_536, 256),
});

export type ProcessConfig = z.infer<typeof processConfigSchema>;
