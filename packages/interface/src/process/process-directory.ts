import type { Port } from "../feature/port.ts";
import type { Pid } from "../identity/ids.ts";
import type { Capabilities } from "./capabilities.ts";

/** starting → running ⇄ suspended → stopping → exited; starting, running and suspended may exit directly. */
export type ProcessState = "starting" | "running" | "suspended" | "stopping" | "exited";

/** Why a process ended. */
export type ExitReason =
  | { readonly kind: "normal" }
  | { readonly kind: "crash"; readonly error: string; readonly code: string | undefined }
  | { readonly kind: "killed" }
  | { readonly kind: "timeout" }
  | { readonly kind: "supervisor" };

/** A process as others see it: a snapshot, not a live object. */
export interface ProcessInfo {
  readonly pid: Pid;
  /** Name of the agent; not unique. */
  readonly name: string;
  readonly state: ProcessState;
  readonly parent: Pid | undefined;
  readonly backend: string;
  readonly restarts: number;
  readonly startedAt: number;
  readonly exit: ExitReason | undefined;
  readonly capabilities: Capabilities;
}

/**
 * Finds processes.
 *
 * *When called*: on every message. *Errors*: none; an unknown PID is undefined. *Ordering*: synchronous, the newest state.
 * *Rules*: PID 0 is the kernel and always running; exited ones stay listed until reaped.
 */
export interface ProcessDirectory {
  find(pid: Pid): ProcessInfo | undefined;
  /** The state alone, without making a snapshot: for every message. */
  state(pid: Pid): ProcessState | undefined;
  list(): readonly ProcessInfo[];
}

export const processDirectory: Port<ProcessDirectory, "one"> = { name: "ProcessDirectory", arity: "one" };
