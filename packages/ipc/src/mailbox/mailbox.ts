/**
 * A mailbox: bounded, in order, signals first. Limits: one kernel, one thread; a message in a mailbox is in memory only.
 */
import type { Inbox, Message } from "@weftos/interface";

interface Waiter {
  readonly resolve: (message: Message | undefined) => void;
}

/** The queue between a router and one process. */
export class Mailbox implements Inbox {
  readonly limit: number;
  readonly #queue: (Message | undefined)[] = [];
  #head = 0;
  readonly #signals: Message[] = [];
  readonly #waiters = new Set<Waiter>();
  #closed = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  get depth(): number {
    return this.#queue.length - this.#head + this.#signals.length;
  }

  /**
   * Puts a message in, or hands it to who waits.
   *
   * @returns whether there was room; a closed mailbox has none
   */
  push(message: Message): boolean {
    if (this.#closed) return false;
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.resolve(message);
      return true;
    }
    if (this.depth >= this.limit) return false;
    if (message.kind === "signal") this.#signals.push(message);
    else this.#queue.push(message);
    return true;
  }

  async receive(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Message | undefined> {
    const { signal } = options;
    signal?.throwIfAborted();
    const message = this.#take();
    if (message !== undefined || this.#closed) return message;
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        resolve: (received) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(received);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return new MailboxIterator(this);
  }

  /**
   * Ends the mailbox: those who wait get undefined, later messages are refused.
   *
   * @returns the messages nobody took, in order
   */
  close(): readonly Message[] {
    this.#closed = true;
    const left: Message[] = [];
    for (let message = this.#take(); message !== undefined; message = this.#take()) left.push(message);
    for (const waiter of this.#waiters) waiter.resolve(undefined);
    this.#waiters.clear();
    return left;
  }

  #take(): Message | undefined {
    const signal = this.#signals.shift();
    if (signal !== undefined) return signal;
    if (this.#head === this.#queue.length) return undefined;
    const message = this.#queue[this.#head];
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    // The taken half is given back once it is the larger one: each message is moved at most once on average.
    if (this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return message;
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
