// The file of digest records as the writer holds it: appended to in the same commit as the event that commits to them,
// cut back with it when that fails, and rotated once the chain says what is dropped.
import type { AppendFile, Files } from "@weftos/interface";
import { LEAVES_HEADER_BYTES, leavesHeader, parseLeavesHeader, RECORD_BYTES } from "../format/digest-record.ts";
import { LEAVES_FILE, OLD_LEAVES_FILE } from "../format/file-names.ts";
import { writeSynced } from "../writer/write-synced.ts";

const FILE_MODE = 0o600;

export class LeavesWriter {
  readonly #files: Files;
  readonly #path: string;
  readonly #oldPath: string;
  readonly #capBytes: number;
  #file: AppendFile | undefined;
  /** Number of the first record in the current file. */
  #first: number;
  /** Number behind the last committed record. */
  #end: number;
  #hasOld: boolean;

  private constructor(files: Files, dir: string, capBytes: number, first: number, end: number, hasOld: boolean) {
    this.#files = files;
    this.#path = `${dir}/${LEAVES_FILE}`;
    this.#oldPath = `${dir}/${OLD_LEAVES_FILE}`;
    this.#capBytes = capBytes;
    this.#first = first;
    this.#end = end;
    this.#hasOld = hasOld;
  }

  /**
   * Looks at what is there; the file itself is opened at the first record.
   *
   * @param end - records that the chain committed to
   * @returns the writer, or where the leaves are too short or no leaves at all
   */
  static async open(files: Files, dir: string, capBytes: number, end: number): Promise<LeavesWriter | LeavesDefect> {
    const found = await inspectLeaves(files, dir, end);
    if ("reason" in found) return found;
    const { first, hasOld, surplus } = found;
    const leaves = new LeavesWriter(files, dir, capBytes, first, end, hasOld);
    if (surplus) await leaves.rollback();
    return leaves;
  }

  /** Whether the current file is full, so that it should become the old one. */
  get full(): boolean {
    return (this.#end - this.#first) * RECORD_BYTES >= this.#capBytes;
  }

  /** Number below which records would be gone after a rotation; undefined when none would. */
  get wouldDrop(): number | undefined {
    return this.#hasOld ? this.#first : undefined;
  }

  /** Makes the current file the old one. The chain must say before what is dropped. */
  async rotate(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    await this.#files.rename(this.#path, this.#oldPath);
    this.#hasOld = true;
    this.#first = this.#end;
  }

  /** Appends records and syncs once; `commit` or `rollback` follows. */
  async write(leaves: readonly Uint8Array[]): Promise<void> {
    if (this.#file === undefined) {
      this.#file = await this.#files.openAppend(this.#path, { mode: FILE_MODE });
      if (this.#file.size === 0) await this.#file.write(leavesHeader(this.#first));
    }
    await writeSynced(this.#file, leaves);
  }

  commit(end: number): void {
    this.#end = end;
  }

  /** Cuts what was written behind the last commit. */
  async rollback(): Promise<void> {
    await this.close();
    if ((await this.#files.stat(this.#path)) === undefined) return;
    if (this.#end === this.#first) return await this.#files.remove(this.#path);
    const file = await this.#files.openAppend(this.#path);
    try {
      await file.truncate(LEAVES_HEADER_BYTES + (this.#end - this.#first) * RECORD_BYTES);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** Where leaves are too short, or no leaves at all. */
export interface LeavesDefect {
  readonly offset: number;
  readonly reason: string;
}

/** Looks at the leaves without changing anything. @param end - records that the chain committed to */
export async function inspectLeaves(
  files: Files,
  dir: string,
  end: number,
): Promise<{ readonly first: number; readonly hasOld: boolean; readonly surplus: boolean } | LeavesDefect> {
  const old = await extentOf(files, `${dir}/${OLD_LEAVES_FILE}`);
  const current = await extentOf(files, `${dir}/${LEAVES_FILE}`);
  const hasOld = old !== undefined;
  const held = old?.end ?? 0;
  // Then a crash came before the next file had its first batch: whatever it holds, nobody speaks of.
  if (held >= end && current?.first !== end) return { first: end, hasOld, surplus: current !== undefined };
  if (current === undefined) return { offset: 0, reason: `the leaves of ${end - held} digest records are missing` };
  const { first, bytes } = current;
  if (first === undefined || first > end)
    return { offset: 0, reason: "the header of the leaves does not fit the chain" };
  const needed = LEAVES_HEADER_BYTES + (end - first) * RECORD_BYTES;
  if (bytes < needed) return { offset: bytes, reason: `expected ${needed} bytes of leaves, got ${bytes}` };
  return { first, hasOld, surplus: bytes > needed };
}

interface Extent {
  readonly bytes: number;
  /** Number of the first record; undefined without a whole header. */
  readonly first: number | undefined;
  /** Number behind the last whole record, 0 without a header. */
  readonly end: number;
}

async function extentOf(files: Files, path: string): Promise<Extent | undefined> {
  const stat = await files.stat(path);
  if (stat === undefined) return undefined;
  const bytes = stat.size;
  if (bytes < LEAVES_HEADER_BYTES) return { bytes, first: undefined, end: 0 };
  const reader = await files.openRead(path);
  try {
    const first = parseLeavesHeader(await reader.read(0, LEAVES_HEADER_BYTES));
    const end = first === undefined ? 0 : first + Math.floor((bytes - LEAVES_HEADER_BYTES) / RECORD_BYTES);
    return { bytes, first, end };
  } finally {
    await reader.close();
  }
}
