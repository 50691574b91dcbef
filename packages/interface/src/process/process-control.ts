import type { Port } from "../feature/port.ts";
import type { Pid } from "../identity/ids.ts";
import type { WaitingFor } from "./process-directory.ts";

/**
 * Acts on processes for other features: what a signal does to its receiver.
 *
 * *When called*: by the router for signals, by the guard when a critical rule matched a rule warns, or a person is asked. *Errors*: `PROCESS_NOT_FOUND`,
 * `PROCESS_STATE`, `PROCESS_PROTECTED` for PID 0. *Rules*: not guarded by itself; the caller's action was.
 */
export interface ProcessControl {
  suspend(pid: Pid): void;
  resume(pid: Pid): void;
  /** Asks it to end; its signal aborts. */
  shutdown(pid: Pid): void;
  /** Ends it now. */
  kill(pid: Pid): void;
  /** Shows what a process waits for. @returns what is called once when the wait is over; nothing happens for a PID that is gone */
  waiting(pid: Pid, on: WaitingFor): () => void;
  /** Tells a process, in its own log, what rules want it to know of an act of its own; nothing happens for a PID that is gone. */
  warned(pid: Pid, action: string, warnings: readonly string[]): void;
}

export const processControl: Port<ProcessControl, "one"> = { name: "ProcessControl", arity: "one" };
