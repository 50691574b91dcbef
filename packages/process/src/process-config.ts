/** The section `[process]` of the configuration. */
import { z } from "@weftos/schema";
import { MAX_STATE_BYTES } from "./agent/state-record.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const bounded = (minimum: number, maximum: number, value: number) =>
  z._default(z.int().check(z.minimum(minimum), z.maximum(maximum)), value);

const backendName = z.string().check(z.minLength(1), z.maxLength(64));

const nameGlob = () => z.string().check(z.minLength(1), z.maxLength(256));

export const processConfigSchema = z.lazy(() =>
  z.strictObject({
    /** Most processes that live at once, the kernel not counted. */
    maxProcesses: bounded(1, 1_000_000, 10_000),
    /** Most live processes below one agent that the kernel started, at any depth. */
    maxDescendants: bounded(1, 1_000_000, 1000),
    /** Most exited processes that stay listed until they are reaped. */
    maxExited: bounded(0, 100_000, 1000),
    /** How long an agent may take to start, its module's loading included. */
    startTimeoutMs: bounded(1, DAY_MS, 10_000),
    /** How long an agent may take to end after it was asked to, before it is killed. */
    stopTimeoutMs: bounded(0, DAY_MS, 5000),
    /** How long a process on another thread may give no sign of life before it is ended. */
    hungKillMs: bounded(100, DAY_MS, 30_000),
    /** How often agents outside the kernel's thread are asked for a sign of life. */
    heartbeatMs: bounded(10, DAY_MS, 1000),
    /** How long an answer may take before an agent counts as hung. */
    hungMs: bounded(10, DAY_MS, 5000),
    /** Heap of a worker agent without a limit of its own; one that needs more is ended. */
    workerMemoryMb: bounded(8, 65_536, 256),
    /** The same of an agent in a process of its own. */
    processMemoryMb: bounded(16, 65_536, 256),
    /** The backend of agents for which nobody names one. */
    defaultBackend: z._default(backendName, "inline"),
    /** Backends by the agent's name, a glob on dots; the first rule that fits counts, after what a spawn or manifest says. */
    backendPolicy: z._default(
      z.array(z.strictObject({ agent: nameGlob(), backend: backendName })).check(z.maxLength(100)),
      [],
    ),
    /** Agents and supervisors, by globs of their names, that are not started again after a crash of the kernel. */
    withoutAgents: z._default(z.array(nameGlob()).check(z.maxLength(100)), []),
    /** Most bytes of one agent's state where its start sets no limit of disk. */
    stateBytes: bounded(1024, MAX_STATE_BYTES, 104_857_600),
    /** Most agents that keep a state; of these a tenth may be below one agent of the kernel. */
    stateAgents: bounded(1, 1_000_000, 10_000),
  }),
);

export type ProcessConfig = z.infer<typeof processConfigSchema>;
