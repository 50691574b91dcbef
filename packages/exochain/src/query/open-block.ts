// A block while it fills: columns of numbers in memory, at most some 7 MB. A posting is two words, the upper 32 bits of the
// term, and its lower 16 bits with the event's number, so that sorting 64-bit numbers sorts by term and event.
import {
  BLOCK_EVENTS,
  type Block,
  common,
  EventSet,
  type Groups,
  MAX_KINDS,
  SPOT_WORDS,
  type Spot,
  TIME_STEP,
} from "./block.ts";
import { EventTerms, type Indexable } from "./term.ts";

const FIRST_CAPACITY = 4096;
const NONE: readonly never[] = [];

export class OpenBlock implements Block {
  readonly base: number;
  readonly #terms: EventTerms;
  #count = 0;
  #kinds: Set<string> | undefined = new Set();
  readonly #times: number[] = [];
  #lastTime = 0;
  #lastHash: Uint8Array = new Uint8Array(32);
  #spots = new Uint32Array(FIRST_CAPACITY);
  #postings = new Uint32Array(FIRST_CAPACITY);
  #used = 0;

  constructor(base: number, terms: EventTerms = new EventTerms()) {
    this.base = base;
    this.#terms = terms;
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === BLOCK_EVENTS;
  }

  get kinds(): ReadonlySet<string> | undefined {
    return this.#kinds;
  }

  get times(): readonly number[] {
    return this.#times;
  }

  get lastTime(): number {
    return this.#lastTime;
  }

  get lastHash(): Uint8Array {
    return this.#lastHash;
  }

  /** Adds the next event. */
  add(event: Indexable, at: { readonly time: number; readonly hash: Uint8Array } & Omit<Spot, "check">): void {
    const event16 = this.#count;
    if (event16 % TIME_STEP === 0) this.#times.push(at.time);
    this.#lastTime = at.time;
    this.#lastHash = at.hash;
    this.#spots = grown(this.#spots, (event16 + 1) * SPOT_WORDS);
    this.#spots.set([at.eventOffset, at.contentOffset, checkOf(at.hash)], event16 * SPOT_WORDS);
    if (this.#kinds !== undefined) {
      this.#kinds.add(event.kind);
      if (this.#kinds.size > MAX_KINDS) this.#kinds = undefined;
    }
    this.#terms.each(event, ({ high, low }) => this.#post(high, (low << 16) | event16));
    this.#count++;
  }

  /** Takes over what an unfinished block on disk held. */
  restore(from: {
    readonly count: number;
    readonly kinds: ReadonlySet<string> | undefined;
    readonly times: Float64Array;
    readonly lastTime: number;
    readonly lastHash: Uint8Array;
    readonly spots: Uint32Array;
    readonly postings: Iterable<readonly [high: number, lowAndEvent: number]>;
  }): void {
    this.#count = from.count;
    this.#kinds = from.kinds === undefined ? undefined : new Set(from.kinds);
    this.#times.push(...from.times);
    this.#lastTime = from.lastTime;
    this.#lastHash = from.lastHash;
    this.#spots = grown(from.spots.slice(), FIRST_CAPACITY);
    for (const [high, lowAndEvent] of from.postings) this.#post(high, lowAndEvent);
  }

  async match(groups: Groups): Promise<Uint16Array> {
    const sets = groups.map(() => new EventSet());
    const wanted = new Map<number, { readonly low: number; readonly set: EventSet }[]>();
    // One look into a small table spares most postings the look into the map.
    const maybe = new Uint8Array(4096);
    for (const [group, terms] of groups.entries()) {
      for (const { high, low } of terms) {
        maybe[high & 4095] = 1;
        const others = wanted.get(high);
        const entry = { low, set: sets[group] as EventSet };
        if (others === undefined) wanted.set(high, [entry]);
        else others.push(entry);
      }
    }
    const postings = this.#postings;
    const used = this.#used;
    for (let i = 0; i < used; i += 2) {
      const high = postings[i] as number;
      if (maybe[high & 4095] === 0) continue;
      const rest = postings[i + 1] as number;
      for (const { low, set } of wanted.get(high) ?? NONE) if (rest >>> 16 === low) set.add(rest & 0xffff);
    }
    return common(sets);
  }

  async spots(events: Uint16Array): Promise<readonly Spot[]> {
    return Array.from(events, (event) => spotAt(this.#spots, event * SPOT_WORDS));
  }

  /** Where all its events lie, a view. */
  get spotWords(): Uint32Array {
    return this.#spots.subarray(0, this.#count * SPOT_WORDS);
  }

  /** Gives its postings sorted by term, then event: 48 bits of term, 16 bits of event. */
  sorted(): BigUint64Array {
    const entries = new BigUint64Array(this.#used / 2);
    const words = new Uint32Array(entries.buffer);
    const upper = isLittleEndian ? 1 : 0;
    for (let i = 0; i < this.#used; i += 2) {
      words[i + upper] = this.#postings[i] as number;
      words[i + 1 - upper] = this.#postings[i + 1] as number;
    }
    return entries.sort();
  }

  #post(high: number, lowAndEvent: number): void {
    this.#postings = grown(this.#postings, this.#used + 2);
    this.#postings[this.#used] = high;
    this.#postings[this.#used + 1] = lowAndEvent;
    this.#used += 2;
  }
}

/** Whether numbers of this machine begin with their low byte. */
export const isLittleEndian: boolean = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Reads a spot from its words. */
export function spotAt(words: Uint32Array, at: number): Spot {
  return {
    eventOffset: words[at] as number,
    contentOffset: words[at + 1] as number,
    check: words[at + 2] as number,
  };
}

/** The 32 bits of a hash that a spot keeps. */
export function checkOf(hash: Uint8Array): number {
  return (
    (((hash[0] as number) << 24) | ((hash[1] as number) << 16) | ((hash[2] as number) << 8) | (hash[3] as number)) >>> 0
  );
}

function grown(words: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= words.length) return words;
  const larger = new Uint32Array(Math.max(needed, 2 * words.length));
  larger.set(words);
  return larger;
}
