/**
 * `journal/outbox`: what the outbox must know after a crash, one JSON record each. Written anew when most of it is done with, so that
 * it stays about as large as what waits.
 */
import type { AppendLog, FeatureContext, Pid, Schema } from "@weftos/interface";
import { z } from "@weftos/schema";
import {
  MAX_RECORD_BYTES,
  readRecord,
  type StoredMessage,
  storedMessageSchema,
  writeRecord,
} from "./stored-message.ts";

/** Records that are done with before the journal is written anew. */
const MAX_DONE = 4096;
/** Bytes of payloads that are done with before it is. */
const MAX_DONE_BYTES = 64 * 1024 * 1024;

/** One record. */
export type OutboxRecord =
  | { readonly put: StoredMessage; readonly key?: string | undefined }
  | { readonly done: string; readonly key?: string | undefined }
  /** A process starts again under another PID: its keys go with it. */
  | { readonly moved: Pid; readonly to: Pid };

const recordSchema = z.lazy(() =>
  z.union([
    z.object({ put: storedMessageSchema, key: z.optional(z.string()) }),
    z.object({ done: z.string(), key: z.optional(z.string()) }),
    z.object({ moved: z.int(), to: z.int() }),
  ]),
) as unknown as Schema<unknown, OutboxRecord>;

/** What it needs of the kernel. */
export type JournalContext = Pick<FeatureContext, "platform" | "files" | "dir" | "logger">;

export class OutboxJournal {
  readonly #context: JournalContext;
  readonly #live: () => readonly OutboxRecord[];
  #log: AppendLog | undefined;
  #done = 0;
  #doneBytes = 0;
  #rewriting: Promise<void> | undefined;

  /** @param live - gives all that is to be known now: what the journal is written anew from */
  constructor(context: JournalContext, live: () => readonly OutboxRecord[]) {
    this.#context = context;
    this.#live = live;
  }

  get isOpen(): boolean {
    return this.#log !== undefined;
  }

  /** Reads what an earlier boot left, in order, and begins to write. */
  async open(read: (record: OutboxRecord) => void): Promise<void> {
    const { platform, files, dir, logger } = this.#context;
    const options = { maxRecordBytes: MAX_RECORD_BYTES };
    const log = await platform.openAppendLog(files, `${dir}/journal/outbox`, options);
    if (log.droppedBytes > 0) logger.warn("the outbox had a torn end", { bytes: log.droppedBytes });
    for await (const bytes of log.records()) {
      const record = readRecord(recordSchema, bytes);
      if (record === undefined) logger.warn("a record of the outbox cannot be read", { bytes: bytes.length });
      else read(record);
    }
    this.#log = log;
  }

  /** Resolves when a record is on disk. */
  async append(record: OutboxRecord): Promise<void> {
    await this.#log?.append(writeRecord(record));
  }

  /** Writes what nobody waits for. @param what - what it says, for the log of a failure */
  note(record: OutboxRecord, what: string): void {
    this.append(record).catch((error: unknown) => this.#failed(`${what} could not be written to the outbox`, error));
  }

  /** Counts a message that is done with; writes the journal anew when they are many. */
  isDone(bytes: number): void {
    this.#done += 1;
    this.#doneBytes += bytes;
    const long = this.#done >= MAX_DONE || this.#doneBytes >= MAX_DONE_BYTES;
    if (long && this.isOpen && this.#rewriting === undefined) this.#rewrite();
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    await this.#rewriting;
    await log?.close();
  }

  #rewrite(): void {
    this.#done = 0;
    this.#doneBytes = 0;
    this.#rewriting = (this.#log?.rewrite(this.#live().map((record) => writeRecord(record))) ?? Promise.resolve())
      .catch((error: unknown) => this.#failed("the outbox could not be written anew", error))
      .finally(() => {
        this.#rewriting = undefined;
      });
  }

  #failed(what: string, error: unknown): void {
    this.#context.logger.error(what, { error: error instanceof Error ? error.message : "unknown" });
  }
}
