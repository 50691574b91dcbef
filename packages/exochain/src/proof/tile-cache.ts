// The hashes from which proofs are made, beside the chain in `cache/tiles/<level>`: the tiles of c2sp.org/tlog-tiles without
// gaps in one file for each level, 32 bytes and a little for each event. The writer hands over what it hashed anyway; what
// is missing is made again from the events. Nothing here is believed: whoever makes a proof checks it against a root that
// he knows, and calls `clear` when it does not hold. So the files need no fsync, and may be deleted at any time.
import type { AppendFile, Files } from "@weftos/interface";
import { CACHE_TILES_FOLDER } from "../format/file-names.ts";
import { MerkleFrontier } from "../merkle/merkle-frontier.ts";
import { GrownHashes } from "./grown-hashes.ts";
import { TileHashes } from "./tile-hashes.ts";
import { HASH_BYTES, hashesAt, TILE_WIDTH } from "./tile-layout.ts";

const FILE_MODE = 0o600;
/** Events that are gathered before they are written. */
const WRITE_EVENTS = 2048;
/** Events that may wait for a slow disk; more are forgotten and made again when they are needed. */
const MAX_WAITING_EVENTS = 65_536;
/** More levels than safe integers need. */
const MAX_LEVELS = 7;

/** Gives the event hashes from a sequence on, in order, until `to`. */
export type EntrySource = (from: number, to: number) => AsyncIterable<readonly Uint8Array[]>;

export class TileCache {
  readonly #files: Files;
  readonly #folder: string;
  readonly #entries: EntrySource;
  readonly #open: (AppendFile | undefined)[] = [];
  readonly #hashes: TileHashes;
  /** Events in the files; undefined until they were looked at. */
  #size: number | undefined;
  #waiting = new GrownHashes();
  /** Sequence of the first event that waits. */
  #waitingFrom: number;
  #most: number;
  #work: Promise<void> = Promise.resolve();
  #working = false;

  /** @param size - events of the chain as it was opened; what `grow` is told continues there */
  constructor(files: Files, dir: string, size: number, entries: EntrySource) {
    this.#files = files;
    this.#folder = `${dir}/${CACHE_TILES_FOLDER}`;
    this.#entries = entries;
    this.#hashes = new TileHashes(files, this.#folder);
    this.#waitingFrom = size;
    this.#most = size;
  }

  /** Takes what new events made; they are on disk, in order and without gap. */
  grow(grown: GrownHashes): void {
    this.#waiting.join(grown);
    const { events } = this.#waiting;
    if (events > MAX_WAITING_EVENTS) {
      this.#waitingFrom += events;
      this.#waiting = new GrownHashes();
    } else if (events >= WRITE_EVENTS && !this.#working) {
      this.#working = true;
      // A cache that cannot be written is made again when it is needed.
      this.#locked(() => this.#writeWaiting())
        .catch(() => undefined)
        .finally(() => {
          this.#working = false;
        });
    }
  }

  /**
   * Reads hashes of the first `size` events, after making what is missing.
   *
   * @throws what the file system throws
   */
  async reading<T>(size: number, use: (hashes: TileHashes) => Promise<T>): Promise<T> {
    return await this.#locked(async () => {
      await this.#writeWaiting();
      if ((await this.#known()) < size) await this.#make(size);
      this.#hashes.refresh();
      return await use(this.#hashes);
    });
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    await this.#locked(async () => {
      await this.#closeFiles();
      if ((await this.#files.stat(this.#folder)) !== undefined)
        await this.#files.remove(this.#folder, { recursive: true });
      this.#size = undefined;
    });
  }

  /** Writes what waits and closes the files. @throws what the file system throws */
  async close(): Promise<void> {
    await this.#locked(async () => {
      try {
        await this.#writeWaiting();
      } finally {
        await this.#closeFiles();
      }
    });
  }

  /** One at a time. */
  #locked<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #writeWaiting(): Promise<void> {
    const grown = this.#waiting;
    const from = this.#waitingFrom;
    if (grown.events === 0) return;
    this.#waiting = new GrownHashes();
    this.#waitingFrom = from + grown.events;
    // What does not continue the files is made from the events, when somebody wants it.
    if ((await this.#known()) === from) await this.#append(grown);
  }

  /** Gives how many events the files cover; at the first look they are cut to what the chain had when it was opened. */
  async #known(): Promise<number> {
    if (this.#size === undefined) {
      const most = this.#most;
      this.#most = Number.MAX_SAFE_INTEGER;
      const counts: number[] = [];
      for (let level = 0; level < MAX_LEVELS; level++) {
        const stat = await this.#files.stat(`${this.#folder}/${level}`);
        counts.push(Math.floor((stat?.size ?? 0) / HASH_BYTES));
      }
      let size = Math.min(counts[0] as number, most);
      counts.forEach((count, level) => {
        if (count < hashesAt(level, size)) size = (count + 1) * TILE_WIDTH ** level - 1;
      });
      await this.#hashes.close();
      for (let level = 0; level < MAX_LEVELS; level++) await this.#cut(level, hashesAt(level, size) * HASH_BYTES);
      this.#size = size;
    }
    return this.#size;
  }

  async #cut(level: number, bytes: number): Promise<void> {
    const stat = await this.#files.stat(`${this.#folder}/${level}`);
    if (stat !== undefined && stat.size > bytes) await (await this.#file(level)).truncate(bytes);
  }

  /** Makes what is missing up to a size from the events. */
  async #make(size: number): Promise<void> {
    const known = await this.#known();
    this.#hashes.refresh();
    const roots: Uint8Array[] = [];
    let at = 0;
    for (let level = 52; level >= 0; level--) {
      const width = 2 ** level;
      if (Math.floor(known / width) % 2 === 0) continue;
      roots.push(await this.#hashes.read(level, at / width));
      at += width;
    }
    const tree = new MerkleFrontier(known, roots);
    let grown = new GrownHashes();
    for await (const entries of this.#entries(known, size)) {
      for (const entry of entries) tree.append(entry, grown.take);
      if (grown.events < WRITE_EVENTS) continue;
      await this.#append(grown);
      grown = new GrownHashes();
    }
    await this.#append(grown);
  }

  async #append(grown: GrownHashes): Promise<void> {
    const size = this.#size ?? 0;
    // Until all of it is written, nobody knows how far the files go.
    this.#size = undefined;
    try {
      for (const [level, bytes] of grown.files()) await (await this.#file(level)).write(bytes);
    } catch (error) {
      await this.#closeFiles();
      throw error;
    }
    this.#size = size + grown.events;
  }

  async #file(level: number): Promise<AppendFile> {
    const open = this.#open[level];
    if (open !== undefined) return open;
    await this.#files.makeFolder(this.#folder, { mode: 0o700 });
    const file = await this.#files.openAppend(`${this.#folder}/${level}`, { mode: FILE_MODE });
    this.#open[level] = file;
    return file;
  }

  async #closeFiles(): Promise<void> {
    await this.#hashes.close();
    const open = this.#open.splice(0);
    for (const file of open) await file?.close();
  }
}
