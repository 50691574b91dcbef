/**
 * What an agent reads: its mailbox, held back while it is suspended and ended when it is asked to stop. Messages stay in
 * the router's mailbox until the agent takes them. Signals of the router never reach the agent: a ping is answered here. Notices
 * of other processes' ends do, before its messages.
 */
import {
  type Inbox,
  KERNEL_PID,
  type MailboxEnd,
  type MailboxListener,
  type Message,
  type Payload,
  type ProcessNotice,
  type ReceiveOptions,
} from "@weftos/interface";

const MAX_NOTICES = 1024;

/** What an inbox tells its owner. */
export interface InboxOwner {
  /** A signal came in place of a message. */
  onSignal(message: Message): void;
}

interface Waiter {
  readonly where: ReceiveOptions["where"];
  readonly settle: (message: Message | undefined) => void;
  readonly fail: (error: unknown) => void;
}

const none: readonly Waiter[] = [];

/** It is its own iterator: an idle agent in a `for await` holds no object more. */
export class AgentInbox implements Inbox, AsyncIterator<Message, undefined>, MailboxListener {
  readonly #source: MailboxEnd;
  readonly #owner: InboxOwner;
  #waiters: readonly Waiter[] = none;
  /** Who iterates and waits, before all other waiters: by far the most usual case, kept without an object of its own. */
  #iterating: ((result: IteratorResult<Message, undefined>) => void) | undefined;
  #notices: Message[] | undefined;
  #suspended = false;
  #closed = false;

  constructor(source: MailboxEnd, owner: InboxOwner) {
    this.#source = source;
    this.#owner = owner;
  }

  get depth(): number {
    return this.#closed ? 0 : this.#source.depth + (this.#notices?.length ?? 0);
  }

  /** Whether the agent waits for a message. */
  get receiving(): boolean {
    return this.#waiters.length > 0 || this.#iterating !== undefined;
  }

  receive(options?: ReceiveOptions): Promise<Message | undefined> {
    const signal = options?.signal;
    const where = options?.where;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    // Who waits already gets the next message; a selective receiver may find one that those pass over.
    const message = !this.receiving || where !== undefined ? this.#take(where) : undefined;
    if (message !== undefined || this.#ended) return Promise.resolve(message);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters = without(this.#waiters, waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        where,
        settle:
          signal === undefined
            ? resolve
            : (received) => {
                signal.removeEventListener("abort", onAbort);
                resolve(received);
              },
        fail: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#wait(waiter);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this;
  }

  /** Gives the next message as an iterator does: one promise a message, since this is called millions of times. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.receiving) return this.receive().then(toResult);
    const message = this.#take(undefined);
    if (message !== undefined || this.#ended) return Promise.resolve(toResult(message));
    return new Promise((resolve) => {
      this.#iterating = resolve;
      this.#source.whenReady(this);
    });
  }

  /** Holds messages back until `resume`. */
  suspend(): void {
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    this.#serve();
  }

  /** Puts a notice before the messages. Of more than 1024 the oldest is dropped. */
  notify(notice: ProcessNotice, sentAt = 0): void {
    if (this.#closed) return;
    this.#notices ??= [];
    if (this.#notices.length >= MAX_NOTICES) this.#notices.shift();
    this.#notices.push(noticeMessage(notice, sentAt));
    this.#serve();
  }

  /** Ends the inbox: those who wait get undefined. What is in the mailbox stays there, for the router to bury or hand over. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const waiters = this.#waiters;
    this.#waiters = none;
    const iterating = this.#iterating;
    this.#iterating = undefined;
    iterating?.(toResult(undefined));
    for (const waiter of waiters) waiter.settle(undefined);
  }

  get #ended(): boolean {
    return this.#closed || (this.#source.closed && this.#source.depth === 0);
  }

  #wait(waiter: Waiter): void {
    this.#waiters = this.#waiters === none ? [waiter] : [...this.#waiters, waiter];
    this.#source.whenReady(this);
  }

  /** The mailbox has something. */
  onMailbox(): void {
    this.#serve();
  }

  #serve(): void {
    const iterating = this.#iterating;
    if (iterating !== undefined) {
      const message = this.#take(undefined);
      if (message !== undefined || this.#ended) {
        this.#iterating = undefined;
        iterating(toResult(message));
      }
    }
    for (const waiter of this.#waiters) {
      let message: Message | undefined;
      try {
        message = this.#take(waiter.where);
      } catch (error) {
        // A condition that throws is its agent's fault, and not that of who sends.
        this.#waiters = without(this.#waiters, waiter);
        waiter.fail(error);
        continue;
      }
      if (message === undefined && !this.#ended) continue;
      this.#waiters = without(this.#waiters, waiter);
      waiter.settle(message);
    }
    if (this.receiving && !this.#closed) this.#source.whenReady(this);
  }

  /** Takes what the agent gets next, if it may have it now. */
  #take(where: ReceiveOptions["where"]): Message | undefined {
    if (this.#closed) return undefined;
    const first = this.#notices === undefined || this.#suspended ? undefined : this.#takeNotice(where);
    if (first !== undefined) return first;
    for (;;) {
      // Signals are taken while the agent is suspended: a ping is answered all the same.
      const message = this.#suspended ? this.#source.take(isSignal) : this.#source.take(where);
      if (message === undefined) return undefined;
      if (message.kind !== "signal") return message;
      this.#owner.onSignal(message);
    }
  }

  #takeNotice(where: ReceiveOptions["where"]): Message | undefined {
    const notices = this.#notices ?? [];
    const at = where === undefined ? 0 : notices.findIndex((notice) => where(notice));
    const [notice] = at === -1 ? [] : notices.splice(at, 1);
    if (notices.length === 0) this.#notices = undefined;
    return notice;
  }
}

function isSignal(message: Message): boolean {
  return message.kind === "signal";
}

function without(waiters: readonly Waiter[], gone: Waiter): readonly Waiter[] {
  return waiters.length === 1 && waiters[0] === gone ? none : waiters.filter((waiter) => waiter !== gone);
}

function toResult(value: Message | undefined): IteratorResult<Message, undefined> {
  return value === undefined ? { done: true, value } : { done: false, value };
}

function noticeMessage(notice: ProcessNotice, sentAt: number): Message {
  // Of its limits the kernel tells.
  const about = notice.signal === "limit" ? KERNEL_PID : notice.pid;
  return {
    id: "000000000000000000000000",
    from: about,
    target: { kind: "process", pid: about },
    kind: "signal",
    payload: notice as object as Payload,
    sentAt,
    correlationId: undefined,
    deadline: undefined,
    trace: undefined,
    error: undefined,
    hops: 0,
    segmentType: undefined,
    attempt: undefined,
    position: undefined,
  };
}
