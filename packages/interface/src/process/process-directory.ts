import type { Port } from "../feature/port.ts";
import type { Pid } from "../identity/ids.ts";
import type { Capabilities } from "./capabilities.ts";

/** starting → running ⇄ suspended → stopping → exited; starting, running and suspended may exit directly. */
export type ProcessState = "starting" | "running" | "suspended" | "stopping" | "exited";

/**
 * Why a supervisor ended a process: the kernel shut down; the process that started it ended; a sibling failed and the strategy
 * takes this one with it; its supervisor gave up or stopped; it is started again by hand; fewer replicas are wanted; its
 * liveness probe failed; it did not answer its heartbeat; its rights were narrowed, and its backend can only take them from it so.
 */
export type SupervisorCause =
  | "shutdown"
  | "parent"
  | "sibling"
  | "supervisor"
  | "restart"
  | "scale"
  | "probe"
  | "watchdog"
  | "rights";

/** Why a process ended. `limit` names the limit that was passed; `linked` the process whose end took this one with it. */
export type ExitReason =
  | { readonly kind: "normal" }
  | { readonly kind: "crash"; readonly error: string; readonly code: string | undefined }
  | { readonly kind: "killed" }
  | { readonly kind: "timeout" }
  | { readonly kind: "limit"; readonly limit: string }
  | { readonly kind: "linked"; readonly pid: Pid }
  | { readonly kind: "supervisor"; readonly cause?: SupervisorCause | undefined };

/** What a live process waits for besides messages. */
export type WaitingFor = "reply" | "approval" | "budget" | "timer";

/**
 * What a live process does now. `idle`: it waits for a message; `waiting`: for a reply, a person, budget or a timer; `hung`: it
 * gave no sign of life for so long; `busy`: none of these.
 */
export type ProcessActivity =
  | { readonly kind: "idle" }
  | { readonly kind: "busy" }
  | { readonly kind: "waiting"; readonly on: WaitingFor }
  | { readonly kind: "hung"; readonly forMs: number };

/** A process as others see it: a snapshot, not a live object. */
export interface ProcessInfo {
  readonly pid: Pid;
  /** Name of the agent; not unique. */
  readonly name: string;
  readonly state: ProcessState;
  /** Undefined once it has exited. */
  readonly activity: ProcessActivity | undefined;
  /** False while its readiness probe has not succeeded; true when it has none. */
  readonly ready: boolean;
  readonly parent: Pid | undefined;
  /** Who started it, or the topmost process above it: the principal for whom it acts. Absent when the kernel itself did. */
  readonly principal?: string | undefined;
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
  /**
   * Resolves when the agent is resumed that has a PID, or had it once, in the last kernel too; undefined when it is not suspended. One
   * that ends before is never resumed.
   */
  held(pid: Pid): Promise<void> | undefined;
}

export const processDirectory: Port<ProcessDirectory, "one"> = { name: "ProcessDirectory", arity: "one" };
