/**
 * The inbox inside a worker: what the kernel pushed ahead, at most its credit, and who waits. Taking a message gives
 * credit back, in batches.
 */

import type { Inbox, Message, ReceiveOptions } from "@weftos/interface";
import { InboxIterator } from "../agent/inbox-iterator.ts";
import { nextTurn } from "./next-turn.ts";
import { CREDIT } from "./worker-protocol.ts";

const BATCH = CREDIT / 4;

interface Waiter {
  readonly where: ReceiveOptions["where"];
  readonly resolve: (message: Message | undefined) => void;
  readonly fail: (error: unknown) => void;
}

export class WorkerInbox implements Inbox {
  readonly #giveCredit: (count: number) => void;
  readonly #queue: Message[] = [];
  readonly #waiters = new Set<Waiter>();
  #taken = 0;
  /** Whether it was said in this turn of the thread that messages were taken. */
  #said = false;
  #held = false;
  #closed = false;
  /** Trace of the message that was taken last. */
  lastTrace: string | undefined = undefined;

  constructor(giveCredit: (count: number) => void) {
    this.#giveCredit = giveCredit;
  }

  get depth(): number {
    return this.#queue.length;
  }

  /** Whether the agent waits for a message. */
  get receiving(): boolean {
    return this.#waiters.size > 0;
  }

  push(message: Message): void {
    this.#queue.push(message);
    this.#handOut();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#handOut();
  }

  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    for (const waiter of this.#waiters) waiter.resolve(undefined);
    this.#waiters.clear();
  }

  /** Gives back the credit of what was taken, before the agent's end makes dead letters of the rest. */
  settle(): void {
    if (this.#taken === 0) return;
    this.#giveCredit(this.#taken);
    this.#taken = 0;
    if (this.#said) return;
    this.#said = true;
    nextTurn(() => {
      this.#said = false;
    });
  }

  async receive(options: ReceiveOptions = {}): Promise<Message | undefined> {
    const { signal, where } = options;
    signal?.throwIfAborted();
    if (this.#closed) return undefined;
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        where,
        resolve: (message) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(message);
        },
        fail: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#handOut();
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return new InboxIterator(this);
  }

  #handOut(): void {
    for (const waiter of this.#waiters) {
      if (this.#held) return;
      const { where } = waiter;
      let at: number;
      try {
        at = where === undefined ? 0 : this.#queue.findIndex((message) => where(message));
      } catch (error) {
        // A condition that throws fails its own receive, and nobody's beside it.
        this.#waiters.delete(waiter);
        waiter.fail(error);
        continue;
      }
      const [message] = at === -1 ? [] : this.#queue.splice(at, 1);
      if (message === undefined) continue;
      this.#waiters.delete(waiter);
      this.lastTrace = message.trace;
      waiter.resolve(message);
      this.#taken += 1;
      // The first of a turn is said at once: code that then holds the thread says nothing any more.
      if (this.#said && this.#taken < BATCH && this.#queue.length > 0) continue;
      this.settle();
    }
  }
}
