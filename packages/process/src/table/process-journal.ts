/**
 * Remembers who lives, so that the kernel after a crash knows whom it lost and whom to start again. `journal/processes` is an append
 * log, written behind: changes that come while a write runs go into the next one together, and a start that ends meanwhile is never
 * written. Bounded: rewritten when it holds far more than what lives. While the disk fails, processes go on; it is said once, and the
 * next write is a whole one.
 */
import type { AppendLog, Files, Logger, Platform } from "@weftos/interface";
import {
  decode,
  type End,
  encode,
  type JournalEntry,
  MAX_RECORD_BYTES,
  type Start,
  startOf,
} from "./journal-record.ts";
import { LeftProcesses } from "./left-processes.ts";

/** Changes in one record. */
const BATCH = 500;
/** Changes beyond four times the living after which the journal is rewritten. */
const SLACK = 4096;

/** What the journal asks of its kernel. */
export interface JournalDeps {
  readonly logger: Logger;
  /** All that live or wait for their next start, by the PID they have or had. */
  readonly living: () => readonly JournalEntry[];
  readonly count: () => number;
}

export class ProcessJournal {
  readonly #deps: JournalDeps;
  readonly #pending = new Map<number, Start | End>();
  /** Whose starts are pending; what else is pending changes what the file tells already. */
  readonly #unwritten = new Set<number>();
  #log: AppendLog | undefined;
  #reopen: (() => Promise<AppendLog>) | undefined;
  readonly #left = new LeftProcesses();
  /** Changes in the file. */
  #size = 0;
  #writing: Promise<void> | undefined;
  #failing = false;

  constructor(deps: JournalDeps) {
    this.#deps = deps;
  }

  /** The highest PID that it tells of, once it is open; 0 when it tells of none. */
  get highest(): number {
    return this.#left.highest;
  }

  /** Opens the journal and gives whom the last kernel left, by their first starts. @throws PROCESS_JOURNAL and what the files throw */
  async open(platform: Pick<Platform, "openAppendLog">, files: Files, dir: string): Promise<readonly JournalEntry[]> {
    const folder = `${dir}/journal`;
    await files.makeFolder(folder, { mode: 0o700 });
    const file = `${folder}/processes`;
    this.#reopen = () => platform.openAppendLog(files, file, { maxRecordBytes: MAX_RECORD_BYTES });
    const log = await this.#reopen();
    try {
      let index = 0;
      for await (const record of log.records()) {
        for (const change of decode(record, file, index)) this.#left.read(change);
        index += 1;
      }
    } catch (error) {
      await log.close();
      throw error;
    }
    if (log.droppedBytes > 0) {
      const what = "the journal of processes had a torn end: who was started or ended last may not be told of";
      this.#deps.logger.warn(what, { file, bytes: log.droppedBytes });
    }
    this.#log = log;
    this.#size = this.#left.changes;
    return this.#left.all();
  }

  /** Whether the last kernel left a process suspended, of which nothing was said yet. */
  leftSuspended(pid: number): boolean {
    return this.#left.find(pid)?.suspended === true;
  }

  /** A process was started, and `before` is the PID of the start that it follows. */
  started(entry: JournalEntry, before: number | undefined): void {
    const { pid } = entry;
    const follows = before === undefined ? 0 : this.#followed(before, pid);
    this.#unwritten.add(pid);
    this.#say(entry, follows);
  }

  /** What is known of a process has changed. */
  changed(entry: JournalEntry): void {
    this.#left.changed(entry);
    const pending = this.#pending.get(entry.pid);
    this.#say(entry, pending?.[0] === "s" ? pending[2] : 0);
  }

  /** A process ended and is not started again, or what the last kernel left was told. */
  ended(pid: number): void {
    this.#left.told(pid);
    const follows = this.#takeBack(pid);
    if (follows === undefined) this.#change(pid, ["e", pid]);
    else if (follows !== 0) this.#change(follows, ["e", follows]);
  }

  /** Resolves when all that was said so far is on disk, or could not be written. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Closes the journal: what lives no more was told before. */
  async close(): Promise<void> {
    await this.flushed();
    const log = this.#log;
    this.#log = undefined;
    await log?.close();
  }

  /** @returns the start that one follows in the file: one that is not written yet is left out */
  #followed(before: number, pid: number): number {
    this.#left.followed(before, pid);
    return this.#takeBack(before) ?? before;
  }

  /** A start that is not written yet need not be. @returns the start that it followed, or 0; undefined when the file tells of it already */
  #takeBack(pid: number): number | undefined {
    const pending = this.#pending.get(pid);
    this.#pending.delete(pid);
    return this.#unwritten.delete(pid) && pending?.[0] === "s" ? pending[2] : undefined;
  }

  #say(entry: JournalEntry, follows: number): void {
    const [kind, pid, , ...rest] = startOf(entry);
    this.#change(pid, [kind, pid, follows, ...rest]);
  }

  #change(id: number, change: Start | End): void {
    if (this.#log === undefined) return;
    this.#pending.set(id, change);
    this.#writing ??= this.#writeAll(this.#log);
  }

  async #writeAll(opened: AppendLog): Promise<void> {
    let log = opened;
    // Everything that happens in this turn goes into the first write.
    await Promise.resolve();
    while (this.#pending.size > 0 || this.#failing) {
      const changes = [...this.#pending.values()];
      this.#pending.clear();
      this.#unwritten.clear();
      try {
        if (this.#failing) log = await this.#openAgain(log);
        if (this.#failing || this.#size > SLACK + 4 * this.#deps.count()) {
          this.#size = await this.#rewrite(log);
        } else {
          await append(log, changes);
          this.#size += changes.length;
        }
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) {
          const text = error instanceof Error ? error.message : "unknown";
          this.#deps.logger.error("the journal of processes cannot be written", { error: text });
        }
        this.#failing = true;
        break;
      }
    }
    this.#writing = undefined;
  }

  /** A log whose file failed takes no more records: it is opened anew. */
  async #openAgain(failed: AppendLog): Promise<AppendLog> {
    await failed.close().catch((error: unknown) => {
      this.#deps.logger.debug("the failed journal of processes could not be closed", { error: String(error) });
    });
    const log = (await this.#reopen?.()) ?? failed;
    this.#log = log;
    return log;
  }

  /** Writes who lives now, which holds every change so far. @returns how many entries */
  async #rewrite(log: AppendLog): Promise<number> {
    const starts = [...this.#left.all(), ...this.#deps.living()].map(startOf);
    const records: Uint8Array[] = [];
    for (let index = 0; index < starts.length; index += BATCH) {
      records.push(...encode(starts.slice(index, index + BATCH)));
    }
    await log.rewrite(records);
    return starts.length;
  }
}

async function append(log: AppendLog, changes: readonly (Start | End)[]): Promise<void> {
  const writes: Promise<void>[] = [];
  for (let index = 0; index < changes.length; index += BATCH) {
    for (const record of encode(changes.slice(index, index + BATCH))) writes.push(log.append(record));
  }
  await Promise.all(writes);
}
