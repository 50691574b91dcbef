// The index of queries: blocks under `cache/query`, one open block in memory. It follows the commits of the writer, is
// read back or built again in the background, and may be deleted at any time. What it does not cover is scanned, so that
// a query never depends on it, and every event it finds is tested against the whole filter.
import { equalBytes } from "@weftos/crypto";
import type { Clock, Files, Logger, Timer } from "@weftos/interface";
import { QUERY_FOLDER } from "../format/file-names.ts";
import { type EventFilter, filterTest } from "../reader/event-filter.ts";
import type { EventReader } from "../reader/event-reader.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { ChainSource } from "../verify/chain-source.ts";
import type { EventPlace } from "../verify/walk-options.ts";
import { BLOCK_EVENTS, type Block, NO_CONTENT, type Spot, TIME_STEP } from "./block.ts";
import { BlockFile, encodeBlock } from "./block-file.ts";
import type { EventMark } from "./event-mark.ts";
import { OpenBlock } from "./open-block.ts";
import { planOf } from "./plan.ts";
import { SpotReader } from "./spot-reader.ts";
import { EventTerms } from "./term.ts";

/** A start has better to do than to read the index. */
const START_AFTER_MS = 500;
/** Blocks that are looked into at once. */
const BLOCKS_AT_ONCE = 8;
const EVENTS_AT_ONCE = 32;
/** From here on it is cheaper to read whole segments. */
const EVENTS_ALONE = 512;
/** Little at once while the index is built, so that others get their turn. */
const BUILD_READ_BYTES: number = 256 * 1024;

/** What the index works with. */
export interface QueryIndexParts {
  readonly files: Files;
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn" | "debug">;
  readonly chain: Uint8Array;
  readonly source: ChainSource;
  readonly reader: EventReader;
  readonly segments: SegmentIndex;
  /** Events on disk. */
  readonly size: () => number;
}

export class QueryIndex {
  readonly #parts: QueryIndexParts;
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

  constructor(parts: QueryIndexParts) {
    this.#parts = parts;
    if (parts.size() === 0) {
      this.#beginBlock(0);
      this.#loading = Promise.resolve();
    } else {
      this.#timer = parts.clock.schedule(START_AFTER_MS, () => this.#start(), { background: true });
    }
  }

