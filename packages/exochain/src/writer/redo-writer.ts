// The area of the last commits as the writer holds it (format document, §10). A commit that it takes needs one sync of
// bytes that lie on the disk already, where two files that grow need a sync each and the file system's own records besides.
import type { AppendFile, Files } from "@weftos/interface";
import { REDO_FILE } from "../format/file-names.ts";
import {
  encodeRedo,
  NO_SEAL,
  REDO_BYTES,
  type Redo,
  type RedoPlace,
  redoBytes,
  redoStep,
} from "../format/redo-area.ts";
import { filesSource } from "../verify/chain-source.ts";
import { readFittingArea, stretchesOf } from "../verify/redone-source.ts";
import { removeIfThere } from "./cut-file.ts";

/** Longest entry: what is longer goes straight to the files, for it would be written twice. */
const MAX_ENTRY_BYTES = 65_536;
/** Small commits before there is an area: short runs do without. */
const COMMITS_BEFORE = 8;

export class RedoWriter {
  readonly #files: Files;
  readonly #path: string;
  #file: AppendFile | undefined;
  /** Where the next entry goes. */
  #at = 0;
  #seal: Uint8Array = NO_SEAL;
  #smallCommits = 0;

  constructor(files: Files, dir: string) {
    this.#files = files;
    this.#path = `${dir}/${REDO_FILE}`;
  }

  /** Whether the files may lack on the disk what only the area has there. */
  get holds(): boolean {
    return this.#at > 0;
  }

  /** Tells whether a commit of so many bytes can go into the area. */
  takes(eventBytes: number, contentBytes: number): boolean {
    const bytes = redoBytes(eventBytes, contentBytes);
    return this.#file !== undefined && bytes <= MAX_ENTRY_BYTES && this.#at + bytes <= REDO_BYTES;
  }

  /** Brings a commit to the disk: afterwards the files need not be synced before the area is emptied. */
  async keep(at: RedoPlace, events: readonly Uint8Array[], content: readonly Uint8Array[]): Promise<void> {
    const file = this.#file as AppendFile;
    const { bytes, seal } = encodeRedo(at, events, content, this.#seal);
    const place = this.#at;
    this.#at += redoStep(bytes.length);
    this.#seal = seal;
    const outcomes = await Promise.allSettled([file.writeAt(place, bytes), file.sync()]);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** The files are on the disk: the area begins anew, and is made when small commits are many. */
  async emptied(commitBytes: number): Promise<void> {
    this.#at = 0;
    this.#seal = NO_SEAL;
    if (this.#file !== undefined || commitBytes > MAX_ENTRY_BYTES) return;
    this.#smallCommits += 1;
    if (this.#smallCommits < COMMITS_BEFORE) return;
    this.#smallCommits = 0;
    try {
      await this.#files.createExclusive(this.#path, new Uint8Array(REDO_BYTES), { mode: 0o600 });
      this.#file = await this.#files.openAppend(this.#path);
    } catch {
      // A disk without room for it does without; the next small commits try again.
      await removeIfThere(this.#files, this.#path).catch(() => undefined);
    }
  }

  /** Removes the area. What it holds must be on the disk in the files. */
  async remove(): Promise<void> {
    await this.leave();
    await removeIfThere(this.#files, this.#path);
  }

  /** Lets go of the area, which stays as it is for the next opening. */
  async leave(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#at = 0;
    this.#seal = NO_SEAL;
    this.#smallCommits = 0;
    await file?.close();
  }
}

/** Brings what a crash left in the area into the files. @returns the bytes, 0 when there is nothing */
export async function finishRedo(files: Files, dir: string): Promise<number> {
  const redo = await readFittingArea(filesSource(files, dir));
  if (redo !== undefined) await writeRedo(files, dir, redo);
  await removeIfThere(files, `${dir}/${REDO_FILE}`);
  return redo === undefined ? 0 : redo.events.bytes.length + redo.content.bytes.length;
}

/** Writes what an area holds into the files that it belongs to, and brings it to the disk. */
export async function writeRedo(files: Files, dir: string, redo: Redo): Promise<void> {
  for (const [path, { offset, bytes }] of stretchesOf(redo)) {
    const file = await files.openAppend(`${dir}/${path}`);
    try {
      const within = Math.min(bytes.length, Math.max(0, file.size - offset));
      // Also what is there already: a sync that failed may have left it in memory alone.
      await file.writeAt(offset, bytes.subarray(0, within));
      await file.write(bytes.subarray(within));
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
