// The blocks of the index of queries: files under `cache/query`, one open block in memory. They follow the commits of the
// writer, are read back or built again in the background, and may be deleted at any time.
import { equalBytes } from "@weftos/crypto";
import type { Clock, Files, Logger, Timer } from "@weftos/interface";
import { QUERY_FOLDER } from "../format/file-names.ts";
import type { EventReader } from "../reader/event-reader.ts";
import type { EventPlace } from "../verify/walk-options.ts";
import { BLOCK_EVENTS, type Block, NO_CONTENT } from "./block.ts";
import { BlockFile, encodeBlock } from "./block-file.ts";
import type { EventMark } from "./event-mark.ts";
import { OpenBlock } from "./open-block.ts";
import { EventTerms } from "./term.ts";

/** A start has better to do than to read the index. */
const START_AFTER_MS = 500;
/** Little at once while the index is built, so that others get their turn. */
const BUILD_READ_BYTES: number = 256 * 1024;

/** What the blocks are kept with. */
export interface BlockShelfParts {
  readonly files: Files;
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn" | "debug">;
  readonly chain: Uint8Array;
  readonly reader: EventReader;
  /** Events on disk. */
  readonly size: () => number;
}

export class BlockShelf {
  readonly #parts: BlockShelfParts;
  readonly #terms = new EventTerms();
  /** By number of the block; those that are missing are scanned. */
  readonly #blocks = new Map<number, Block>();
  #open: OpenBlock | undefined;
  #loading: Promise<void> | undefined;
  readonly #loads = new Map<number, Promise<void>>();
  #building: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #closed = false;
  #broken = false;
  /** Events of the open block that its file holds. */
  #savedCount = 0;

  constructor(parts: BlockShelfParts) {
    this.#parts = parts;
    if (parts.size() === 0) {
      this.#beginBlock(0);
      this.#loading = Promise.resolve();
    } else {
      this.#timer = parts.clock.schedule(START_AFTER_MS, () => this.#start(), { background: true });
    }
  }

  /** Events from the first on that the blocks cover without a gap. */
  get #covered(): number {
    let block = 0;
    while (this.#blocks.get(block)?.count === BLOCK_EVENTS) block++;
    return block * BLOCK_EVENTS + (this.#blocks.get(block)?.count ?? 0);
  }

  /** Takes in what a commit wrote, when it follows what is there; otherwise it is read back. */
  absorb(marks: readonly EventMark[], places: readonly EventPlace[]): void {
    if (this.#closed || this.#building !== undefined || this.#open === undefined) return;
    for (const { sequence, event, time, hash, pair, eventAt, contentAt } of marks) {
      const place = places[pair];
      if (place === undefined || sequence !== this.#open.base + this.#open.count) {
        this.#start();
        return;
      }
      const eventOffset = place.eventOffset + eventAt;
      this.#open.add(event, {
        time,
        hash,
        eventOffset,
        contentOffset: contentAt === undefined ? NO_CONTENT : place.contentOffset + contentAt,
      });
      if (this.#open.full) this.#seal(this.#open);
    }
  }

  /** Gives a block after loading it, if it can be; undefined: what it would cover is scanned. */
  async block(number: number): Promise<Block | undefined> {
    await this.#loadBlock(number);
    return this.#blocks.get(number);
  }

  /** Gives a block that is at hand. */
  known(number: number): Block | undefined {
    return this.#blocks.get(number);
  }

  /** Ends the background work and keeps the open block for the next opening. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#building;
    await this.#loading;
    const open = this.#open;
    if (open !== undefined && open.count > this.#savedCount && !open.full) this.#write(open);
    await this.#writing;
  }

  #start(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#broken) return;
    this.#building ??= this.#build()
      .catch((error: unknown) => {
        // What can be read is scanned; the next opening tries again.
        this.#broken = true;
        const name = error instanceof Error ? error.name : "unknown";
        this.#parts.logger.warn("index of queries not built", { error: name });
      })
      .finally(() => {
        this.#building = undefined;
      });
  }

  #load(): Promise<void> {
    this.#loading ??= this.#loadBlocks();
    return this.#loading;
  }

  async #loadBlocks(): Promise<void> {
    const most = this.#parts.size();
    for (let number = 0; number * BLOCK_EVENTS < most && !this.#closed; number++) await this.#loadBlock(number);
    this.#parts.logger.debug("index of queries loaded", { covered: this.#covered, dir: this.#parts.dir });
  }

  /** Loads one block, once: a query waits for those that it looks into, not for all. */
  #loadBlock(number: number): Promise<void> {
    const loading = this.#loads.get(number) ?? this.#readBlock(number);
    this.#loads.set(number, loading);
    return loading;
  }

