/**
 * The line before a full mailbox that lets senders wait. It keeps the order: while it has anybody in it, nobody gets past it. The first
 * of it are answered for by the mailbox, as many as it holds itself; the senders of the others wait until they are among those.
 */
import type { Envelope } from "../message/envelope.ts";
import { bytesOf, type MailboxMemory } from "./mailbox-memory.ts";

/** Senders that may wait for a place. */
const MAX_WAITING_SENDERS = 1024;

/** A message in the line; `placed` is called when it is among those that the mailbox answers for. */
interface InLine {
  readonly message: Envelope;
  placed: (() => void) | undefined;
  readonly refused: (() => void) | undefined;
}

export class SenderLine {
  readonly #entries: InLine[] = [];
  /** Messages that the mailbox answers for. */
  readonly #limit: number;
  readonly #memory: MailboxMemory;
  #bytes = 0;

  constructor(limit: number, memory: MailboxMemory) {
    this.#limit = limit;
    this.#memory = memory;
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  /** Adds a message that the mailbox answers for from now on. @returns false when it does for as many as it can */
  add(message: Envelope): boolean {
    return this.#add({ message, placed: undefined, refused: undefined }, this.#limit);
  }

  /** Adds a message whose sender waits for a place. @returns false when too many wait */
  wait(message: Envelope, placed: () => void, refused: () => void): boolean {
    return this.#add({ message, placed, refused }, this.#limit + MAX_WAITING_SENDERS);
  }

  /** Takes a message out whose sender no longer waits. */
  giveUp(message: Envelope): void {
    const at = this.#entries.findIndex((entry) => entry.message === message);
    if (at === -1) return;
    this.#entries.splice(at, 1);
    this.#let(message);
  }

  /** The message that comes next. */
  get first(): Envelope | undefined {
    return this.#entries[0]?.message;
  }

  /** Takes the first out; tells the sender whose place that makes. */
  advance(put: (message: Envelope) => void): void {
    const first = this.#entries.shift();
    if (first === undefined) return;
    this.#let(first.message);
    put(first.message);
    const next = this.#entries[this.#limit - 1];
    const placed = next?.placed;
    if (next !== undefined) next.placed = undefined;
    placed?.();
  }

  /** Empties the line: tells those who wait for a place that there is none. @returns the messages that had one */
  end(): readonly Envelope[] {
    const left: Envelope[] = [];
    for (const { message, placed, refused } of this.#entries.splice(0)) {
      this.#let(message);
      if (placed === undefined) left.push(message);
      else refused?.();
    }
    return left;
  }

  #add(entry: InLine, most: number): boolean {
    const { message } = entry;
    if (this.#entries.length >= most || !this.#memory.fits(this.#bytes, message)) return false;
    this.#entries.push(entry);
    this.#bytes += bytesOf(message);
    this.#memory.add(message);
    return true;
  }

  #let(message: Envelope): void {
    this.#bytes -= bytesOf(message);
    this.#memory.remove(message);
  }
}
