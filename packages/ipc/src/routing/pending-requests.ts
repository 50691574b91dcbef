/** Requests that wait for their replies, each with a deadline. */
import type { Clock, Message, Pid, Timer } from "@weftos/interface";
import { RequestTimeoutError, TargetExitedError, TooManyRequestsError } from "../ipc-errors.ts";
import type { MessageIds } from "../message/message-ids.ts";

/** Most requests that may wait at once in one kernel. */
const MAX_PENDING = 100_000;

interface Pending {
  /** Who may answer. */
  to: Pid;
  /** Who it is, for messages. */
  readonly shown: string;
  readonly timeoutMs: number;
  readonly resolve: (reply: Message) => void;
  readonly reject: (reason: unknown) => void;
  readonly timer: Timer;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
}

export class PendingRequests {
  readonly #clock: Clock;
  readonly #ids: Pick<MessageIds, "format">;
  readonly #pending = new Map<number, Pending>();
  readonly #byTarget = new Map<Pid, Set<number>>();

  constructor(clock: Clock, ids: Pick<MessageIds, "format">) {
    this.#clock = clock;
    this.#ids = ids;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Tells whether a request waits for a reply of this process. */
  awaits(number: number, replier: Pid): boolean {
    return this.#pending.get(number)?.to === replier;
  }

  /**
   * Begins to wait. The promise settles exactly once: with the reply, IPC_TIMEOUT, IPC_TARGET_EXITED or the signal's reason.
   *
   * @throws IPC_TOO_MANY_REQUESTS
   */
  add(number: number, to: Pid, shown: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<Message> {
    if (this.#pending.size >= MAX_PENDING) {
      throw new TooManyRequestsError(`${MAX_PENDING} requests wait for replies, which is the limit`, {
        details: { limit: MAX_PENDING },
        retryable: true,
      });
    }
    return new Promise((resolve, reject) => {
      const timer = this.#clock.schedule(timeoutMs, () => this.#timeOut(number));
      const onAbort = signal === undefined ? undefined : (): void => this.fail(number, signal.reason);
      if (onAbort !== undefined) signal?.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(number, { to, shown, timeoutMs, resolve, reject, timer, signal, onAbort });
      const numbers = this.#byTarget.get(to);
      if (numbers === undefined) this.#byTarget.set(to, new Set([number]));
      else numbers.add(number);
    });
  }

  /** Hands a reply to who waits. */
  complete(number: number, reply: Message): void {
    this.#remove(number)?.resolve(reply);
  }

  fail(number: number, reason: unknown): void {
    this.#remove(number)?.reject(reason);
  }

  /** Fails every request that waits for a process that ended, but those named. */
  failTarget(pid: Pid, but?: ReadonlySet<number>): void {
    for (const number of [...(this.#byTarget.get(pid) ?? [])]) {
      if (but?.has(number) === true) continue;
      const details = { pid, messageId: this.#ids.format(number) };
      this.fail(number, new TargetExitedError(`process ${pid} ended before it replied`, { details, retryable: true }));
    }
  }

  /** Lets another process answer what one had not taken yet. */
  retarget(from: Pid, to: Pid): void {
    const numbers = this.#byTarget.get(from);
    if (numbers === undefined) return;
    this.#byTarget.delete(from);
    this.#byTarget.set(to, new Set([...(this.#byTarget.get(to) ?? []), ...numbers]));
    for (const number of numbers) {
      const pending = this.#pending.get(number);
      if (pending !== undefined) pending.to = to;
    }
  }

  #timeOut(number: number): void {
    const pending = this.#pending.get(number);
    if (pending === undefined) return;
    const { to: pid, shown, timeoutMs } = pending;
    const message = `${shown} did not reply within ${timeoutMs} ms`;
    this.fail(number, new RequestTimeoutError(message, { details: { pid, timeoutMs }, retryable: true }));
  }

  #remove(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    if (pending === undefined) return undefined;
    this.#pending.delete(number);
    pending.timer.cancel();
    if (pending.onAbort !== undefined) pending.signal?.removeEventListener("abort", pending.onAbort);
    const numbers = this.#byTarget.get(pending.to);
    numbers?.delete(number);
    if (numbers?.size === 0) this.#byTarget.delete(pending.to);
    return pending;
  }
}
