/**
 * A mailbox: bounded, in order, signals first. Limits: one kernel, one thread; a message in a mailbox is in memory only.
 *
 * What does not fit is refused, waits in a line of its own, or drives out the oldest, as the policy says. The line keeps the order:
 * while it has anybody in it, nobody gets past it.
 */
import type { MailboxEnd, MailboxListener, MailboxPolicy, Message, Pid, ReceiveOptions } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";

/** Signals that may wait beside the messages. */
const MAX_SIGNALS = 64;
/** Senders that may wait for a place in the line. */
const MAX_WAITING_SENDERS = 1024;
/** Messages that a selective take looks at. */
const MAX_SCAN = 1024;

/** What became of a message. */
export type Pushed = "delivered" | "queued" | "refused";

type Where = (message: Message) => boolean;

/** A message in the line; `placed` is called when it is among those that the mailbox answers for. */
interface InLine {
  readonly message: Envelope;
  placed: (() => void) | undefined;
  readonly refused: (() => void) | undefined;
}

/** What a mailbox tells its router. */
export interface MailboxOwner {
  /** The oldest message had to go. */
  dropped(message: Envelope, pid: Pid): void;
}

/** The queue between a router and one process. */
export class Mailbox implements MailboxEnd, MailboxListener {
  readonly limit: number;
  readonly policy: MailboxPolicy;
  readonly pid: Pid;
  readonly #owner: MailboxOwner;
  #queue: (Envelope | undefined)[] = [];
  #head = 0;
  #signals: Envelope[] | undefined;
  #line: InLine[] | undefined;
  #ready: MailboxListener | undefined;
  #receivers: Receiver[] | undefined;
  #closed = false;
  /** Trace of the message that was taken last. */
  lastTrace: string | undefined = undefined;

  /** @param pid - whose it is: told to the owner */
  constructor(pid: Pid, limit: number, policy: MailboxPolicy, owner: MailboxOwner) {
    this.pid = pid;
    this.limit = limit;
    this.policy = policy;
    this.#owner = owner;
  }

  /** Messages waiting, those in the line not counted. */
  get depth(): number {
    return this.#queue.length - this.#head + (this.#signals?.length ?? 0);
  }

