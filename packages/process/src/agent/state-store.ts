/**
 * One agent's state: a journal, whose short values are in memory while it is open, and files for the others. Changes and reads happen
 * one after the other in the order of the calls; those of short values that are made together reach the disk together.
 */
import type { AppendLog, Files, JsonValue, Platform } from "@weftos/interface";
import { AgentStateFullError, AgentStateInvalidError, ProcessNotAcceptingError } from "../process-errors.ts";
import {
  headRecord,
  MAX_KEYS,
  readRecord,
  removeRecord,
  type StateRecord,
  setRecord,
  sizeOf,
  type Value,
  type ValueFile,
} from "./state-record.ts";
import { StateValues } from "./state-values.ts";

/** Bytes of a value's JSON from which on it lies in a file of its own. */
const FILE_FROM_BYTES = 1025;
/** Bytes of records that may be outdated before a journal is written anew, besides as many as count. */
const SLACK_BYTES = 262_144;
/** Records a key, and besides, after which it is: the next start of the agent reads them all. */
const RECORDS_A_KEY = 4;
const SLACK_RECORDS = 256;

/** Who asks for a change, and may not keep as much. */
export interface StateLimit {
  /** @throws PROCESS_LIMIT_EXCEEDED when the change passes the limit; its process is ended */
  admit(before: number, after: number): void;
}

/** Where a state lies. */
export interface StoreInit {
  readonly platform: Pick<Platform, "openAppendLog">;
  readonly files: Files;
  /** Absolute path of its journal. */
  readonly journal: string;
  /** Absolute path of the folder of its longer values. */
  readonly values: string;
  /** Whether the last change failed: that its journal is in its folder may not be on disk, until it is written anew. */
  readonly doubtful: boolean;
  /** Resolves when nobody else holds its files. */
  readonly free: () => Promise<void>;
  /** Called before it is made. @throws when it may not be made */
  readonly admit: () => Promise<void>;
  /** The end of its journal was torn, and cut off. */
  readonly torn: (bytes: number) => void;
  /** It is no more: its last key was removed, or it was never made. */
  readonly gone: () => void;
}

/** A change that is on its way to the disk. */
interface Change {
  readonly written: Promise<void>;
  readonly before: Value | undefined;
}

export class StateStore {
  readonly ready: Promise<void>;
  readonly #init: StoreInit;
  /** Whose it is, from its topmost spawner down to its own. */
  readonly names: readonly string[];
  readonly #long: StateValues;
  readonly #values = new Map<string, Value>();
  #steps: Promise<unknown>;
  #log: AppendLog | undefined;
  /** Whether there is a journal: one is made with the first key. */
  #made = false;
  /** Of keys and values as JSON. */
  bytes = 0;
  /** Of these, what the journal itself holds. */
  #inJournal = 0;
  #written = 0;
  #records = 0;
  #doubtful: boolean;
  /** After a failure the disk may differ from the memory: it must be read anew. */
  failed = false;

  constructor(init: StoreInit, names: readonly string[]) {
    this.#init = init;
    this.names = names;
    this.#doubtful = init.doubtful;
    this.#long = new StateValues(init.files, init.values);
    this.ready = this.#load();
    this.#steps = this.ready.catch(() => undefined);
  }

