/** Requests that wait for their replies, each with a deadline. */
import { type Clock, type Message, type Pid, WeftError } from "@weftos/interface";
import { RequestTimeoutError, SenderNotRunningError, TargetExitedError, TooManyRequestsError } from "../ipc-errors.ts";
import type { Envelope } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { type Dated, Deadlines } from "./deadlines.ts";

/** Most requests that may wait at once in one kernel. */
const MAX_PENDING = 100_000;

interface Pending extends Dated {
  readonly message: Envelope;
  /** Who may answer. */
  to: Pid;
  /** Who it is, for messages. */
  readonly shown: string;
  readonly resolve: (reply: Message) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
}

/** What a request waits for. */
export interface Awaited {
  readonly message: Envelope;
  readonly to: Pid;
  /** Who it is, for messages. */
  readonly shown: string;
  readonly timeoutMs: number;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

export class PendingRequests {
  readonly #ids: Pick<MessageIds, "format">;
  readonly #pending = new Map<number, Pending>();
  readonly #deadlines: Deadlines<Pending>;

  constructor(clock: Clock, ids: Pick<MessageIds, "format">) {
    this.#ids = ids;
    this.#deadlines = new Deadlines(clock, (pending) => this.#timeOut(pending));
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Tells whether a request waits for a reply of this process. */
  awaits(number: number, replier: Pid): boolean {
    return this.#pending.get(number)?.to === replier;
  }

  /**
   * Begins to wait. The promise settles exactly once: with the reply, the error it reports, IPC_TIMEOUT, IPC_TARGET_EXITED,
   * IPC_SENDER_NOT_RUNNING when its sender ended, or the signal's reason.
   *
   * @throws IPC_TOO_MANY_REQUESTS
   */
  add({ message, to, shown, timeoutMs, deadline, signal }: Awaited): Promise<Message> {
    if (this.#pending.size >= MAX_PENDING) {
      throw new TooManyRequestsError(`${MAX_PENDING} requests wait for replies, which is the limit`, {
        details: { limit: MAX_PENDING },
        retryable: true,
      });
    }
    const { number } = message;
    return new Promise((resolve, reject) => {
      const onAbort = signal === undefined ? undefined : (): void => this.fail(number, signal.reason);
      if (onAbort !== undefined) signal?.addEventListener("abort", onAbort, { once: true });
      const pending: Pending = {
        message,
        to,
        shown,
        timeoutMs,
        deadline,
        resolve,
        reject,
        signal,
        onAbort,
        linked: false,
        before: undefined,
        after: undefined,
      };
      this.#pending.set(number, pending);
      this.#deadlines.add(pending);
    });
  }

  /** Hands a reply to who waits; one that reports a failure rejects. */
  complete(number: number, reply: Message): void {
    const pending = this.#remove(number);
    pending?.message.settle(true);
    if (reply.error === undefined) pending?.resolve(reply);
    else pending?.reject(WeftError.fromJSON(reply.error));
  }

  fail(number: number, reason: unknown): void {
    const pending = this.#remove(number);
    pending?.message.settle(false);
    pending?.reject(reason);
  }

  /**
   * Fails every request that waits for a process that ended, but those named, and those that it waits for itself. Looks at all that
   * wait: processes end seldom, and requests are made often.
   */
  ended(pid: Pid, but?: ReadonlySet<number>): void {
    for (const [number, { to, message }] of this.#pending) {
      if (message.from === pid && message.node === undefined) {
        const details = { pid, state: "exited" };
        this.fail(number, new SenderNotRunningError(`process ${pid} ended before it got its reply`, { details }));
      } else if (to === pid && but?.has(number) !== true) {
        const details = { pid, messageId: this.#ids.format(number) };
        this.fail(
          number,
          new TargetExitedError(`process ${pid} ended before it replied`, { details, retryable: true }),
        );
      }
    }
  }

  /** Lets another process answer what one had not taken yet. */
  retarget(from: Pid, to: Pid): void {
    for (const pending of this.#pending.values()) {
      if (pending.to === from) pending.to = to;
    }
  }

  #timeOut({ message: { number }, to: pid, shown, timeoutMs }: Pending): void {
    const message = `${shown} did not reply within ${timeoutMs} ms`;
    this.fail(number, new RequestTimeoutError(message, { details: { pid, timeoutMs }, retryable: true }));
  }

  #remove(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    if (pending === undefined) return undefined;
    this.#pending.delete(number);
    this.#deadlines.remove(pending);
    if (pending.onAbort !== undefined) pending.signal?.removeEventListener("abort", pending.onAbort);
    return pending;
  }
}
