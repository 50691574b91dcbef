/**
 * The memory that waiting messages may take: of one mailbox, and of all together. A mailbox that holds little takes more even when all
 * together hold too much, so that one that floods does not silence the others. Limits: payloads are counted as `Envelope.bytes` counts
 * them, as text; parsed JSON of many small parts takes more of the heap.
 */
import type { Envelope } from "../message/envelope.ts";

/** Counted for each message beside its payload. */
const MESSAGE_BYTES = 160;

/** In bytes. */
export interface MailboxMemoryLimits {
  /** Most that one mailbox holds; as much again may wait in the line before it. Above the largest message. */
  readonly mailbox: number;
  /** Most that all mailboxes hold before each is held to `least`. */
  readonly total: number;
  /** What each mailbox may hold always. */
  readonly least: number;
}

const usual: MailboxMemoryLimits = { mailbox: 32 * 1024 * 1024, total: 256 * 1024 * 1024, least: 16 * 1024 };

export class MailboxMemory {
  readonly #limits: MailboxMemoryLimits;
  #held = 0;

  constructor(limits: MailboxMemoryLimits = usual) {
    this.#limits = limits;
  }

  /** What all mailboxes hold, a message that lies in many counted once. */
  get held(): number {
    return this.#held;
  }

  /** Counts a message that a mailbox holds from now on. */
  add(message: Envelope): void {
    if (message.holders === 0) this.#held += bytesOf(message);
    message.holders += 1;
  }

  /** Counts a message that a mailbox no longer holds. */
  remove(message: Envelope): void {
    message.holders -= 1;
    if (message.holders === 0) this.#held -= bytesOf(message);
  }

  /** Whether a mailbox, or its line, that holds so many bytes may hold one message more. */
  fits(held: number, message: Envelope): boolean {
    const bytes = bytesOf(message);
    if (held + bytes > this.#limits.mailbox) return false;
    return held + bytes <= this.#limits.least || this.#held + (message.holders === 0 ? bytes : 0) <= this.#limits.total;
  }

  /** Whether a mailbox has the place for a message that is counted already. */
  fitsHere(held: number, message: Envelope): boolean {
    return held + bytesOf(message) <= this.#limits.mailbox;
  }
}

/** Bytes that a message is counted as. */
export function bytesOf(message: Envelope): number {
  return message.bytes + MESSAGE_BYTES;
}
