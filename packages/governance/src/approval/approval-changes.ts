/**
 * What happened to approvals, for those who watch: the last 1000 changes of this kernel, numbered from 1. Who fell further
 * behind sees the newest state of what still waits instead.
 */
import type { Approval, Clock } from "@weftos/interface";
import { full } from "./approval-refusals.ts";

/** One change: the approval as it was after it. */
export interface ApprovalChange {
  readonly index: number;
  readonly approval: Approval;
}

const MAX_CHANGES = 1000;
const MAX_WATCHERS = 100;

export class ApprovalChanges {
  readonly #clock: Pick<Clock, "schedule">;
  readonly #changes: ApprovalChange[] = [];
  readonly #watchers = new Set<() => void>();
  #last = 0;

  constructor(clock: Pick<Clock, "schedule">) {
    this.#clock = clock;
  }

  /** Number of the newest change; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Takes note of a change. */
  saw(approval: Approval): void {
    this.#changes.push({ index: ++this.#last, approval });
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
    for (const wake of [...this.#watchers]) wake();
  }

  /** Gives the changes behind `since`; undefined when some of them are forgotten, or `since` is of another kernel. */
  after(since: number): readonly ApprovalChange[] | undefined {
    if (since > this.#last || since < this.#last - this.#changes.length) return undefined;
    return this.#changes.filter(({ index }) => index > since);
  }

  /** Waits until there is a change behind `since`, at most so long. @throws `APPROVAL_QUEUE_FULL`, the signal's reason */
  async arrival(since: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (since !== this.#last || waitMs === 0) return;
    // Who were answered at once would ask again at once.
    if (this.#watchers.size >= MAX_WATCHERS) throw full("who wait for approvals", MAX_WATCHERS);
    signal.throwIfAborted();
    let wake = (): void => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = this.#clock.schedule(waitMs, wake, { background: true });
    this.#watchers.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    try {
      await woken;
      signal.throwIfAborted();
    } finally {
      timer.cancel();
      this.#watchers.delete(wake);
      signal.removeEventListener("abort", wake);
    }
  }

  /** Lets all who wait go. */
  close(): void {
    for (const wake of [...this.#watchers]) wake();
  }
}