  /** Whether the next message has no room at once. */
  get crowded(): boolean {
    return this.#line !== undefined || this.#queue.length - this.#head >= this.limit;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Puts a message in. A closed mailbox refuses everything. */
  push(message: Envelope): Pushed {
    if (this.#closed) return "refused";
    if (message.kind === "signal") {
      this.#signals ??= [];
      if (this.#signals.length >= MAX_SIGNALS) return "refused";
      this.#signals.push(message);
    } else if (this.#line !== undefined || this.#queue.length - this.#head >= this.limit) {
      if (this.policy === "wait") return this.#lineUp(message, undefined, undefined) ? "queued" : "refused";
      if (this.policy === "reject") return "refused";
      const oldest = this.#shift();
      if (oldest !== undefined) this.#owner.dropped(oldest, this.pid);
      this.#queue.push(message);
    } else {
      this.#queue.push(message);
    }
    const ready = this.#ready;
    if (ready !== undefined) {
      this.#ready = undefined;
      ready.onMailbox();
    }
    return "delivered";
  }

  /**
   * Waits for a place in the line, once `push` refused.
   *
   * @returns false when too many wait already, or this mailbox lets nobody wait
   */
  wait(message: Envelope, placed: () => void, refused: () => void): boolean {
    return this.policy === "wait" && !this.#closed && this.#lineUp(message, placed, refused);
  }

  /** Takes a message out of the line whose sender no longer waits. */
  giveUp(message: Envelope): void {
    const line = this.#line;
    const at = line?.findIndex((entry) => entry.message === message) ?? -1;
    if (line === undefined || at === -1) return;
    line.splice(at, 1);
    if (line.length === 0) this.#line = undefined;
  }

  take(where?: Where): Envelope | undefined {
    const signal = this.#signals?.[0];
    if (signal !== undefined && (where === undefined || where(signal))) {
      this.#signals?.shift();
      return this.#taken(signal);
    }
    if (where !== undefined) return this.#takeWhere(where);
    for (;;) {
      const message = this.#shift();
      if (message === undefined) return undefined;
      if (this.#line !== undefined) this.#advance();
      if (message.rare.stale?.() !== true) return this.#taken(message);
    }
  }

  /** Puts before all others what was taken and reached nobody. Wakes nobody: who took it has ended. */
  putBack(messages: readonly Envelope[]): void {
    for (const message of messages) message.received = false;
    this.#queue.splice(0, this.#head, ...messages);
    this.#head = 0;
  }

  whenReady(listener: MailboxListener): void {
    this.#ready = listener;
  }

  async receive(options: ReceiveOptions = {}): Promise<Message | undefined> {
    const { signal, where } = options;
    signal?.throwIfAborted();
    const message = this.#receivers === undefined || where !== undefined ? this.take(where) : undefined;
    if (message !== undefined || this.#closed) return message;
    return await new Promise((resolve, reject) => {
      this.#receivers ??= [];
      const receivers = this.#receivers;
      const onAbort = (): void => {
        receivers.splice(receivers.indexOf(receiver), 1);
        if (receivers.length === 0) this.#receivers = undefined;
        reject(signal?.reason);
      };
      const receiver: Receiver = {
        where,
        settle: (received) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(received);
        },
        fail: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      receivers.push(receiver);
      this.whenReady(this);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return new MailboxIterator(this);
  }

  /**
   * Ends the mailbox: those who wait get undefined, later messages are refused.
   *
   * @returns the messages nobody took, in order; the senders of those in the line without a place are told themselves
   */
  close(): readonly Envelope[] {
    const left = this.drain();
    this.#closed = true;
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.onMailbox();
    return left;
  }

  /** Takes all that waits, signals left out of it. */
  drain(): readonly Envelope[] {
    const left: Envelope[] = [...(this.#signals ?? [])];
    this.#signals = undefined;
    for (let message = this.#shift(); message !== undefined; message = this.#shift()) left.push(message);
    for (const { message, placed, refused } of this.#line ?? []) {
      if (placed === undefined) left.push(message);
      else refused?.();
    }
    this.#line = undefined;
    return left;
  }

  /** Serves those who wait in `receive`. */
  onMailbox(): void {
    const receivers = this.#receivers ?? [];
    for (let at = 0; at < receivers.length; ) {
      const receiver = receivers[at] as Receiver;
      let message: Envelope | undefined;
      try {
        message = this.take(receiver.where);
      } catch (error) {
        // What a receiver looks for must not throw; if it does, that is no fault of who sends.
        receivers.splice(at, 1);
        receiver.fail(error);
        continue;
      }
      if (message === undefined && !this.#closed) {
        at += 1;
        continue;
      }
      receivers.splice(at, 1);
      receiver.settle(message);
    }
    if (receivers.length === 0) this.#receivers = undefined;
    else this.whenReady(this);
  }

  #taken(message: Envelope): Envelope {
    // A signal is the kernel's: what its agent sends goes on with the message before it.
    if (message.kind !== "signal") this.lastTrace = message.trace;
    message.received = true;
    message.rare.taken?.();
    return message;
  }

  #takeWhere(where: Where): Envelope | undefined {
    const end = Math.min(this.#queue.length, this.#head + MAX_SCAN);
    for (let at = this.#head; at < end; at += 1) {
      const message = this.#queue[at] as Envelope;
      if (message.rare.stale?.() === true || !where(message)) continue;
      this.#queue.splice(at, 1);
      if (this.#line !== undefined) this.#advance();
      return this.#taken(message);
    }
    return undefined;
  }

  #shift(): Envelope | undefined {
    if (this.#head === this.#queue.length) return undefined;
    const message = this.#queue[this.#head];
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      // An empty mailbox keeps no room of a storm that is over.
      if (this.#head > MAX_SCAN) this.#queue = [];
      else this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= 32 && this.#head * 2 > this.#queue.length) {
      // The taken half is given back once it is the larger one: each message is moved at most once on average.
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return message;
  }

  #lineUp(message: Envelope, placed: (() => void) | undefined, refused: (() => void) | undefined): boolean {
    this.#line ??= [];
    const line = this.#line;
    // As many as the mailbox itself holds are answered for; beyond, each sender waits for its place.
    const most = placed === undefined ? this.limit : this.limit + MAX_WAITING_SENDERS;
    if (line.length >= most) return false;
    line.push({ message, placed, refused });
    return true;
  }

  #advance(): void {
    const line = this.#line;
    const first = line?.shift();
    if (line === undefined || first === undefined) return;
    this.#queue.push(first.message);
    const place = line[this.limit - 1];
    const placed = place?.placed;
    if (place !== undefined) place.placed = undefined;
    if (line.length === 0) this.#line = undefined;
    placed?.();
  }
}

interface Receiver {
  readonly where: Where | undefined;
  readonly settle: (message: Envelope | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** A class, not an async generator: an idle agent holds half the memory. */
class MailboxIterator implements AsyncIterator<Message, undefined> {
  readonly #mailbox: Mailbox;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  async next(): Promise<IteratorResult<Message, undefined>> {
    const value = await this.#mailbox.receive();
    return value === undefined ? { done: true, value } : { done: false, value };
  }
}
