/**
 * The journal of approvals on disk. Every record is sealed and bound to its place, so that a record that was forged,
 * changed, copied or moved is found at opening. What it cannot find is a tail that was cut off between records: the
 * audit log has every use.
 */
import { open, seal } from "@weftos/crypto";
import type { AppendLog, Random } from "@weftos/interface";
import { safeParse } from "@weftos/schema";
import { ApprovalJournalError } from "./approval-errors.ts";
import { type ApprovalRecord, recordSchema } from "./approval-record.ts";

/** Reads and writes records; one call at a time. */
export class ApprovalJournal {
  readonly #log: AppendLog;
  readonly #path: string;
  readonly #key: Uint8Array;
  readonly #random: Pick<Random, "bytes">;
  #length = 0;

  constructor(init: {
    readonly log: AppendLog;
    readonly path: string;
    readonly key: Uint8Array;
    readonly random: Pick<Random, "bytes">;
  }) {
    this.#log = init.log;
    this.#path = init.path;
    this.#key = init.key;
    this.#random = init.random;
  }

  /** Records in the journal. */
  get length(): number {
    return this.#length;
  }

  /** Reads all records; call it once, before anything is appended. @throws `APPROVAL_JOURNAL_BROKEN` */
  async *records(): AsyncIterable<ApprovalRecord> {
    for await (const bytes of this.#log.records()) {
      const record = this.#open(bytes, this.#length);
      this.#length++;
      yield record;
    }
  }

  /** Appends a record; it is on disk when this resolves. */
  async append(record: ApprovalRecord): Promise<void> {
    await this.#log.append(this.#seal(record, this.#length));
    this.#length++;
  }

  /** Replaces all records. */
  async rewrite(records: readonly ApprovalRecord[]): Promise<void> {
    await this.#log.rewrite(records.map((record, index) => this.#seal(record, index)));
    this.#length = records.length;
  }

  /** Says that a record cannot follow those before it. */
  fail(record: number, reason: string, cause?: unknown): ApprovalJournalError {
    return new ApprovalJournalError(`${this.#path}: record ${record}: ${reason}`, {
      details: { path: this.#path, record, reason },
      cause,
    });
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #seal(record: ApprovalRecord, index: number): Uint8Array {
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    return seal(this.#key, bytes, placeOf(index), (length) => this.#random.bytes(length));
  }

  #open(bytes: Uint8Array, index: number): ApprovalRecord {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(open(this.#key, bytes, placeOf(index))));
    } catch (cause) {
      throw this.fail(
        index,
        "expected a record sealed with this kernel's key (keys/seal) at this place, got another",
        cause,
      );
    }
    const checked = safeParse(recordSchema, value, "a record");
    if (!checked.ok) throw this.fail(index, checked.problem.message);
    return checked.value;
  }
}

function placeOf(index: number): Uint8Array {
  return new TextEncoder().encode(`weftos/approvals/${index}`);
}
