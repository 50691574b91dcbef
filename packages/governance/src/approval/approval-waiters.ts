/** Those who wait for an answer in this kernel. */
import type { Approval } from "@weftos/interface";
import { ApprovalQueueFullError } from "./approval-errors.ts";

interface Waiter {
  readonly resolve: (approval: Approval) => void;
  readonly reject: (reason: unknown) => void;
}

const MAX_WAITERS = 1000;

export class ApprovalWaiters {
  readonly #waiting = new Map<string, Set<Waiter>>();

  /** Whether somebody waits. */
  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** Waits for the next `resolve` of this id. @throws the signal's reason; `APPROVAL_QUEUE_FULL` beyond 1000 */
  async wait(id: string, signal: AbortSignal | undefined): Promise<Approval> {
    const waiters = this.#waiting.get(id) ?? new Set<Waiter>();
    if (waiters.size >= MAX_WAITERS) {
      throw new ApprovalQueueFullError(`expected at most ${MAX_WAITERS} to wait for one approval`, {
        details: { what: "waiters of one approval", limit: MAX_WAITERS },
        retryable: true,
      });
    }
    this.#waiting.set(id, waiters);
    let cleanUp = (): void => {};
    const promise = new Promise<Approval>((resolve, reject) => {
      const waiter: Waiter = { resolve, reject };
      const abort = (): void => reject(signal?.reason);
      waiters.add(waiter);
      signal?.addEventListener("abort", abort, { once: true });
      cleanUp = () => {
        signal?.removeEventListener("abort", abort);
        waiters.delete(waiter);
        if (waiters.size === 0 && this.#waiting.get(id) === waiters) this.#waiting.delete(id);
      };
    });
    return await promise.finally(cleanUp);
  }

  /** Tells all who wait. */
  resolve(approval: Approval): void {
    const waiters = this.#waiting.get(approval.id);
    if (waiters === undefined) return;
    this.#waiting.delete(approval.id);
    for (const waiter of waiters) waiter.resolve(approval);
  }

  rejectAll(reason: () => unknown): void {
    for (const waiters of [...this.#waiting.values()]) for (const waiter of [...waiters]) waiter.reject(reason());
    this.#waiting.clear();
  }
}
