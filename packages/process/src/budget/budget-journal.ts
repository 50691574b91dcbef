/**
 * The journal of budgets, `journal/budgets`: an append log whose records are JSON lists, each one change of the book. A change that
 * could not be written is not forgotten: the next write puts the whole book in place of the file.
 */
import type { AppendLog, Files, Platform } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { inputProblem } from "../input-invalid.ts";
import { BudgetJournalInvalidError, ProcessNotAcceptingError } from "../process-errors.ts";
import { amountsSchema } from "../spawn-options.ts";
import { Book, type Change } from "./book.ts";

const MAX_RECORD_BYTES = 4096;
/** Records beyond eight times the accounts after which the journal is written anew. */
const SLACK = 4096;

const id = z.int().check(z.minimum(1));
const hold = z.string().check(z.regex(/^[1-9][0-9]{0,15}$/, "expected the number of a hold"));
const changeSchema = z.lazy(() =>
  z.union([
    z.tuple([z.literal("o"), id, z.int().check(z.minimum(0)), z.string().check(z.maxLength(128)), amountsSchema]),
    z.tuple([z.literal("g"), id, amountsSchema]),
    z.tuple([z.literal("s"), id, amountsSchema]),
    z.tuple([z.literal("h"), id, hold, amountsSchema]),
    z.tuple([z.literal("e"), id, hold, amountsSchema]),
    z.tuple([z.literal("c"), id]),
  ]),
);

export class BudgetJournal {
  #log: AppendLog | undefined;
  #open: (() => Promise<AppendLog>) | undefined;
  #book: Book | undefined;
  #records = 0;
  #failed = false;
  /** Changes that were told, and how many of them, from the first, a rewrite has put on disk. */
  #told = 0;
  #covered = 0;
  #rewriting: Promise<void> | undefined;

  /** Bytes of a torn end that opening cut off. */
  get droppedBytes(): number {
    return this.#log?.droppedBytes ?? 0;
  }

  /** Opens the journal and gives the book that it tells. @throws PROCESS_BUDGET_JOURNAL and what the files throw */
  async open(platform: Pick<Platform, "openAppendLog">, files: Files, dir: string): Promise<Book> {
    const file = `${dir}/journal/budgets`;
    this.#open = () => platform.openAppendLog(files, file, { maxRecordBytes: MAX_RECORD_BYTES });
    const log = await this.#open();
    const book = new Book();
    try {
      for await (const record of log.records()) {
        applyRecord(book, record, file, this.#records);
        this.#records += 1;
      }
    } catch (error) {
      await log.close();
      throw error;
    }
    this.#log = log;
    this.#book = book;
    return book;
  }

  /** Writes the change that the book has just made; resolves when it is on disk. @throws what the files throw */
  async write(change: Change): Promise<void> {
    this.#told += 1;
    const told = this.#told;
    while (this.#rewriting !== undefined) await this.#rewriting;
    if (told <= this.#covered) return;
    const { log, book } = this.#opened();
    if (this.#failed || this.#records > SLACK + 8 * book.size) {
      let failure: { readonly error: unknown } | undefined;
      this.#rewriting = this.#rewrite().catch((error: unknown) => {
        failure = { error };
        this.#failed = true;
      });
      await this.#rewriting;
      this.#rewriting = undefined;
      if (failure !== undefined) throw failure.error;
      return;
    }
    this.#records += 1;
    try {
      await log.append(encode(change));
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    await log?.close();
  }

  /** Puts the whole book, as it is, in place of the file; a log that failed is opened anew first. */
  async #rewrite(): Promise<void> {
    const { log, book } = this.#opened();
    let open = log;
    if (this.#failed) {
      await log.close().catch(() => undefined);
      open = (await this.#open?.()) ?? log;
      this.#log = open;
    }
    const records = Array.from(book.changes(), encode);
    const told = this.#told;
    await open.rewrite(records);
    this.#covered = told;
    this.#records = records.length;
    this.#failed = false;
  }

  #opened(): { readonly log: AppendLog; readonly book: Book } {
    if (this.#log === undefined || this.#book === undefined) {
      throw new ProcessNotAcceptingError("budgets are kept only while the process feature runs", {
        details: { phase: "not-started" },
      });
    }
    return { log: this.#log, book: this.#book };
  }
}

function encode(change: Change): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(change));
}

function applyRecord(book: Book, record: Uint8Array, file: string, index: number): void {
  const details = { file, record: index };
  const what = `record ${index} of ${file}`;
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(record));
    book.apply(parse(changeSchema, json, { what, error: inputProblem }) as Change);
  } catch (cause) {
    throw new BudgetJournalInvalidError(`${what} is no change of a budget`, { details, cause });
  }
}
