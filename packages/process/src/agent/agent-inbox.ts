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

interface Waiter {
  readonly where: ReceiveOptions["where"];
  readonly settle: (message: Message | undefined) => void;
  readonly fail: (error: unknown) => void;
}

const none: readonly Waiter[] = [];

/** What few inboxes have: others that wait, and notices. */
interface Lists {
  waiters: readonly Waiter[];
  readonly notices: Message[];
}

/**
 * It is its own iterator, and the base of its agent's context: an idle agent in a `for await` holds no object more. Its own methods
 * are static, since private methods of objects cost each of them a field.
 */
export abstract class AgentInbox implements Inbox, AsyncIterator<Message, undefined>, MailboxListener {
  readonly #source: MailboxEnd;
  /** Who iterates and waits, before all other waiters: by far the most usual case, kept without an object of its own. */
  #iterating: ((result: IteratorResult<Message, undefined>) => void) | undefined;
  #lists: Lists | undefined;
  #phase: "open" | "suspended" | "closed" = "open";

  constructor(source: MailboxEnd) {
    this.#source = source;
  }

  /** A signal came in place of a message. */
  protected abstract onSignal(message: Message): void;

  get depth(): number {
    return this.#phase === "closed" ? 0 : this.#source.depth + (this.#lists?.notices.length ?? 0);
  }

  /** Whether the agent waits for a message. */
  get receiving(): boolean {
    return this.#iterating !== undefined || (this.#lists !== undefined && this.#lists.waiters.length > 0);
  }

  /** Whether the agent waits for a reply. Counted by the router, which knows: a listener on each reply would cost a promise. */
  get asking(): boolean {
    return this.#source.asking > 0;
  }

  receive(options?: ReceiveOptions): Promise<Message | undefined> {
    const signal = options?.signal;
    const where = options?.where;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const message = AgentInbox.#next(this, where);
    if (message !== undefined || AgentInbox.#ended(this)) return Promise.resolve(message);
    return new Promise((resolve, reject) => {
      const lists = AgentInbox.#listsOf(this);
      const onAbort = (): void => {
        lists.waiters = without(lists.waiters, waiter);
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
      lists.waiters = lists.waiters === none ? [waiter] : [...lists.waiters, waiter];
      this.#source.whenReady(this);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this;
  }

  /** Gives the next message as an iterator does: one promise a message, since this is called millions of times. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.receiving) return this.receive().then(toResult);
    const message = AgentInbox.#take(this, undefined);
    if (message !== undefined || AgentInbox.#ended(this)) return Promise.resolve(toResult(message));
    return new Promise((resolve) => {
      this.#iterating = resolve;
      this.#source.whenReady(this);
    });
  }

  /** Holds messages back until `resume`. */
  suspend(): void {
    if (this.#phase === "open") this.#phase = "suspended";
  }

  resume(): void {
    if (this.#phase === "suspended") this.#phase = "open";
    this.onMailbox();
  }

  /** Puts a notice before the messages. Of more than 1024 the oldest is dropped. */
  notify(notice: ProcessNotice, sentAt = 0): void {
    if (this.#phase === "closed") return;
    const { notices } = AgentInbox.#listsOf(this);
    if (notices.length >= MAX_NOTICES) notices.shift();
    notices.push(noticeMessage(notice, sentAt));
    this.onMailbox();
  }

  /** Ends the inbox: those who wait get undefined. What is in the mailbox stays there, for the router to bury or hand over. */
  close(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    const waiters = this.#lists?.waiters ?? none;
    this.#lists = undefined;
    const iterating = this.#iterating;
    this.#iterating = undefined;
    iterating?.(toResult(undefined));
    for (const waiter of waiters) waiter.settle(undefined);
  }

  /** The mailbox has something, or the inbox: those who wait are served. */
  onMailbox(): void {
    // Again while some got one and others wait: the mailbox may have let one in from its line, for who was passed over.
    let more: boolean;
    do more = AgentInbox.#serve(this);
    while (more);
    if (this.receiving && this.#phase !== "closed") this.#source.whenReady(this);
  }

  static #listsOf(inbox: AgentInbox): Lists {
    inbox.#lists ??= { waiters: none, notices: [] };
    return inbox.#lists;
  }

  static #ended(inbox: AgentInbox): boolean {
    return inbox.#phase === "closed" || (inbox.#source.closed && inbox.#source.depth === 0);
  }

  /** @returns whether one got a message while others still wait */
  static #serve(inbox: AgentInbox): boolean {
    let served = false;
    const iterating = inbox.#iterating;
    if (iterating !== undefined) {
      const message = AgentInbox.#take(inbox, undefined);
      served = message !== undefined || AgentInbox.#ended(inbox);
      if (served) {
        inbox.#iterating = undefined;
        iterating(toResult(message));
      }
    }
    const lists = inbox.#lists;
    if (lists === undefined) return false;
    for (const waiter of lists.waiters) {
      let message: Message | undefined;
      try {
        message = AgentInbox.#take(inbox, waiter.where);
      } catch (error) {
        // A condition that throws is its agent's fault, and not that of who sends.
        lists.waiters = without(lists.waiters, waiter);
        waiter.fail(error);
        continue;
      }
      if (message === undefined && !AgentInbox.#ended(inbox)) continue;
      lists.waiters = without(lists.waiters, waiter);
      waiter.settle(message);
      served = true;
    }
    return served && inbox.receiving;
  }

  /** Takes for one who did not wait yet. Those who wait were served with all that is for them: what lies here they passed over. */
  static #next(inbox: AgentInbox, where: ReceiveOptions["where"]): Message | undefined {
    const message = AgentInbox.#take(inbox, where);
    // It may have let one in from the line that somebody waits for.
    if (message !== undefined && inbox.receiving) inbox.onMailbox();
    return message;
  }

  /** Takes what the agent gets next, if it may have it now. */
  static #take(inbox: AgentInbox, where: ReceiveOptions["where"]): Message | undefined {
    if (inbox.#phase === "closed") return undefined;
    const suspended = inbox.#phase === "suspended";
    const first = inbox.#lists === undefined || suspended ? undefined : takeNotice(inbox.#lists.notices, where);
    if (first !== undefined) return first;
    for (;;) {
      // Signals are taken while the agent is suspended, and whatever it looks for: a ping is answered all the same.
      const message = suspended ? inbox.#source.take(isSignal) : inbox.#source.take(signalOr(where));
      if (message === undefined) return undefined;
      if (message.kind !== "signal") return message;
      inbox.onSignal(message);
    }
  }
}

function takeNotice(notices: Message[], where: ReceiveOptions["where"]): Message | undefined {
  const at = where === undefined ? 0 : notices.findIndex((notice) => where(notice));
  return at === -1 ? undefined : notices.splice(at, 1)[0];
}

function isSignal(message: Message): boolean {
  return message.kind === "signal";
}

function signalOr(where: ReceiveOptions["where"]): ReceiveOptions["where"] {
  return where === undefined ? undefined : (message) => message.kind === "signal" || where(message);
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