  async #readBlock(number: number): Promise<void> {
    if (this.#blocks.has(number)) return;
    const { files, chain } = this.#parts;
    const base = number * BLOCK_EVENTS;
    const loaded = await BlockFile.load(files, this.#path(base), chain).catch(() => undefined);
    if (loaded === undefined || !(await this.#belongs(loaded.block, base)) || this.#blocks.has(number)) return;
    if (loaded.block.count === BLOCK_EVENTS) this.#blocks.set(number, loaded.block);
    else if (base + BLOCK_EVENTS > this.#parts.size()) {
      this.#beginBlock(base).restore(loaded.block.contents(loaded.bytes));
      this.#savedCount = loaded.block.count;
    }
  }

  /** Tells whether the chain has the block's last event. */
  async #belongs(block: BlockFile, base: number): Promise<boolean> {
    const last = base + block.count - 1;
    if (block.base !== base || block.count < 1 || block.count > BLOCK_EVENTS || last >= this.#parts.size())
      return false;
    for await (const { hash } of this.#parts.reader.located(last, last + 1)) return equalBytes(hash, block.lastHash);
    return false;
  }

  /** Builds the blocks that are missing, then follows up to the last event. */
  async #build(): Promise<void> {
    await this.#load();
    for (let base = 0; !this.#closed; base += BLOCK_EVENTS) {
      if (this.#blocks.get(base / BLOCK_EVENTS)?.count === BLOCK_EVENTS) continue;
      const isLast = base + BLOCK_EVENTS > this.#parts.size();
      const block =
        this.#open?.base === base ? this.#open : isLast ? this.#beginBlock(base) : new OpenBlock(base, this.#terms);
      await this.#fill(block);
      if (!block.full) return;
      this.#seal(block);
      await this.#writing;
    }
  }

  async #fill(block: OpenBlock): Promise<void> {
    const { reader, size } = this.#parts;
    while (!block.full) {
      const next = block.base + block.count;
      const end = Math.min(block.base + BLOCK_EVENTS, size());
      if (next >= end) return;
      for await (const { event, hash, eventOffset, contentOffset } of reader.located(next, end, BUILD_READ_BYTES)) {
        if (this.#closed) return;
        block.add(event, { time: event.time, hash, eventOffset, contentOffset: contentOffset ?? NO_CONTENT });
      }
    }
  }

  #beginBlock(base: number): OpenBlock {
    const block = new OpenBlock(base, this.#terms);
    this.#open = block;
    this.#blocks.set(base / BLOCK_EVENTS, block);
    this.#savedCount = 0;
    return block;
  }

  /** Puts a full block on disk, and begins the next when it was the open one. */
  #seal(block: OpenBlock): void {
    this.#blocks.set(block.base / BLOCK_EVENTS, block);
    this.#write(block);
    if (block === this.#open) this.#beginBlock(block.base + BLOCK_EVENTS);
  }

  #write(block: OpenBlock): void {
    const { files, dir, chain, logger } = this.#parts;
    this.#writing = this.#writing.then(async () => {
      try {
        await files.makeFolder(`${dir}/${QUERY_FOLDER}`, { mode: 0o700 });
        await files.writeAtomic(this.#path(block.base), encodeBlock(block, chain), { mode: 0o600 });
        const loaded = block.full ? await BlockFile.load(files, this.#path(block.base), chain) : undefined;
        if (loaded !== undefined) this.#blocks.set(block.base / BLOCK_EVENTS, loaded.block);
      } catch (error) {
        // What is not on disk is scanned until it is built again.
        if (block.full) this.#blocks.delete(block.base / BLOCK_EVENTS);
        logger.warn("index of queries not written", { error: error instanceof Error ? error.name : "unknown" });
      }
    });
  }

  #path(base: number): string {
    return `${this.#parts.dir}/${QUERY_FOLDER}/${String(base).padStart(12, "0")}.idx`;
  }
}
