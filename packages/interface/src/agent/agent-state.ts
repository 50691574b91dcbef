import type { JsonValue } from "../schema/json-value.ts";

/**
 * What an agent keeps from one start to the next: JSON by key, on disk when the promise of a change resolves. It belongs to the
 * agent's name and those of the agents that started it, so a restart of the agent or of the kernel finds it again; processes
 * with the same names share one state.
 *
 * *Errors*: `PROCESS_INPUT_INVALID` for a key or value that does not fit; `AGENT_STATE_FULL` when a change would pass what any state
 * may hold; `PROCESS_LIMIT_EXCEEDED` when it would pass the process's limit `diskBytes`, for which the process is ended. Nothing is changed
 * then. *Ordering*: changes and reads happen in the order of the calls. *Rules*: keys of 1 to 256 characters, at most 1024 of them; a
 * value of at most 64 levels and 262 144 bytes as JSON; all together what `diskBytes` allows, 100 MiB where nobody says otherwise.
 */
export interface AgentState {
  /** Reads a value; undefined when there is none. What it gives is a copy. */
  get(key: string): Promise<JsonValue | undefined>;
  set(key: string, value: JsonValue): Promise<void>;
  /** Removes a key. @returns whether it was there */
  remove(key: string): Promise<boolean>;
  /** Lists the keys, sorted by code unit. */
  keys(): Promise<readonly string[]>;
}
