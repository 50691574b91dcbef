/**
 * What the journal of the law says, and the one way to add to it: one change after another, each on disk before it counts.
 */
import type { SealedJournal } from "../journal/sealed-journal.ts";
import { enterRecord, type LawBook, type LawRecord } from "./law-record.ts";

export class LawLedger {
  readonly book: LawBook = {
    proposals: new Map(),
    stays: new Map(),
    environments: new Map(),
    switched: undefined,
    stayedAt: new Map(),
  };
  readonly #journal: SealedJournal<LawRecord>;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(journal: SealedJournal<LawRecord>) {
    this.#journal = journal;
  }

  /** Reads the journal. @throws `GOVERNANCE_JOURNAL_BROKEN` */
  async open(): Promise<void> {
    let index = 0;
    for await (const record of this.#journal.records()) {
      if (!enterRecord(this.book, record)) throw this.#journal.fail(index, `"${record.type}" cannot follow here`);
      index++;
    }
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#journal.close();
  }

  /** Writes a record, then enters it. */
  async enter(record: LawRecord): Promise<void> {
    await this.#journal.append(record);
    enterRecord(this.book, record);
  }

  /** Does a change once those before it are done. */
  serial<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(step);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
