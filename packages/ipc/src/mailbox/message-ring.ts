/**
 * Messages in order, in a ring: taking the first moves no other, and a mailbox that fills and empties again and again makes no new
 * array. It grows by doubling and knows no limit: its mailbox does.
 */
import type { Envelope } from "../message/envelope.ts";
import { bytesOf } from "./mailbox-memory.ts";

const FIRST_SLOTS = 8;
/** Slots that an empty ring may keep. */
const MAX_IDLE_SLOTS = 1024;

export class MessageRing {
  /** As many as a power of two. */
  #slots: (Envelope | undefined)[] = emptySlots(FIRST_SLOTS);
  #head = 0;
  #length = 0;
  #bytes = 0;

  get length(): number {
    return this.#length;
  }

  /** What its messages are counted as. */
  get bytes(): number {
    return this.#bytes;
  }

  push(message: Envelope): void {
    if (this.#length === this.#slots.length) this.#resize(this.#slots.length * 2);
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = message;
    this.#length += 1;
    this.#bytes += bytesOf(message);
  }

  /** Puts messages before all others, in their order. */
  unshift(messages: readonly Envelope[]): void {
    let slots = this.#slots.length;
    while (slots < this.#length + messages.length) slots *= 2;
    if (slots > this.#slots.length) this.#resize(slots);
    for (let at = messages.length - 1; at >= 0; at -= 1) {
      this.#head = (this.#head - 1) & (slots - 1);
      const message = messages[at] as Envelope;
      this.#slots[this.#head] = message;
      this.#bytes += bytesOf(message);
    }
    this.#length += messages.length;
  }

  shift(): Envelope | undefined {
    if (this.#length === 0) return undefined;
    const slots = this.#slots;
    const message = slots[this.#head] as Envelope;
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#length -= 1;
    this.#bytes -= bytesOf(message);
    return message;
  }

  /** @param index - 0 for the first, below `length` */
  at(index: number): Envelope {
    return this.#slots[this.#index(index)] as Envelope;
  }

  /** Takes one out; those behind it move up. */
  removeAt(index: number): void {
    this.#bytes -= bytesOf(this.at(index));
    this.#length -= 1;
    for (let at = index; at < this.#length; at += 1) this.#slots[this.#index(at)] = this.#slots[this.#index(at + 1)];
    this.#slots[this.#index(this.#length)] = undefined;
  }

  /** Whether it holds room of a storm that is over: then a new one takes less. */
  get oversized(): boolean {
    return this.#length === 0 && this.#slots.length > MAX_IDLE_SLOTS;
  }

  #index(index: number): number {
    return (this.#head + index) & (this.#slots.length - 1);
  }

  #resize(slots: number): void {
    const next = emptySlots(slots);
    for (let at = 0; at < this.#length; at += 1) next[at] = this.at(at);
    this.#slots = next;
    this.#head = 0;
  }
}

/** Pushed one by one: an array that is made with a length has holes, which every read would have to look for. */
function emptySlots(count: number): (Envelope | undefined)[] {
  const slots: (Envelope | undefined)[] = [];
  for (let at = 0; at < count; at += 1) slots.push(undefined);
  return slots;
}
