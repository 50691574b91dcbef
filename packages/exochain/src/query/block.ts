// The index is made of blocks of 65 536 events. Within one an event is a number of 16 bits, and a set of events is a bit map
// of 8 KiB or a list, whichever is shorter.
import type { Term } from "./term.ts";

export const BLOCK_EVENTS = 65_536;
const BITMAP_WORDS: number = BLOCK_EVENTS / 32;
/** Where an event lies: offsets in its two files, and 32 bits of its hash. */
export const SPOT_WORDS = 3;
export const NO_CONTENT = 0xffff_ffff;
/** A time is kept for every so many events. */
export const TIME_STEP = 256;
/** Kinds that a block lists; a block with more cannot narrow a glob. */
export const MAX_KINDS = 2048;

/** Where an event lies in the two files of its pair. */
export interface Spot {
  readonly eventOffset: number;
  /** `NO_CONTENT` when the event has no payload. */
  readonly contentOffset: number;
  /** First four bytes of the event hash. */
  readonly check: number;
}

/** What is looked for in a block: all groups must hold, of a group one term. */
export type Groups = readonly (readonly Term[])[];

/** One block, in memory while it fills, on disk once it is full. */
export interface Block {
  /** Sequence of its first event. */
  readonly base: number;
  /** Events in it so far. */
  readonly count: number;
  /** Kinds of its events; undefined when they are too many to list. */
  readonly kinds: ReadonlySet<string> | undefined;
  /** Time of every 256th event, milliseconds UTC. */
  readonly times: readonly number[] | Float64Array;
  /** Time of the last event. */
  readonly lastTime: number;
  /** Finds the events that a query wants, ascending, as numbers within the block. */
  match(groups: Groups): Promise<Uint16Array>;
  /** Tells where events lie. */
  spots(events: Uint16Array): Promise<readonly Spot[]>;
}

/** A set of events of one block. */
export class EventSet {
  readonly words: Uint32Array = new Uint32Array(BITMAP_WORDS);

  add(event: number): void {
    this.words[event >>> 5] = (this.words[event >>> 5] as number) | (1 << (event & 31));
  }

  or(words: Uint32Array): void {
    for (let i = 0; i < BITMAP_WORDS; i++) this.words[i] = (this.words[i] as number) | (words[i] as number);
  }

  and(other: EventSet): void {
    for (let i = 0; i < BITMAP_WORDS; i++) this.words[i] = (this.words[i] as number) & (other.words[i] as number);
  }

  /** Lists its events, ascending. */
  list(): Uint16Array {
    const found = new Uint16Array(this.size());
    let at = 0;
    for (let i = 0; i < BITMAP_WORDS; i++) {
      let word = this.words[i] as number;
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word);
        found[at++] = i * 32 + bit;
        word &= word - 1;
      }
    }
    return found;
  }

  size(): number {
    let size = 0;
    for (let word of this.words) {
      for (; word !== 0; word &= word - 1) size++;
    }
    return size;
  }
}

/** Brings groups together: the events that are in one set of every group. */
export function common(groups: readonly EventSet[]): Uint16Array {
  const [first, ...rest] = groups;
  if (first === undefined) return new Uint16Array(0);
  for (const other of rest) first.and(other);
  return first.list();
}
