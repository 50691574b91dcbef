/**
 * For whom nothing may be done until an operator resumes them, asked by PIDs that they had once: an agent that is suspended stays so under
 * the PID of its next start, and under another kernel, which knows of it before it has started it.
 */
import type { EventSource, Pid } from "@weftos/interface";
import type { ProcessEvents } from "../processes.ts";
import type { Child } from "./child.ts";

/** What this asks of its kernel. */
export interface HeldAgentsDeps {
  /** The PID that the agent has now which had this one. */
  readonly pidNow: (pid: Pid) => Pid;
  readonly find: (pid: Pid) => Child | undefined;
  /** Whether the last kernel left it suspended, and nothing was said of it yet. */
  readonly leftSuspended: (pid: Pid) => boolean;
  readonly events: EventSource<ProcessEvents>;
}

interface Waiter {
  readonly pid: Pid;
  readonly resumed: () => void;
}

export class HeldAgents {
  readonly #deps: HeldAgentsDeps;
  readonly #waiting = new Set<Waiter>();
  #off: (() => void) | undefined;

  constructor(deps: HeldAgentsDeps) {
    this.#deps = deps;
  }

  /** Resolves when the agent is resumed, and never when it ends before; undefined when it is not suspended. */
  until(pid: Pid): Promise<void> | undefined {
    const child = this.#deps.find(this.#deps.pidNow(pid));
    if (!(child?.suspended ?? this.#deps.leftSuspended(pid))) return undefined;
    return new Promise((resumed) => {
      this.#waiting.add({ pid, resumed });
      // After the turn: an agent is free when its process has been told to run.
      this.#off ??= this.#deps.events.on("process:state-changed", () => queueMicrotask(() => this.#look()));
    });
  }

  #look(): void {
    for (const waiter of this.#waiting) {
      const child = this.#deps.find(this.#deps.pidNow(waiter.pid));
      if (child?.suspended ?? this.#deps.leftSuspended(waiter.pid)) continue;
      this.#waiting.delete(waiter);
      // One that has ended for good is never resumed.
      if (child !== undefined) waiter.resumed();
    }
    if (this.#waiting.size > 0) return;
    this.#off?.();
    this.#off = undefined;
  }
}
