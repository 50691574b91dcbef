/**
 * A mailbox: bounded, in order, signals first. Limits: one kernel, one thread; a message in a mailbox is in memory only.
 *
 * What does not fit, by the count of messages or by their bytes, is refused, waits in a line of its own, or drives out the oldest, as the policy says.
 */
import type { MailboxEnd, MailboxListener, MailboxPolicy, Message, Pid, ReceiveOptions } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";
import type { MailboxMemory } from "./mailbox-memory.ts";
import { MessageRing } from "./message-ring.ts";
import { Receivers } from "./receivers.ts";
import { SenderLine } from "./sender-line.ts";

/** Signals that may wait beside the messages. */
const MAX_SIGNALS = 64;
/** Messages that a selective take looks at. */
const MAX_SCAN = 1024;

/** What became of a message. */
export type Pushed = "delivered" | "queued" | "refused";

type Where = (message: Message) => boolean;

/** What a mailbox tells its router. */
export interface MailboxOwner {
  /** The oldest message had to go. */
  dropped(message: Envelope, pid: Pid): void;
}

/** What mailboxes have in common: one object for all that are made alike, of which there may be hundreds of thousands. */
export interface MailboxTerms {
  readonly limit: number;
  readonly policy: MailboxPolicy;
  readonly owner: MailboxOwner;
  readonly memory: MailboxMemory;
}

/** What few mailboxes have, and seldom. */
interface Rare {
  signals?: Envelope[] | undefined;
  line?: SenderLine | undefined;
  receivers?: Receivers | undefined;
}

/**
 * The queue between a router and one process. Its own methods are static: private methods of objects cost each of them a field, and
 * there may be hundreds of thousands.
 */
export class Mailbox implements MailboxEnd, MailboxListener {
  readonly pid: Pid;
  readonly terms: MailboxTerms;
  /** Made with the first message: most agents wait long before they get one. */
  #queue: MessageRing | undefined;
  #rare: Rare | undefined;
  #ready: MailboxListener | undefined;
  #closed = false;
  /** Requests of its process that wait for replies. */
  asking = 0;
  /** Trace of the message that was taken last. */
  lastTrace: string | undefined = undefined;

  /** @param pid - whose it is: told to the owner */
  constructor(pid: Pid, terms: MailboxTerms) {
    this.pid = pid;
    this.terms = terms;
  }

  /** Messages waiting, those in the line not counted. */
  get depth(): number {
    return Mailbox.#length(this) + (this.#rare?.signals?.length ?? 0);
  }

  /** Messages waiting without the signals: what the limit is about. */
  get waiting(): number {
    return Mailbox.#length(this);
  }

  /** What the messages waiting are counted as. */
  get bytes(): number {
    return this.#queue?.bytes ?? 0;
  }

