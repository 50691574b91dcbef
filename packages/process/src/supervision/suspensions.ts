/**
 * Suspensions. What is sent to a suspended agent waits: through its restarts, those of the supervisors above it and a crash of the
 * kernel, until somebody resumes it or starts it again by hand. Who fails does not free itself by it. Its code is not stopped, but what it
 * wants done by its context is held.
 */
import type { Pid } from "@weftos/interface";
import { ProcessStateError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";
import type { Child, Run } from "./child.ts";

/** What suspensions ask of their kernel. */
export interface SuspensionsHost {
  readonly table: Pick<ProcessTable, "require" | "transition">;
  /** The agent that has a PID, or had it last and waits for its next start. */
  find(pid: Pid): Child | undefined;
  /** What another kernel must know of an agent has changed. */
  changed(child: Child): void;
}

export class Suspensions {
  readonly #host: SuspensionsHost;

  constructor(host: SuspensionsHost) {
    this.#host = host;
  }

  /** Suspends an agent; one that starts, or waits for its next start, from its first message on. @throws PROCESS_STATE */
  suspend(pid: Pid): void {
    const { table } = this.#host;
    const entry = table.require(pid);
    const child = this.#host.find(pid);
    if (child === undefined || entry.state === "running") table.transition(entry, "suspended");
    else if (child.suspended || entry.state === "stopping") throw stateError(entry, "suspended");
    if (child === undefined) return;
    child.suspended = true;
    child.run?.context?.inbox.suspend();
    this.#host.changed(child);
  }

  /** @throws PROCESS_STATE unless it is suspended */
  resume(pid: Pid): void {
    const { table } = this.#host;
    const entry = table.require(pid);
    const child = this.#host.find(pid);
    if (child?.suspended !== true || entry.state === "stopping") throw stateError(entry, "running");
    if (entry.state === "suspended") table.transition(entry, "running");
    this.#free(child);
  }

  /** Somebody starts it again by hand. */
  restarted(child: Child): void {
    if (child.suspended) this.#free(child);
  }

  /** Its code was entered. */
  entered(run: Run): void {
    if (run.child?.suspended === true) this.#host.table.transition(run, "suspended");
  }

  #free(child: Child): void {
    child.suspended = false;
    child.run?.context?.inbox.resume();
    this.#host.changed(child);
  }
}

function stateError(entry: ProcessEntry, to: "suspended" | "running"): ProcessStateError {
  return new ProcessStateError(
    `process ${entry.pid} is ${entry.state}: ${to === "suspended" ? "it cannot be suspended" : "it is not suspended"}`,
    { details: { pid: entry.pid, from: entry.state, to } },
  );
}
