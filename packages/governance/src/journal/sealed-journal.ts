/**
 * A journal on disk whose every record is sealed and bound to its place, so that a record that was forged, changed, copied
 * or moved is found at opening. What it cannot find is a tail that was cut off between records: the audit log has every
 * change.
 */
import { open, seal } from "@weftos/crypto";
import type { AppendLog, Random, Schema } from "@weftos/interface";
import { safeParse } from "@weftos/schema";

/** What a journal is opened with. */
export interface SealedJournalInit<Entry> {
  readonly log: AppendLog;
  readonly key: Uint8Array;
  readonly random: Pick<Random, "bytes">;
  /** What it is for: no record of one journal opens in another. */
  readonly purpose: string;
  readonly schema: Schema<unknown, Entry>;
  /** Makes the error about a record. */
  readonly broken: (record: number, reason: string, cause?: unknown) => Error;
}

/** Reads and writes records; one call at a time. */
export class SealedJournal<Entry> {
  readonly #init: SealedJournalInit<Entry>;
  #length = 0;

  constructor(init: SealedJournalInit<Entry>) {
    this.#init = init;
  }

  /** Records in the journal. */
  get length(): number {
    return this.#length;
  }

  /** Reads all records; call it once, before anything is appended. @throws the error of `broken` */
  async *records(): AsyncIterable<Entry> {
    for await (const bytes of this.#init.log.records()) {
      const record = this.#open(bytes, this.#length);
      this.#length++;
      yield record;
    }
  }

  /** Appends a record; it is on disk when this resolves. */
  async append(record: Entry): Promise<void> {
    // Nothing is written that could not be read again.
    const checked = safeParse(this.#init.schema, JSON.parse(JSON.stringify(record)), "a record");
    if (!checked.ok) throw this.#init.broken(this.#length, checked.problem.message);
    await this.#init.log.append(this.#seal(record, this.#length));
    this.#length++;
  }

  /** Replaces all records. */
  async rewrite(records: readonly Entry[]): Promise<void> {
    await this.#init.log.rewrite(records.map((record, index) => this.#seal(record, index)));
    this.#length = records.length;
  }

  /** Says that a record cannot follow those before it. */
  fail(record: number, reason: string): Error {
    return this.#init.broken(record, reason);
  }

  close(): Promise<void> {
    return this.#init.log.close();
  }

  #seal(record: Entry, index: number): Uint8Array {
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    return seal(this.#init.key, bytes, this.#place(index), (length) => this.#init.random.bytes(length));
  }

  #open(bytes: Uint8Array, index: number): Entry {
    let value: unknown;
    try {
      const text = open(this.#init.key, bytes, this.#place(index));
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
    } catch (cause) {
      const expected = "expected a record sealed with this kernel's key (keys/seal) at this place, got another";
      throw this.#init.broken(index, expected, cause);
    }
    const checked = safeParse(this.#init.schema, value, "a record");
    if (!checked.ok) throw this.#init.broken(index, checked.problem.message);
    return checked.value;
  }

  #place(index: number): Uint8Array {
    return new TextEncoder().encode(`weftos/${this.#init.purpose}/${index}`);
  }
}
