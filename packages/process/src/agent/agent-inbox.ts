/**
 * What an agent reads: its mailbox, held back while it is suspended and ended when it is asked to stop. Messages stay in
 * the router's mailbox until the agent takes them; at most one for each waiting `receive` is held here during a suspension.
 * Signals never reach the agent: a ping is answered here.
 */
import type { Inbox, Message } from "@weftos/interface";
import { InboxIterator } from "./inbox-iterator.ts";

/** What an inbox tells its owner. */
export interface InboxOwner {
  /** A signal came in place of a message. */
  onSignal(message: Message): void;
  /** Messages left the mailbox and reached nobody. */
  onUndelivered(messages: readonly Message[]): void;
}

interface Waiter {
  readonly resolve: (message: Message | undefined) => void;
  readonly reject: (reason: unknown) => void;
  settled: boolean;
}

const none: readonly Waiter[] = [];

export class AgentInbox implements Inbox {
  readonly #source: Inbox;
  readonly #owner: InboxOwner;
  #waiters: readonly Waiter[] = none;
  #held: { readonly waiter: Waiter; readonly message: Message }[] | undefined;
  #suspended = false;
  #closed = false;

  constructor(source: Inbox, owner: InboxOwner) {
    this.#source = source;
    this.#owner = owner;
  }

  get depth(): number {
    return this.#closed ? 0 : this.#source.depth + (this.#held?.length ?? 0);
  }

  receive(options?: { readonly signal?: AbortSignal | undefined }): Promise<Message | undefined> {
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, settled: false };
      this.#waiters = this.#waiters === none ? [waiter] : [...this.#waiters, waiter];
      this.#take(waiter, signal);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return new InboxIterator(this);
  }

  /** Holds messages back until `resume`. */
  suspend(): void {
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { waiter, message } of held) this.#settle(waiter, message);
  }

  /** Ends the inbox: those who wait get undefined. What is in the mailbox stays there, for the router to bury. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const held = this.#held ?? [];
    this.#held = undefined;
    if (held.length > 0) this.#owner.onUndelivered(held.map(({ message }) => message));
    for (const waiter of this.#waiters) {
      waiter.settled = true;
      waiter.resolve(undefined);
    }
    this.#waiters = none;
  }

  #take(waiter: Waiter, signal: AbortSignal | undefined): void {
    this.#source.receive(signal === undefined ? undefined : { signal }).then(
      (message) => {
        if (message === undefined) this.#settle(waiter, undefined);
        else this.#arrived(waiter, message, signal);
      },
      (error: unknown) => {
        if (this.#forget(waiter)) waiter.reject(error);
      },
    );
  }

  #arrived(waiter: Waiter, message: Message, signal: AbortSignal | undefined): void {
    if (message.kind === "signal") {
      this.#owner.onSignal(message);
      if (!waiter.settled) this.#take(waiter, signal);
    } else if (waiter.settled) {
      this.#owner.onUndelivered([message]);
    } else if (this.#suspended) {
      this.#held ??= [];
      this.#held.push({ waiter, message });
    } else {
      this.#settle(waiter, message);
    }
  }

  #settle(waiter: Waiter, message: Message | undefined): void {
    if (this.#forget(waiter)) waiter.resolve(message);
  }

  #forget(waiter: Waiter): boolean {
    if (waiter.settled) return false;
    waiter.settled = true;
    this.#waiters = this.#waiters.length === 1 ? none : this.#waiters.filter((other) => other !== waiter);
    return true;
  }
}