  /** Events from the first on that the index covers without a gap, when it is loaded. */
  get covered(): number {
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

  /** Gives the matching events `from` ≤ sequence < `to`, ascending, or descending when the filter says so. */
  async *find(filter: EventFilter, from: number, to: number): AsyncGenerator<StoredEvent, void, undefined> {
    const plan = planOf(filter);
    const matches = filterTest(filter);
    const newest = filter.newest === true;
    let low = from;
    let high = to;
    // A page is mostly full after a block; only a rare event is worth looking into many at once.
    for (let width = 1; low < high; width = Math.min(2 * width, BLOCKS_AT_ONCE)) {
      filter.signal?.throwIfAborted();
      const window = await this.#window(low, high, width, newest);
      const [first] = window;
      if (first === undefined || !plan.narrows) {
        const stretch = newest ? this.#before(first, low, high) : stretchFrom(first, low, high);
        const events = newest ? this.#scanBack(first, stretch, filter) : this.#scan(first, stretch, filter);
        for await (const event of events) {
          filter.signal?.throwIfAborted();
          if (isPast(event, filter)) return;
          if (matches(event)) yield event;
        }
        if (newest) high = stretch.from;
        else low = stretch.to;
        continue;
      }
      const found = await Promise.all(
        window.map(async (block) => {
          const bounds = timeBounds(block, filter);
          const groups = bounds.from < bounds.to ? plan.groups(block) : undefined;
          const events =
            groups === undefined ? NOTHING : groups.length === 0 ? everything(block) : await block.match(groups);
          const least = Math.max(low, bounds.from) - block.base;
          const most = Math.min(high, block.base + block.count, bounds.to) - block.base;
          return { block, events: events.filter((event) => event >= least && event < most) };
        }),
      );
      for (const { block, events } of found) {
        for await (const event of this.#read(block, events, newest)) {
          if (isPast(event, filter)) return;
          if (matches(event)) yield event;
        }
        if (newest) high = block.base;
        else low = block.base + block.count;
      }
    }
  }

  /** Reads all events of a stretch that may lie in the asked time; the first ones alone, since a page wants few. */
  async *#scan(
    block: Block | undefined,
    { from, to }: Stretch,
    filter: EventFilter,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    if (block === undefined) return yield* this.#parts.reader.range(from, to);
    const bounds = timeBounds(block, filter);
    const begin = Math.max(from, bounds.from);
    const end = Math.min(to, bounds.to);
    const alone = Math.min(begin + EVENTS_ALONE, end);
    const { base } = block;
    yield* this.#read(
      block,
      Uint16Array.from({ length: Math.max(0, alone - begin) }, (_, i) => begin - base + i),
    );
    yield* this.#parts.reader.range(alone, end);
  }

  /** Reads the same stretch from its end on, some hundred events at a time. */
  async *#scanBack(
    block: Block | undefined,
    { from, to }: Stretch,
    filter: EventFilter,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const bounds = block === undefined ? { from, to } : timeBounds(block, filter);
    const begin = Math.max(from, bounds.from);
    for (let end = Math.min(to, bounds.to); end > begin; end -= EVENTS_ALONE) {
      const events: StoredEvent[] = [];
      for await (const event of this.#parts.reader.range(Math.max(begin, end - EVENTS_ALONE), end)) events.push(event);
      yield* events.reverse();
    }
  }

  /** Tells where an event lies, when the index knows it; whether it lies there, who reads it sees. */
  async spotOf(sequence: number): Promise<Spot | undefined> {
    const number = Math.floor(sequence / BLOCK_EVENTS);
    await this.#loadBlock(number);
    const block = this.#blocks.get(number);
    if (block === undefined || sequence >= block.base + block.count) return undefined;
    const [spot] = await block.spots(Uint16Array.of(sequence - block.base));
    return spot;
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
    this.#parts.logger.debug("index of queries loaded", { covered: this.covered, dir: this.#parts.dir });
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

  /** What is scanned next backwards: to the begin of the block, or to the end of what it covers. */
  #before(block: Block | undefined, low: number, high: number): Stretch {
    const number = Math.floor((high - 1) / BLOCK_EVENTS);
    const partly = this.#blocks.get(number);
    const begin = block?.base ?? number * BLOCK_EVENTS + (partly?.count ?? 0);
    return { from: Math.max(low, begin), to: high };
  }

  /** Gives the blocks that lie next to each other from the lowest sequence on, or from the highest back. */
  async #window(low: number, high: number, width: number, newest: boolean): Promise<Block[]> {
    const blocks: Block[] = [];
    const step = newest ? -1 : 1;
    let number = Math.floor((newest ? high - 1 : low) / BLOCK_EVENTS);
    for (; blocks.length < width && number >= 0; number += step) {
      if (number * BLOCK_EVENTS >= high || (number + 1) * BLOCK_EVENTS <= low) break;
      await this.#loadBlock(number);
      const block = this.#blocks.get(number);
      if (block === undefined) break;
      const end = block.base + block.count;
      if (newest ? end < Math.min(high, block.base + BLOCK_EVENTS) : end <= low) break;
      blocks.push(block);
      if (!newest && block.count < BLOCK_EVENTS) break;
    }
    return blocks;
  }

  /** Reads events of a block, given ascending. */
  async *#read(block: Block, events: Uint16Array, newest = false): AsyncGenerator<StoredEvent, void, undefined> {
    const { reader, segments, source } = this.#parts;
    if (events.length === 0) return;
    const spots = new SpotReader(source);
    try {
      for (let done = 0; done < events.length; done += EVENTS_AT_ONCE) {
        const at = newest ? Math.max(0, events.length - done - EVENTS_AT_ONCE) : done;
        const chunk = events.subarray(at, newest ? events.length - done : done + EVENTS_AT_ONCE);
        const places = await block.spots(chunk);
        const read = await Promise.all(
          places.map(async (spot, i) => {
            const sequence = block.base + (chunk[i] as number);
            const first = segments.find(sequence)?.first ?? 0;
            return [sequence, await spots.read(sequence, first, spot, reader.hides(sequence))] as const;
          }),
        );
        for (const [sequence, event] of newest ? read.reverse() : read) {
          if (event !== undefined) yield event;
          else yield* reader.range(sequence, sequence + 1);
        }
      }
    } finally {
      await spots.close();
    }
  }

  #path(base: number): string {
    return `${this.#parts.dir}/${QUERY_FOLDER}/${String(base).padStart(12, "0")}.idx`;
  }
}

const NOTHING = new Uint16Array(0);

function everything(block: Block): Uint16Array {
  return Uint16Array.from({ length: block.count }, (_, event) => event);
}

function blockEnd(sequence: number): number {
  return (Math.floor(sequence / BLOCK_EVENTS) + 1) * BLOCK_EVENTS;
}

/** Sequences from `from` up to below `to`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is scanned next: to the end of the block, known or not. */
function stretchFrom(block: Block | undefined, low: number, high: number): Stretch {
  return { from: low, to: Math.min(high, block === undefined ? blockEnd(low) : block.base + block.count) };
}

/** Times never decrease, so behind the end of the asked time nothing can match; and before its begin, on the way back. */
function isPast(event: StoredEvent, filter: EventFilter): boolean {
  if (filter.newest === true) return filter.since !== undefined && event.time < filter.since;
  return filter.until !== undefined && event.time >= filter.until;
}

/** Gives the stretch of a block in which the asked time lies, by its samples. */
function timeBounds(block: Block, { since, until }: EventFilter): { readonly from: number; readonly to: number } {
  const { times, base, count } = block;
  let from = base;
  let to = base + count;
  if (since !== undefined && block.lastTime < since) from = to;
  else if (since !== undefined) {
    // The last sample that is earlier: what is asked for can only lie behind it.
    let sample = 0;
    while (sample + 1 < times.length && (times[sample + 1] as number) < since) sample++;
    from = base + sample * TIME_STEP;
  }
  if (until !== undefined) {
    const sample = times.findIndex((time) => time >= until);
    if (sample !== -1) to = base + sample * TIME_STEP;
  }
  return { from, to };
}
