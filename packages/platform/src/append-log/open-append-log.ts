/**
 * A journal over any `Files`: records in order, each checked; what was acknowledged survives a crash.
 *
 * One writer at a time: the kernel's lock on its directory sees to that, not this file. A write that fails is taken
 * back; when that fails too, or a sync does, the end of the file is unknown and the journal refuses everything until
 * it is opened anew (after a failed sync the system may have dropped the pages, so a second sync proves nothing).
 */
import type { AppendFile, AppendLog, AppendLogOptions, Files } from "@weftos/interface";
import { JournalBusyError, JournalClosedError, JournalRecordTooLargeError } from "./journal-error.ts";
import { concatBytes, frameRecord, JOURNAL_MAGIC } from "./record-format.ts";
import { scanRecords } from "./scan-records.ts";

const MAX_RECORD_BYTES = 1_048_576;
/** Framed bytes that may wait for the disk. One record is always taken. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Framed bytes written before one sync. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const JOURNAL_MODE = 0o600;

/**
 * Opens a journal; a torn tail is cut off. One that is absent is created with its first record, so that what is never
 * written to costs nothing.
 *
 * @throws JournalDamagedError (`KERNEL_JOURNAL_DAMAGED`) with file and offset
 */
export async function openAppendLog(files: Files, path: string, options: AppendLogOptions = {}): Promise<AppendLog> {
  const maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
  const stat = await files.stat(path);
  if (stat === undefined || stat.size === 0) {
    return new FileAppendLog({ files, path, maxRecordBytes, droppedBytes: 0 }, undefined);
  }
  const { end, size } = await endOfRecords(files, path, maxRecordBytes);
  const file = await files.openAppend(path);
  try {
    if (end < size) {
      await file.truncate(end);
      await file.sync();
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return new FileAppendLog({ files, path, maxRecordBytes, droppedBytes: size - end }, file);
}

async function endOfRecords(
  files: Files,
  path: string,
  maxRecordBytes: number,
): Promise<{ readonly end: number; readonly size: number }> {
  const file = await files.openRead(path);
  try {
    const records = scanRecords(file, path, file.size, maxRecordBytes);
    for (;;) {
      const next = await records.next();
      if (next.done === true) return { end: next.value, size: file.size };
    }
  } finally {
    await file.close();
  }
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

function deferred<Value>(): Deferred<Value> {
  let resolve: Deferred<Value>["resolve"] = () => {};
  let reject: Deferred<Value>["reject"] = () => {};
  const promise = new Promise<Value>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}

interface Batch {
  readonly kind: "batch";
  readonly frames: Uint8Array[];
  bytes: number;
  readonly done: Deferred<void>;
}

interface Job {
  readonly kind: "job";
  run(): Promise<void>;
}

class FileAppendLog implements AppendLog {
  readonly droppedBytes: number;
  readonly #files: Files;
  readonly #path: string;
  readonly #maxRecordBytes: number;
  /** Absent before the first record. */
  #file: AppendFile | undefined;
  /** What waits for the disk, in order; a batch at the end takes further records. */
  readonly #waiting: (Batch | Job)[] = [];
  #waitingBytes = 0;
  #running = false;
  #closed: JournalClosedError | undefined;
  #closing: Promise<void> | undefined;
  #failed: JournalClosedError | undefined;

  constructor(
    init: {
      readonly files: Files;
      readonly path: string;
      readonly maxRecordBytes: number;
      readonly droppedBytes: number;
    },
    file: AppendFile | undefined,
  ) {
    this.#files = init.files;
    this.#path = init.path;
    this.#maxRecordBytes = init.maxRecordBytes;
    this.droppedBytes = init.droppedBytes;
    this.#file = file;
  }

  async append(record: Uint8Array): Promise<void> {
    const closed = this.#closed;
    if (closed !== undefined) throw closed;
    this.#checkSize(record);
    const frame = frameRecord(record);
    if (this.#waitingBytes > 0 && this.#waitingBytes + frame.length > MAX_WAITING_BYTES) {
      const details = { path: this.#path, waitingBytes: this.#waitingBytes, maxWaitingBytes: MAX_WAITING_BYTES };
      throw new JournalBusyError(
        `${this.#path}: expected at most ${MAX_WAITING_BYTES} bytes to wait for the disk, got ${this.#waitingBytes}`,
        { details, retryable: true },
      );
    }
    this.#waitingBytes += frame.length;
    const last = this.#waiting.at(-1);
    if (last?.kind === "batch" && last.bytes + frame.length <= MAX_BATCH_BYTES) {
      last.frames.push(frame);
      last.bytes += frame.length;
      return last.done.promise;
    }
    const batch: Batch = { kind: "batch", frames: [frame], bytes: frame.length, done: deferred() };
    this.#enqueue(batch);
    return batch.done.promise;
  }

  async *records(): AsyncIterable<Uint8Array> {
    const open = await this.#exclusive(async () =>
      this.#file === undefined ? undefined : { file: await this.#files.openRead(this.#path), end: this.#file.size },
    );
    if (open === undefined) return;
    try {
      yield* scanRecords(open.file, this.#path, open.end, this.#maxRecordBytes);
    } finally {
      await open.file.close();
    }
  }

  async rewrite(records: Iterable<Uint8Array>): Promise<void> {
    const parts: Uint8Array[] = [JOURNAL_MAGIC];
    for (const record of records) {
      this.#checkSize(record);
      parts.push(frameRecord(record));
    }
    const bytes = concatBytes(parts);
    await this.#exclusive(async () => {
      // Windows replaces no open file.
      await this.#file?.close();
      const existed = this.#file !== undefined;
      try {
        await this.#files.writeAtomic(this.#path, bytes, { mode: JOURNAL_MODE });
      } catch (error) {
        if (existed) await this.#reopen();
        throw error;
      }
      await this.#reopen();
    });
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      const end = async (): Promise<void> => await this.#file?.close();
      const closing = this.#closed === undefined ? this.#exclusive(end) : end();
      this.#closed ??= this.#closedError(undefined);
      this.#closing = closing;
    }
    return this.#closing;
  }

  #checkSize(record: Uint8Array): void {
    if (record.length <= this.#maxRecordBytes) return;
    const details = { path: this.#path, bytes: record.length, maxBytes: this.#maxRecordBytes };
    throw new JournalRecordTooLargeError(
      `${this.#path}: expected a record of at most ${this.#maxRecordBytes} bytes, got ${record.length}`,
      { details },
    );
  }

  /** Runs a job after all that was asked for before it, and alone. */
  #exclusive<Result>(job: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const done = deferred<Result>();
    this.#enqueue({ kind: "job", run: () => job().then(done.resolve, done.reject) });
    return done.promise;
  }

  #enqueue(item: Batch | Job): void {
    this.#waiting.push(item);
    if (this.#running) return;
    this.#running = true;
    // One turn later, so that calls made together are one batch.
    queueMicrotask(() => void this.#work());
  }

  async #work(): Promise<void> {
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) {
      if (item.kind === "job") {
        await item.run();
        continue;
      }
      try {
        await this.#commit(item);
        item.done.resolve();
      } catch (error) {
        item.done.reject(error);
      }
      this.#waitingBytes -= item.bytes;
    }
    this.#running = false;
  }

  async #commit(batch: Batch): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    const file = this.#file;
    if (file === undefined) {
      const first = concatBytes([JOURNAL_MAGIC, ...batch.frames]);
      await this.#files.writeAtomic(this.#path, first, { mode: JOURNAL_MODE });
      await this.#reopen();
      return;
    }
    const start = file.size;
    try {
      await file.write(batch.frames.length === 1 && batch.frames[0] ? batch.frames[0] : concatBytes(batch.frames));
    } catch (error) {
      await file.truncate(start).catch((second: unknown) => this.#fail(second));
      throw error;
    }
    await file.sync().catch((error: unknown) => this.#fail(error));
  }

  async #reopen(): Promise<void> {
    this.#file = await this.#files.openAppend(this.#path).catch((error: unknown) => this.#fail(error));
  }

  #fail(cause: unknown): never {
    this.#failed = this.#closedError(cause);
    this.#closed = this.#failed;
    throw this.#failed;
  }

  #closedError(cause: unknown): JournalClosedError {
    const why = cause === undefined ? "it was closed" : "its file failed and must be opened again";
    return new JournalClosedError(`${this.#path}: expected an open journal, but ${why}`, {
      details: { path: this.#path },
      cause,
    });
  }
}
