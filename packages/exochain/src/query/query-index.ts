// Queries over the chain: by the blocks of an index where there are any. What they do not cover is scanned, so that a query
// never depends on them, and every event it finds is tested against the whole filter.
import { type EventFilter, filterTest } from "../reader/event-filter.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { ChainSource } from "../verify/chain-source.ts";
import { BLOCK_EVENTS, type Block, type Spot } from "./block.ts";
import { BlockShelf, type BlockShelfParts } from "./block-shelf.ts";
import { planOf } from "./plan.ts";
import { SpotReader } from "./spot-reader.ts";
import { isPast, type Stretch, stretchFrom, timeBounds } from "./stretch.ts";

/** Blocks that are looked into at once. */
const BLOCKS_AT_ONCE = 8;
const EVENTS_AT_ONCE = 32;
/** From here on it is cheaper to read whole segments. */
const EVENTS_ALONE = 512;

/** What the index works with. */
export interface QueryIndexParts extends BlockShelfParts {
  readonly source: ChainSource;
  readonly segments: SegmentIndex;
}

export class QueryIndex {
  readonly #parts: QueryIndexParts;
  readonly #shelf: BlockShelf;

  constructor(parts: QueryIndexParts) {
    this.#parts = parts;
    this.#shelf = new BlockShelf(parts);
  }

  /** Takes in what a commit wrote. */
  absorb(...[marks, places]: Parameters<BlockShelf["absorb"]>): void {
    this.#shelf.absorb(marks, places);
  }

  /** Ends the background work and keeps the open block for the next opening. */
  close(): Promise<void> {
    return this.#shelf.close();
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
    const block = await this.#shelf.block(number);
    if (block === undefined || sequence >= block.base + block.count) return undefined;
    const [spot] = await block.spots(Uint16Array.of(sequence - block.base));
    return spot;
  }

  /** What is scanned next backwards: to the begin of the block, or to the end of what it covers. */
  #before(block: Block | undefined, low: number, high: number): Stretch {
    const number = Math.floor((high - 1) / BLOCK_EVENTS);
    const partly = this.#shelf.known(number);
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
      const block = await this.#shelf.block(number);
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
}

const NOTHING = new Uint16Array(0);

function everything(block: Block): Uint16Array {
  return Uint16Array.from({ length: block.count }, (_, event) => event);
}
