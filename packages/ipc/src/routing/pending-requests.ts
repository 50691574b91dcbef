/** Requests that wait for their replies, each with a deadline. */
import { type Clock, type Message, type Pid, WeftError } from "@weftos/interface";
import { RequestTimeoutError, SenderNotRunningError, TargetExitedError, TooManyRequestsError } from "../ipc-errors.ts";
import type { Envelope } from "../message/envelope.ts";
import { type Dated, type DeadlineList, Deadlines } from "./deadlines.ts";
import type { Endpoint } from "./endpoints.ts";
import { type Numbered, PendingTable } from "./pending-table.ts";

/** Most requests that may wait at once in one kernel. */
const MAX_PENDING = 100_000;

/** What a request waits for. */
export interface Awaited {
  /** With a deadline, on the monotonic clock. */
  readonly message: Envelope;
  /** Who may answer. */
  readonly to: Pid;
  /** Who that is, for messages, where it is no process. */
  readonly shown: string | undefined;
  readonly timeoutMs: number;
  /** The mailbox of who asks, if it has one. */
  readonly asker: Endpoint | undefined;
  readonly signal: AbortSignal | undefined;
}

/** One object for all that a request needs while it waits: there is one for each. */
export class Pending implements Dated<Pending>, Numbered<Pending> {
  readonly number: number;
  readonly deadline: number;
  readonly message: Envelope;
  to: Pid;
  readonly shown: string | undefined;
  readonly timeoutMs: number;
  readonly asker: Endpoint | undefined;
  readonly signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
  readonly resolve: (reply: Message) => void;
  readonly reject: (reason: unknown) => void;
  next: Pending | undefined;
  list: DeadlineList<Pending> | undefined;
  before: Pending | undefined;
  after: Pending | undefined;

  constructor(
    { message, to, shown, timeoutMs, asker, signal }: Awaited,
    resolve: (reply: Message) => void,
    reject: (reason: unknown) => void,
  ) {
    this.number = message.number;
    this.deadline = message.deadline ?? 0;
    this.message = message;
    this.to = to;
    this.shown = shown;
    this.timeoutMs = timeoutMs;
    this.asker = asker;
    this.signal = signal;
    this.onAbort = undefined;
    this.resolve = resolve;
    this.reject = reject;
    this.next = undefined;
    this.list = undefined;
    this.before = undefined;
    this.after = undefined;
  }
}

export class PendingRequests {
  readonly #table = new PendingTable<Pending>();
  readonly #deadlines: Deadlines<Pending>;

  constructor(clock: Clock) {
    this.#deadlines = new Deadlines(clock, (pending) => this.#timeOut(pending));
  }

  get size(): number {
    return this.#table.size;
  }

  /** Finds the request with this number, if it waits for a reply of this process. */
  awaited(number: number, replier: Pid): Pending | undefined {
    const pending = this.#table.find(number);
    return pending?.to === replier ? pending : undefined;
  }

  /**
   * Begins to wait. The promise settles exactly once: with the reply, the error it reports, IPC_TIMEOUT, IPC_TARGET_EXITED,
   * IPC_SENDER_NOT_RUNNING when its sender ended, or the signal's reason.
   *
   * @throws IPC_TOO_MANY_REQUESTS
   */
  add(awaited: Awaited): Promise<Message> {
    if (this.#table.size >= MAX_PENDING) {
      throw new TooManyRequestsError(`${MAX_PENDING} requests wait for replies, which is the limit`, {
        details: { limit: MAX_PENDING },
        retryable: true,
      });
    }
    return new Promise((resolve, reject) => {
      const pending = new Pending(awaited, resolve, reject);
      if (pending.signal !== undefined) this.#listen(pending, pending.signal);
      if (pending.asker !== undefined) pending.asker.asking += 1;
      this.#table.add(pending);
      this.#deadlines.add(pending);
    });
  }

  /** Hands a reply to who waits; one that reports a failure rejects. */
  complete(pending: Pending, reply: Envelope): void {
    if (!this.#remove(pending)) return;
    pending.message.settle(true, reply.sentAt);
    if (reply.error === undefined) pending.resolve(reply);
    else pending.reject(WeftError.fromJSON(reply.error));
  }

  /** Fails a request, if it still waits. */
  fail(number: number, reason: unknown): void {
    const pending = this.#table.find(number);
    if (pending !== undefined) this.#fail(pending, reason);
  }

  /**
   * Fails every request that waits for a process that ended, but those named, and those that it waits for itself. Looks at all that
   * wait: processes end seldom, and requests are made often.
   */
  ended(pid: Pid, but?: ReadonlySet<number>): void {
    for (const pending of this.#table.all()) {
      const { to, message } = pending;
      if (message.from === pid && message.node === undefined) {
        const details = { pid, state: "exited" };
        this.#fail(pending, new SenderNotRunningError(`process ${pid} ended before it got its reply`, { details }));
      } else if (to === pid && but?.has(message.number) !== true) {
        const details = { pid, messageId: message.id };
        const options = { details, retryable: true };
        this.#fail(pending, new TargetExitedError(`process ${pid} ended before it replied`, options));
      }
    }
  }

  /** Fails all that wait, when the kernel ends: no process is left by then, but the kernel and other nodes may still owe answers. */
  end(): void {
    for (const pending of this.#table.all()) {
      const { from } = pending.message;
      const details = { pid: from, state: "stopped" };
      this.#fail(pending, new SenderNotRunningError("the kernel ended before the reply came", { details }));
    }
  }

  /** Lets another process answer what one had not taken yet. */
  retarget(from: Pid, to: Pid): void {
    for (const pending of this.#table.all()) {
      if (pending.to === from) pending.to = to;
    }
  }

  #listen(pending: Pending, signal: AbortSignal): void {
    pending.onAbort = () => this.#fail(pending, signal.reason);
    signal.addEventListener("abort", pending.onAbort, { once: true });
  }

  #timeOut(pending: Pending): void {
    const { to: pid, shown = `process ${pid}`, timeoutMs } = pending;
    const message = `${shown} did not reply within ${timeoutMs} ms`;
    this.#fail(pending, new RequestTimeoutError(message, { details: { pid, timeoutMs }, retryable: true }));
  }

  #fail(pending: Pending, reason: unknown): void {
    if (!this.#remove(pending)) return;
    pending.message.settle(false);
    pending.reject(reason);
  }

  #remove(pending: Pending): boolean {
    if (!this.#table.remove(pending)) return false;
    this.#deadlines.remove(pending);
    if (pending.asker !== undefined) pending.asker.asking -= 1;
    if (pending.onAbort !== undefined) pending.signal?.removeEventListener("abort", pending.onAbort);
    return true;
  }
}