  get(key: string): Promise<JsonValue | undefined> {
    return this.#next(async () => {
      const value = this.#values.get(key);
      if (value === undefined) return undefined;
      return JSON.parse(typeof value === "string" ? value : await this.#long.read(value)) as JsonValue;
    });
  }

  keys(): Promise<readonly string[]> {
    return this.#next(async () => [...this.#values.keys()].sort());
  }

  /** @param text - the value as JSON */
  async set(key: string, text: string, limit: StateLimit): Promise<void> {
    const change = await this.#next(async (): Promise<Change> => {
      const before = this.#values.get(key);
      const after = this.bytes - sizeOf(key, before) + sizeOf(key, text);
      if (before === undefined && this.#values.size >= MAX_KEYS) {
        throw new AgentStateFullError(`the state of an agent holds at most ${MAX_KEYS} keys`, {
          details: { limit: "keys", max: MAX_KEYS },
        });
      }
      limit.admit(this.bytes, after);
      const log = this.#opened();
      if (!this.#made) await this.#init.admit();
      const isLong = Buffer.byteLength(text) >= FILE_FROM_BYTES;
      const value = isLong ? await this.#long.write(text) : text;
      this.#put(key, value);
      return { written: this.#write(log, setRecord(key, value)), before };
    });
    await this.#settle(change);
  }

  async remove(key: string): Promise<boolean> {
    const change = await this.#next(async (): Promise<Change | undefined> => {
      const before = this.#values.get(key);
      if (before === undefined) return undefined;
      const log = this.#opened();
      this.#drop(key);
      return { written: this.#write(log, removeRecord(key)), before };
    });
    if (change === undefined) return false;
    await this.#settle(change);
    return true;
  }

  /** Lets go of its files, and removes them when no key is left. */
  async close(): Promise<void> {
    await this.#steps;
    const log = this.#log;
    if (log === undefined) return;
    this.#log = undefined;
    await log.close();
    if (this.failed || this.#values.size > 0) return;
    await this.#long.removeAll();
    if (this.#made) await this.#init.files.remove(this.#init.journal);
    this.#init.gone();
  }

  /** Does one thing when all that was asked for before is done, or on its way to the disk. */
  #next<Result>(step: () => Promise<Result>): Promise<Result> {
    const done = this.#steps.then(step);
    this.#steps = done.catch(() => undefined);
    return done;
  }

  /** Waits for the disk; then what stood there before is outdated. */
  async #settle({ written, before }: Change): Promise<void> {
    await written;
    if (before === undefined || typeof before === "string") return;
    // A file that stays is removed when the state is read anew: the change itself is on disk.
    await this.#long.remove(before).catch(() => {
      this.failed = true;
    });
  }

  async #load(): Promise<void> {
    const { platform, files, journal, free, torn } = this.#init;
    await free();
    const log = await platform.openAppendLog(files, journal);
    if (log.droppedBytes > 0) torn(log.droppedBytes);
    try {
      let index = 0;
      for await (const record of log.records()) {
        this.#replay(record, index);
        index += 1;
      }
      this.#made = index > 0;
      this.#records = index;
      await this.#long.open(new Set([...this.#values.values()].filter(isFile).map(({ file }) => file)));
    } catch (error) {
      await log.close();
      throw error;
    }
    this.#log = log;
  }

  #replay(record: Uint8Array, index: number): void {
    this.#written += record.length;
    const read = readRecord(record);
    if (read === undefined || (index === 0) !== "agent" in read) {
      const { journal } = this.#init;
      throw new AgentStateInvalidError(`record ${index} of ${journal} is not what this version writes there`, {
        details: { file: journal, record: index },
      });
    }
    if ("set" in read) this.#put(read.set, storedValue(read));
    else if ("remove" in read) this.#drop(read.remove);
  }

  #put(key: string, value: Value): void {
    this.#drop(key);
    this.#values.set(key, value);
    this.bytes += sizeOf(key, value);
    if (!isFile(value)) this.#inJournal += sizeOf(key, value);
  }

  #drop(key: string): void {
    const before = this.#values.get(key);
    if (before === undefined) return;
    this.#values.delete(key);
    this.bytes -= sizeOf(key, before);
    if (!isFile(before)) this.#inJournal -= sizeOf(key, before);
  }

  #opened(): AppendLog {
    if (this.#log !== undefined) return this.#log;
    throw new ProcessNotAcceptingError("the process has ended, so its state is closed", {
      details: { phase: "exited" },
    });
  }

  /** Whether too much of the journal is outdated, or it must be written anew for another reason. */
  #isStale(): boolean {
    if (this.#doubtful && this.#made) return true;
    if (this.#written > 2 * this.#inJournal + SLACK_BYTES) return true;
    return this.#records > RECORDS_A_KEY * this.#values.size + SLACK_RECORDS;
  }

  async #write(log: AppendLog, record: Uint8Array): Promise<void> {
    try {
      this.#written += record.length;
      this.#records += 1;
      if (this.#isStale()) {
        const records = [headRecord(this.names), ...Array.from(this.#values, (entry) => setRecord(...entry))];
        this.#written = records.reduce((sum, { length }) => sum + length, 0);
        this.#records = records.length;
        await log.rewrite(records);
        this.#doubtful = false;
      } else if (this.#made) {
        await log.append(record);
      } else {
        this.#made = true;
        this.#records += 1;
        // Asked for together, they are written together.
        await Promise.all([log.append(headRecord(this.names)), log.append(record)]);
      }
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }
}

function isFile(value: Value): value is ValueFile {
  return typeof value !== "string";
}

function storedValue(read: Extract<StateRecord, { readonly set: string }>): Value {
  if (!("file" in read)) return JSON.stringify(read.value);
  const { file, bytes, digest } = read;
  return { file, bytes, digest };
}