  /** Whether a message has no room at once. */
  crowdedFor(message: Envelope): boolean {
    const { limit, memory } = this.terms;
    if (this.#rare?.line !== undefined) return true;
    const queue = this.#queue;
    return queue === undefined ? !memory.fits(0, message) : queue.length >= limit || !memory.fits(queue.bytes, message);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Puts a message in. A closed mailbox refuses everything. */
  push(message: Envelope): Pushed {
    if (this.#closed) return "refused";
    if (message.kind === "signal") {
      const rare = Mailbox.#seldom(this);
      rare.signals ??= [];
      if (rare.signals.length >= MAX_SIGNALS) return "refused";
      rare.signals.push(message);
    } else {
      if (this.crowdedFor(message)) {
        const { policy } = this.terms;
        if (policy === "wait") return Mailbox.#queueUp(this, message) ? "queued" : "refused";
        if (policy === "reject" || !Mailbox.#makeRoom(this, message)) return "refused";
      }
      Mailbox.#add(this, message);
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
    if (this.terms.policy !== "wait" || this.#closed) return false;
    const waits = Mailbox.#line(this).wait(message, placed, refused);
    Mailbox.#endLine(this);
    return waits;
  }

  /** Takes a message out of the line whose sender no longer waits. */
  giveUp(message: Envelope): void {
    this.#rare?.line?.giveUp(message);
    Mailbox.#advance(this);
  }

  take(where?: Where): Envelope | undefined {
    const signal = Mailbox.#takeSignal(this, where);
    if (signal !== undefined) return Mailbox.#taken(this, signal);
    if (where !== undefined) return Mailbox.#takeWhere(this, where);
    for (;;) {
      const message = Mailbox.#shift(this);
      if (message === undefined) return undefined;
      if (this.#rare?.line !== undefined) Mailbox.#advance(this);
      if (message.rare.stale?.() !== true) return Mailbox.#taken(this, message);
    }
  }

  /** Puts before all others what was taken and reached nobody. Wakes nobody: who took it has ended. */
  putBack(messages: readonly Envelope[]): void {
    for (const message of messages) {
      message.received = false;
      this.terms.memory.add(message);
    }
    this.#queue ??= new MessageRing();
    this.#queue.unshift(messages);
  }

  whenReady(listener: MailboxListener): void {
    this.#ready = listener;
  }

  async receive(options: ReceiveOptions = {}): Promise<Message | undefined> {
    const { signal, where } = options;
    signal?.throwIfAborted();
    // Who waits already was served with all that is for it: what lies here is what those passed over.
    const message = this.take(where);
    const rare = Mailbox.#seldom(this);
    if (message !== undefined) {
      // It may have let one in from the line that somebody waits for.
      if (rare.receivers !== undefined) this.onMailbox();
      return message;
    }
    if (this.#closed) return undefined;
    rare.receivers ??= new Receivers();
    const received = rare.receivers.wait(options);
    this.whenReady(this);
    return await received;
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

  /** Takes all that waits, signals first. */
  drain(): readonly Envelope[] {
    const rare = Mailbox.#seldom(this);
    const left: Envelope[] = [...(rare.signals ?? [])];
    for (let message = Mailbox.#shift(this); message !== undefined; message = Mailbox.#shift(this)) left.push(message);
    left.push(...(rare.line?.end() ?? []));
    rare.signals = undefined;
    rare.line = undefined;
    return left;
  }

  /** Serves those who wait in `receive`. */
  onMailbox(): void {
    const rare = Mailbox.#seldom(this);
    // Again after each that got one: it may have let one in from the line, for who was passed over before.
    let more: boolean | undefined;
    do more = rare.receivers?.serve((where) => this.take(where), this.#closed);
    while (more === true);
    if (rare.receivers?.empty === false) this.whenReady(this);
    else rare.receivers = undefined;
  }

  static #length(mailbox: Mailbox): number {
    return mailbox.#queue === undefined ? 0 : mailbox.#queue.length;
  }

  static #seldom(mailbox: Mailbox): Rare {
    mailbox.#rare ??= {};
    return mailbox.#rare;
  }

  static #taken(mailbox: Mailbox, message: Envelope): Envelope {
    // A signal is the kernel's: what its agent sends goes on with the message before it.
    if (message.kind !== "signal") mailbox.lastTrace = message.trace;
    message.received = true;
    message.rare.taken?.();
    return message;
  }

  static #takeSignal(mailbox: Mailbox, where: Where | undefined): Envelope | undefined {
    const signals = mailbox.#rare?.signals;
    if (signals === undefined) return undefined;
    if (where === undefined) return signals.shift();
    const at = signals.findIndex(where);
    return at === -1 ? undefined : signals.splice(at, 1)[0];
  }

  static #takeWhere(mailbox: Mailbox, where: Where): Envelope | undefined {
    const queue = mailbox.#queue;
    if (queue === undefined) return undefined;
    const end = Math.min(queue.length, MAX_SCAN);
    for (let at = 0; at < end; at += 1) {
      const message = queue.at(at);
      if (message.rare.stale?.() === true || !where(message)) continue;
      queue.removeAt(at);
      mailbox.terms.memory.remove(message);
      if (mailbox.#rare?.line !== undefined) Mailbox.#advance(mailbox);
      return Mailbox.#taken(mailbox, message);
    }
    return undefined;
  }

  static #shift(mailbox: Mailbox): Envelope | undefined {
    const queue = mailbox.#queue;
    if (queue === undefined) return undefined;
    const message = queue.shift();
    if (message !== undefined) mailbox.terms.memory.remove(message);
    if (queue.oversized) mailbox.#queue = undefined;
    return message;
  }

  static #add(mailbox: Mailbox, message: Envelope): void {
    mailbox.#queue ??= new MessageRing();
    mailbox.#queue.push(message);
    mailbox.terms.memory.add(message);
  }

  /** Lets the oldest go until a message has room. @returns false when even an empty mailbox has none for it */
  static #makeRoom(mailbox: Mailbox, message: Envelope): boolean {
    const { owner } = mailbox.terms;
    do {
      const oldest = Mailbox.#shift(mailbox);
      if (oldest === undefined) return false;
      owner.dropped(oldest, mailbox.pid);
    } while (mailbox.crowdedFor(message));
    return true;
  }

  static #queueUp(mailbox: Mailbox, message: Envelope): boolean {
    const added = Mailbox.#line(mailbox).add(message);
    Mailbox.#endLine(mailbox);
    return added;
  }

  static #line(mailbox: Mailbox): SenderLine {
    const rare = Mailbox.#seldom(mailbox);
    rare.line ??= new SenderLine(mailbox.terms.limit, mailbox.terms.memory);
    return rare.line;
  }

  static #endLine(mailbox: Mailbox): void {
    const rare = mailbox.#rare;
    if (rare?.line?.empty === true) rare.line = undefined;
  }

  /** Places may be free: the first of the line get them. */
  static #advance(mailbox: Mailbox): void {
    const { limit, memory } = mailbox.terms;
    for (;;) {
      const first = mailbox.#rare?.line?.first;
      const queue = mailbox.#queue;
      if (first === undefined || (queue !== undefined && queue.length >= limit)) break;
      if (!memory.fitsHere(queue?.bytes ?? 0, first)) break;
      mailbox.#rare?.line?.advance((message) => Mailbox.#add(mailbox, message));
    }
    Mailbox.#endLine(mailbox);
  }
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
