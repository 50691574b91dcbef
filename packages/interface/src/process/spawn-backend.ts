import type { AgentContext, AgentSource } from "../agent/agent-context.ts";
import type { Port } from "../feature/port.ts";
import type { Capabilities } from "./capabilities.ts";
import type { ExitReason } from "./process-directory.ts";

/** One start of one agent. */
export interface BackendStart {
  readonly source: AgentSource;
  /** The agent's context in the kernel's thread; a backend elsewhere carries it over. Its `signal` asks the agent to end. */
  readonly context: AgentContext;
  /** The agent's rights as it starts: what a backend binds to the code itself, it reads here. */
  readonly capabilities: Capabilities;
  readonly limits: BackendLimits;
}

/** Limits that a backend sets as the agent starts. */
export interface BackendLimits {
  /** Most heap in bytes; undefined: the backend's own default. */
  readonly memoryBytes: number | undefined;
}

/** What an agent has used since its start, as its backend measured it last. */
export interface AgentUsage {
  /** Milliseconds of processor time; undefined where it cannot be told from the kernel's own. */
  readonly cpuMs: number | undefined;
  /** A thread's heap with what hangs on it, a process's resident memory; undefined where it cannot be told from the kernel's own. */
  readonly memoryBytes: number | undefined;
  /** Milliseconds since it was entered. */
  readonly wallMs: number;
}

/** Signs of life of an agent that runs outside the kernel's thread. */
export interface AgentHealth {
  /** Milliseconds since its last sign of life, on the monotonic clock. */
  silentMs(): number;
  /** Whether its heartbeat is overdue: its code holds its thread. */
  readonly hung: boolean;
  /** Whether its code waits for a message; absent where its inbox in the kernel tells. */
  readonly idle?: boolean | undefined;
}

/** An agent that runs. */
export interface RunningAgent {
  /** Resolves once, however it ends; never rejects. */
  readonly exited: Promise<ExitReason>;
  /** Ends it now, whatever it does; resolves when nothing of it runs any more. */
  kill(): Promise<void>;
  /** Absent where the kernel's own thread runs it, which hangs with it. */
  readonly health?: AgentHealth | undefined;
  /** Tells what it has used: measured at each heartbeat, so the figures are a second old at most unless it hangs. */
  usage(): AgentUsage;
  /**
   * Tells the backend that the agent's rights have changed. Calls of the context are checked against the new rights whatever it
   * does; a backend whose code runs with rights that it can no longer take back ends the agent, with the reason `supervisor`
   * and the cause `rights`. Absent where nothing is bound to the code.
   */
  rightsChanged?(rights: Capabilities): void;
}

/**
 * Runs agents somewhere.
 *
 * *When called*: by the supervisor at each start. *Errors*: a module that fails to load rejects `start` with
 * `AGENT_LOAD_FAILED`; a closure where only modules run, with `AGENT_NOT_A_MODULE`. *Rules*: `start` resolves when `run` was
 * entered; a crash of the agent never reaches the kernel.
 */
export interface SpawnBackend {
  readonly name: string;
  /** What of the capabilities binds the code itself, beyond what passes the context: empty where the code is trusted. */
  readonly confines: readonly string[];
  /** What of its agents it can tell from the kernel's own use, and so hold to a limit. @defaultValue nothing */
  readonly measures?: readonly ("cpu" | "memory")[] | undefined;
  /** The most memory, in bytes, of an agent whose start sets no limit; one that has more is ended. @defaultValue no such limit */
  readonly memoryBytes?: number | undefined;
  start(start: BackendStart): Promise<RunningAgent>;
}

export const spawnBackends: Port<SpawnBackend, "many"> = { name: "SpawnBackend", arity: "many" };
