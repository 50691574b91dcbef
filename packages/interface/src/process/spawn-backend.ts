import type { AgentContext, AgentSource } from "../agent/agent-context.ts";
import type { Port } from "../feature/port.ts";
import type { ExitReason } from "./process-directory.ts";

/** One start of one agent. */
export interface BackendStart {
  readonly source: AgentSource;
  /** The agent's context in the kernel's thread; a backend elsewhere carries it over. Its `signal` asks the agent to end. */
  readonly context: AgentContext;
}

/** An agent that runs. */
export interface RunningAgent {
  /** Resolves once, however it ends; never rejects. */
  readonly exited: Promise<ExitReason>;
  /** Ends it now, whatever it does; resolves when nothing of it runs any more. */
  kill(): Promise<void>;
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
  start(start: BackendStart): Promise<RunningAgent>;
}

export const spawnBackends: Port<SpawnBackend, "many"> = { name: "SpawnBackend", arity: "many" };
