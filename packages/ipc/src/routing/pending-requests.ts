/** Requests that wait for their replies, each with a deadline. */
import type { Clock, Message, Pid, Timer } from "@weftos/interface";
import { RequestTimeoutError, TargetExitedError, TooManyRequestsError } from "../ipc-errors.ts";

/** Most requests that may wait at once in one kernel. */
const MAX_PENDING = 100_000;

interface Pending {
  readonly to: Pid;
  readonly resolve: (reply: Message) => void;
  readonly reject: (reason: unknown) => void;
  readonly timer: Timer;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

export class PendingRequests {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  readonly #byTarget = new Map<Pid, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Tells whether a request waits for a reply of this process. */
  awaits(id: string, replier: Pid): boolean {
    return this.#pending.get(id)?.to === replier;
  }

  /**
   * Begins to wait. The promise settles exactly once: with the reply, IPC_TIMEOUT, IPC_TARGET_EXITED or the signal's reason.
   *
   * @throws IPC_TOO_MANY_REQUESTS
   */
  add(id: string, to: Pid, timeoutMs: number, signal: AbortSignal | undefined): Promise<Message> {
    if (this.#pending.size >= MAX_PENDING) {
      throw new TooManyRequestsError(`${MAX_PENDING} requests wait for replies, which is the limit`, {
        details: { limit: MAX_PENDING },
        retryable: true,
      });
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.fail(id, signal?.reason);
      const timer = this.#clock.schedule(timeoutMs, () => {
        const message = `process ${to} did not reply within ${timeoutMs} ms`;
        this.fail(id, new RequestTimeoutError(message, { details: { pid: to, timeoutMs }, retryable: true }));
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(id, { to, resolve, reject, timer, signal, onAbort });
      const ids = this.#byTarget.get(to);
      if (ids === undefined) this.#byTarget.set(to, new Set([id]));
      else ids.add(id);
    });
  }

  /** Hands a reply to who waits. */
  complete(id: string, reply: Message): void {
    this.#remove(id)?.resolve(reply);
  }

  fail(id: string, reason: unknown): void {
    this.#remove(id)?.reject(reason);
  }

  /** Fails every request that waits for a process that ended. */
  failTarget(pid: Pid): void {
    for (const id of [...(this.#byTarget.get(pid) ?? [])]) {
      const details = { pid, messageId: id };
      this.fail(id, new TargetExitedError(`process ${pid} ended before it replied`, { details, retryable: true }));
    }
  }

  #remove(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.timer.cancel();
    pending.signal?.removeEventListener("abort", pending.onAbort);
    const ids = this.#byTarget.get(pending.to);
    ids?.delete(id);
    if (ids?.size === 0) this.#byTarget.delete(pending.to);
    return pending;
  }
}
