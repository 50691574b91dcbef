/**
 * What whoever started an agent holds of it: a name, the PID that it has now, and its end. It outlives the agent, so it lets go of it
 * then.
 */
import type { AgentHandle, ExitReason, Pid } from "@weftos/interface";
import { type AwaitedExit, awaitExit } from "../agent/exit-reason.ts";

/** What a handle says of an agent. */
export interface Followed {
  readonly name: string;
  readonly pid: Pid;
  /** Why it ended for good. */
  readonly over: ExitReason | undefined;
}

/** Follows an agent; holds nothing of it once it has ended, so that an old handle keeps no code alive. */
export class Handle implements AgentHandle {
  #of: Followed;
  /** Made when it is asked for: of most agents nobody waits for the end. */
  #exit: AwaitedExit | undefined;

  constructor(of: Followed) {
    this.#of = of;
  }

  get name(): string {
    return this.#of.name;
  }

  get pid(): Pid {
    return this.#of.pid;
  }

  get exited(): Promise<ExitReason> {
    this.#exit ??= awaitExit(this.#of.over);
    return this.#exit.promise;
  }

  /** Whether it has ended for good. */
  get over(): boolean {
    return this.#of.over !== undefined;
  }

  /** The agent has ended for good; the first reason stands. */
  settle(reason: ExitReason): void {
    if (this.over) return;
    const { name, pid } = this.#of;
    this.#of = { name, pid, over: reason };
    this.#exit?.resolve(reason);
  }
}
