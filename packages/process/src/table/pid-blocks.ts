/**
 * Gives out PIDs that are never given twice within a state directory, whatever crash comes between: a block of 1000 is on
 * disk as taken before the first of it is used, so a crash wastes the rest of a block and repeats none. Where the end of the journal is
 * torn, or it knows less than others do, a block more is passed over: that of the record that is gone.
 *
 * `journal/pids` is an append log; each record is 8 bytes, big-endian: the first PID that is not reserved yet.
 */
import { type AppendLog, type Files, type Logger, type Pid, type Platform, toPid } from "@weftos/interface";
import { PidJournalInvalidError, ProcessNotAcceptingError } from "../process-errors.ts";

const BLOCK = 1000;
const RECORD_BYTES = 8;
/** Records after which opening rewrites the journal as one. */
const COMPACT_AFTER = 64;

export class PidBlocks {
  #journal: AppendLog | undefined;
  #next = 1;
  #reserved = 1;
  #reserving: Promise<void> | undefined;

  /**
   * Opens the journal and reserves the first block.
   *
   * @param known - the highest PID that is known to have been given
   * @throws PROCESS_PID_JOURNAL and what the files throw
   */
  async open(
    platform: Pick<Platform, "openAppendLog">,
    files: Files,
    dir: string,
    { known, logger }: { readonly known: number; readonly logger: Pick<Logger, "warn"> },
  ): Promise<void> {
    const folder = `${dir}/journal`;
    await files.makeFolder(folder, { mode: 0o700 });
    const file = `${folder}/pids`;
    const journal = await platform.openAppendLog(files, file, { maxRecordBytes: RECORD_BYTES });
    try {
      let records = 0;
      for await (const record of journal.records()) {
        this.#reserved = Math.max(this.#reserved, decode(record, file, records));
        records += 1;
      }
      if (records > COMPACT_AFTER) await journal.rewrite([encode(this.#reserved)]);
    } catch (error) {
      await journal.close();
      throw error;
    }
    const { droppedBytes: bytes } = journal;
    if (bytes > 0 || known >= this.#reserved) {
      const what = bytes > 0 ? "had a torn end" : "does not know of PIDs that were given";
      const blocks = Math.ceil(Math.max(this.#reserved - 1, known) / BLOCK) + 1;
      this.#reserved = blocks * BLOCK + 1;
      logger.warn(`the journal of PIDs ${what}: the next is above ${blocks * BLOCK}`, { file, bytes });
    }
    this.#next = this.#reserved;
    this.#journal = journal;
    await this.#reserve();
  }

  /** Gives the next PID at once; undefined at the end of a block, where `next` waits. */
  take(): Pid | undefined {
    if (this.#next >= this.#reserved) return undefined;
    const pid = toPid(this.#next);
    this.#next += 1;
    return pid;
  }

  /** Gives the next PID; waits only at the end of a block. @throws PROCESS_NOT_ACCEPTING before `open` and after `close` */
  async next(): Promise<Pid> {
    for (;;) {
      const pid = this.take();
      if (pid !== undefined) return pid;
      await this.#reserve();
    }
  }

  async close(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    this.#next = this.#reserved;
    await journal?.close();
  }

  /** Calls made together share one write. */
  async #reserve(): Promise<void> {
    const journal = this.#journal;
    if (journal === undefined) {
      throw new ProcessNotAcceptingError("the process feature is not running, so no process can start", {
        details: { phase: "not-started" },
      });
    }
    this.#reserving ??= this.#write(journal).finally(() => {
      this.#reserving = undefined;
    });
    await this.#reserving;
  }

  async #write(journal: AppendLog): Promise<void> {
    const end = this.#reserved + BLOCK;
    await journal.append(encode(end));
    this.#reserved = end;
  }
}

function encode(pid: number): Uint8Array {
  const record = new Uint8Array(RECORD_BYTES);
  new DataView(record.buffer).setBigUint64(0, BigInt(pid));
  return record;
}

function decode(record: Uint8Array, file: string, index: number): number {
  const value =
    record.length === RECORD_BYTES
      ? Number(new DataView(record.buffer, record.byteOffset, record.byteLength).getBigUint64(0))
      : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new PidJournalInvalidError(`record ${index} of ${file} is not the 8 bytes of a PID`, {
    details: { file, record: index },
  });
}
