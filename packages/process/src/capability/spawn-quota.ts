/**
 * Keeps one agent from filling the table: whatever an agent that the kernel started has below it, at any depth, counts against
 * its one quota. The kernel's own starts, and those of its supervisors, have none.
 */
import { KERNEL_PID, type Pid } from "@weftos/interface";
import { ProcessQuotaError } from "../process-errors.ts";

/** A process, as far as the quota needs it. */
interface Counted {
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly supervises: boolean;
}

export class SpawnQuota {
  readonly #max: number;
  /** The topmost agent above each live process that has one. */
  readonly #topOf = new Map<Pid, Pid>();
  readonly #below = new Map<Pid, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Refuses one more process below a parent when the quota is used up. @throws PROCESS_QUOTA */
  assertRoom(parent: Counted): void {
    const top = this.#topFor(parent);
    if (top === undefined || (this.#below.get(top) ?? 0) < this.#max) return;
    throw new ProcessQuotaError(`the agent ${top} has ${this.#max} live processes below it, which is the most`, {
      details: { pid: top, max: this.#max },
      retryable: true,
    });
  }

  started(pid: Pid, parent: Counted): void {
    const top = this.#topFor(parent);
    if (top === undefined) return;
    this.#topOf.set(pid, top);
    this.#below.set(top, (this.#below.get(top) ?? 0) + 1);
  }

  ended(pid: Pid): void {
    const top = this.#topOf.get(pid);
    if (top === undefined) return;
    this.#topOf.delete(pid);
    const left = (this.#below.get(top) ?? 1) - 1;
    if (left > 0) this.#below.set(top, left);
    else this.#below.delete(top);
  }

  #topFor(parent: Counted): Pid | undefined {
    if (parent.pid === KERNEL_PID) return undefined;
    return this.#topOf.get(parent.pid) ?? (parent.supervises ? undefined : parent.pid);
  }
}
