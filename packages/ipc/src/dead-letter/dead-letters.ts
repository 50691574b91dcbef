/**
 * Keeps what could not be delivered: the newest 10 000, found by target, reason and time. Payloads of up to 1 MiB are kept,
 * 64 MiB of them in all; the oldest go first, their letters stay.
 */
import type { Pid } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";
import { type DeadLetter, type DeadLetterFilter, type DeadLetterReason, fits } from "./dead-letter.ts";

/** Most letters. */
export const MAX_LETTERS = 10_000;
const MAX_PAYLOAD_BYTES = 1024 * 1024;
const MAX_ALL_BYTES = 64 * 1024 * 1024;
const DEFAULT_LIMIT = 100;

/** Is told of every change, in order: the disk's part. */
export interface DeadLetterJournal {
  added(letter: DeadLetter): void;
  changed(): void;
}

export class DeadLetters {
  /** By id, oldest first. A message may die in several mailboxes: then its id has a number behind it. */
  readonly #letters = new Map<string, DeadLetter>();
  readonly #counts = new Map<DeadLetterReason, number>();
  #bytes = 0;
  /** Ids in the order in which their payloads go. */
  #withPayload: string[] = [];
  #journal: DeadLetterJournal | undefined;
  /** The message that died in several mailboxes last, and how often: a broadcast may die in thousands. */
  #copied = { id: "", copies: 1 };

  /** Begins to tell a journal, and takes what it kept. */
  open(kept: readonly DeadLetter[], journal: DeadLetterJournal): void {
    const since = [...this.#letters.values()];
    this.#letters.clear();
    this.#withPayload = [];
    this.#bytes = 0;
    for (const letter of kept) this.#keep(letter);
    this.#journal = journal;
    for (const letter of since) journal.added(this.#keep(letter));
  }

  add(message: Envelope, reason: DeadLetterReason, at: number, pid?: Pid): DeadLetter {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    const { from, node, target, kind, bytes, sentAt, trace, segmentType, payload } = message;
    const letter = this.#keep({
      id: message.id,
      from,
      ...(node === undefined ? {} : { node }),
      target,
      pid: pid ?? (target.kind === "process" ? target.pid : undefined),
      kind,
      bytes,
      reason,
      at,
      sentAt,
      trace,
      segmentType,
      replays: 0,
      payload: bytes <= MAX_PAYLOAD_BYTES && kind !== "signal" ? payload : undefined,
    });
    this.#journal?.added(letter);
    return letter;
  }

  get size(): number {
    return this.#letters.size;
  }

  /** Counts since the kernel started, by reason. */
  counts(): Readonly<Partial<Record<DeadLetterReason, number>>> {
    return Object.fromEntries(this.#counts);
  }

  /** Those that fit, oldest first. */
  list(filter: DeadLetterFilter = {}): readonly DeadLetter[] {
    const found = [...this.#letters.values()].filter((letter) => fits(letter, filter));
    return found.slice(-(filter.limit ?? DEFAULT_LIMIT));
  }

  find(id: string): DeadLetter | undefined {
    return this.#letters.get(id);
  }

  /** All, oldest first. */
  all(): IterableIterator<DeadLetter> {
    return this.#letters.values();
  }

  /** Removes a letter. @returns whether it was there */
  remove(id: string): boolean {
    const letter = this.#letters.get(id);
    if (letter === undefined) return false;
    this.#drop(letter);
    this.#journal?.changed();
    return true;
  }

  /** Counts a replay that failed. */
  replayed(id: string): void {
    const letter = this.#letters.get(id);
    if (letter === undefined) return;
    this.#letters.set(id, { ...letter, replays: letter.replays + 1 });
    this.#journal?.changed();
  }

  /** Removes those that fit. @returns how many */
  purge(filter: Omit<DeadLetterFilter, "limit">): number {
    const gone = [...this.#letters.values()].filter((letter) => fits(letter, filter));
    for (const letter of gone) this.#drop(letter);
    if (gone.length > 0) this.#journal?.changed();
    return gone.length;
  }

  #keep(given: DeadLetter): DeadLetter {
    const letter = this.#letters.has(given.id) ? { ...given, id: this.#copyId(given.id) } : given;
    if (this.#letters.size >= MAX_LETTERS) {
      const [oldest] = this.#letters.values();
      if (oldest !== undefined) this.#drop(oldest);
    }
    this.#letters.set(letter.id, letter);
    if (letter.payload !== undefined) {
      this.#bytes += letter.bytes;
      this.#withPayload.push(letter.id);
      this.#makeRoom();
    }
    return letter;
  }

  #copyId(id: string): string {
    let copies = this.#copied.id === id ? this.#copied.copies : 1;
    do copies += 1;
    while (this.#letters.has(`${id}-${copies}`));
    this.#copied = { id, copies };
    return `${id}-${copies}`;
  }

  #drop(letter: DeadLetter): void {
    this.#letters.delete(letter.id);
    if (letter.payload !== undefined) this.#bytes -= letter.bytes;
    if (this.#withPayload.length > 2 * MAX_LETTERS) {
      this.#withPayload = this.#withPayload.filter((id) => this.#letters.has(id));
    }
  }

  #makeRoom(): void {
    while (this.#bytes > MAX_ALL_BYTES) {
      const id = this.#withPayload.shift();
      const letter = id === undefined ? undefined : this.#letters.get(id);
      if (letter?.payload === undefined) continue;
      this.#bytes -= letter.bytes;
      this.#letters.set(letter.id, { ...letter, payload: undefined });
    }
  }
}
