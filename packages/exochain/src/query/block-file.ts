// A block on disk, one file under `cache/`: header, times, a directory of buckets, terms, postings, spots, kinds. Numbers
// are those of the machine, since a cache does not travel; another byte order fails the magic and the block is built again.
// Its last event's hash binds it to the chain: whoever loads it compares that.
import { equalBytes } from "@weftos/crypto";
import type { Files, ReadFile } from "@weftos/interface";
import { shortHash } from "../format/domain-hash.ts";
import { BLOCK_EVENTS, type Block, common, EventSet, type Groups, SPOT_WORDS, type Spot } from "./block.ts";
import { isLittleEndian, type OpenBlock, spotAt } from "./open-block.ts";
import type { Term } from "./term.ts";

const MAGIC = 0x5845_4457;
const VERSION = 1;
const HEADER_BYTES = 128;
const CHECKSUM_AT = 96;
const CHECKSUM_BYTES = 16;
const ENTRY_WORDS = 4;
const TERMS_PER_BUCKET = 64;
/** From here on a bit map is shorter than a list. */
const BITMAP_FROM = 4096;
const BITMAP_UNITS: number = BLOCK_EVENTS / 16;
const UNLISTED = 0xffff_ffff;
/** Spots this near to each other are read at once. */
const SPOTS_AT_ONCE = 4096;

interface Layout {
  readonly times: number;
  readonly directory: number;
  readonly terms: number;
  readonly postings: number;
  readonly spots: number;
  readonly kinds: number;
  readonly end: number;
}

interface Counts {
  readonly count: number;
  readonly terms: number;
  readonly bits: number;
  readonly times: number;
  readonly units: number;
  readonly kindsBytes: number;
}

function layoutOf({ count, terms, bits, times, units, kindsBytes }: Counts): Layout {
  const directory = HEADER_BYTES + times * 8;
  const table = directory + (2 ** bits + 1) * 4;
  const postings = table + terms * ENTRY_WORDS * 4;
  const spots = postings + Math.ceil(units / 2) * 4;
  const kinds = spots + count * SPOT_WORDS * 4;
  return { times: HEADER_BYTES, directory, terms: table, postings, spots, kinds, end: kinds + kindsBytes };
}

/** Writes a block down, full or not. */
export function encodeBlock(block: OpenBlock, chain: Uint8Array): Uint8Array<ArrayBuffer> {
  const { words: entries, units } = gather(block.sorted());
  const terms = entries.length / ENTRY_WORDS;
  const bits = Math.max(1, Math.ceil(Math.log2(terms / TERMS_PER_BUCKET || 1)));
  const kinds = block.kinds === undefined ? undefined : new TextEncoder().encode(JSON.stringify([...block.kinds]));
  const { count, times } = block;
  const layout = layoutOf({
    count,
    terms,
    bits,
    times: times.length,
    units: units.length,
    kindsBytes: kinds?.length ?? 0,
  });
  const bytes = new Uint8Array(layout.end);
  const header = new Uint32Array(bytes.buffer, 0, HEADER_BYTES / 4);
  header.set([
    MAGIC,
    VERSION,
    block.base % 2 ** 32,
    Math.floor(block.base / 2 ** 32),
    count,
    terms,
    bits,
    times.length,
  ]);
  header.set([units.length, kinds?.length ?? UNLISTED], 8);
  new Float64Array(bytes.buffer, 40, 1)[0] = block.lastTime;
  bytes.set(chain, 48);
  bytes.set(block.lastHash, 64);
  new Float64Array(bytes.buffer, layout.times, times.length).set(times);
  const directory = new Uint32Array(bytes.buffer, layout.directory, 2 ** bits + 1);
  let term = 0;
  for (let bucket = 0; bucket < directory.length; bucket++) {
    while (term < terms && (entries[term * ENTRY_WORDS] as number) >>> (32 - bits) < bucket) term++;
    directory[bucket] = term;
  }
  new Uint32Array(bytes.buffer, layout.terms, entries.length).set(entries);
  new Uint16Array(bytes.buffer, layout.postings, units.length).set(units);
  new Uint32Array(bytes.buffer, layout.spots, count * SPOT_WORDS).set(block.spotWords);
  if (kinds !== undefined) bytes.set(kinds, layout.kinds);
  bytes.set(shortHash(bytes), CHECKSUM_AT);
  return bytes;
}

/** Turns sorted postings into a table of terms and what they point to. */
function gather(sorted: BigUint64Array): { readonly words: Uint32Array; readonly units: Uint16Array } {
  const halves = new Uint32Array(sorted.buffer);
  const upper = isLittleEndian ? 1 : 0;
  const words: number[] = [];
  let units = new Uint16Array(Math.max(sorted.length, 2 * BITMAP_UNITS));
  let used = 0;
  for (let start = 0; start < sorted.length; ) {
    const high = halves[2 * start + upper] as number;
    const low = (halves[2 * start + 1 - upper] as number) >>> 16;
    let end = start + 1;
    while (
      end < sorted.length &&
      halves[2 * end + upper] === high &&
      (halves[2 * end + 1 - upper] as number) >>> 16 === low
    ) {
      end++;
    }
    const eventAt = (i: number): number => (halves[2 * i + 1 - upper] as number) & 0xffff;
    const count = end - start;
    if (count === 1) words.push(high, low, 1, eventAt(start));
    else if (count < BITMAP_FROM) {
      words.push(high, low, count, used);
      for (let i = start; i < end; i++) units[used++] = eventAt(i);
    } else {
      // A bit map begins at a whole word.
      used += used % 2;
      words.push(high, low, count, used);
      const set = new EventSet();
      for (let i = start; i < end; i++) set.add(eventAt(i));
      if (used + BITMAP_UNITS > units.length) {
        const larger = new Uint16Array(2 * units.length + BITMAP_UNITS);
        larger.set(units);
        units = larger;
      }
      units.set(new Uint16Array(set.words.buffer), used);
      used += BITMAP_UNITS;
    }
    start = end;
  }
  return { words: Uint32Array.from(words), units: units.subarray(0, used) };
}

/** A block that lies on disk; a look opens its file, reads some kilobytes and closes it. */
export class BlockFile implements Block {
  readonly base: number;
  readonly count: number;
  readonly kinds: ReadonlySet<string> | undefined;
  readonly times: Float64Array;
  readonly lastTime: number;
  /** Hash of its last event: the block belongs to a chain that has it there. */
  readonly lastHash: Uint8Array;
  readonly #files: Pick<Files, "openRead">;
  readonly #path: string;
  readonly #directory: Uint32Array;
  readonly #bits: number;
  readonly #layout: Layout;

  private constructor(files: Pick<Files, "openRead">, path: string, bytes: Uint8Array<ArrayBuffer>) {
    const header = new Uint32Array(bytes.buffer, 0, HEADER_BYTES / 4);
    const word = (i: number): number => header[i] as number;
    const kindsBytes = word(9) === UNLISTED ? 0 : word(9);
    this.base = word(2) + word(3) * 2 ** 32;
    this.count = word(4);
    this.#bits = word(6);
    this.#layout = layoutOf({
      count: this.count,
      terms: word(5),
      bits: this.#bits,
      times: word(7),
      units: word(8),
      kindsBytes,
    });
    this.times = new Float64Array(bytes.buffer.slice(this.#layout.times, this.#layout.directory));
    this.#directory = new Uint32Array(bytes.buffer.slice(this.#layout.directory, this.#layout.terms));
    this.lastTime = new Float64Array(bytes.buffer, 40, 1)[0] as number;
    this.lastHash = bytes.slice(64, 96);
    const text = new TextDecoder().decode(bytes.subarray(this.#layout.kinds));
    this.kinds = word(9) === UNLISTED ? undefined : new Set(JSON.parse(text) as string[]);
    this.#files = files;
    this.#path = path;
  }

  /** Loads a block; undefined when the file is not there, not whole, or of another chain. */
  static async load(
    files: Files,
    path: string,
    chain: Uint8Array,
  ): Promise<{ readonly block: BlockFile; readonly bytes: Uint8Array<ArrayBuffer> } | undefined> {
    if ((await files.stat(path))?.kind !== "file") return undefined;
    // A copy begins at an address that suits numbers of eight bytes.
    const bytes = new Uint8Array(await files.read(path));
    if (bytes.length < HEADER_BYTES) return undefined;
    const [magic, version] = new Uint32Array(bytes.buffer, 0, 2);
    if (magic !== MAGIC || version !== VERSION || !equalBytes(bytes.subarray(48, 64), chain)) return undefined;
    const checksum = bytes.slice(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
    bytes.fill(0, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
    if (!equalBytes(shortHash(bytes), checksum)) return undefined;
    return { block: new BlockFile(files, path, bytes), bytes };
  }

  async match(groups: Groups): Promise<Uint16Array> {
    return await this.#reading(async (file) => {
      const sets = await Promise.all(
        groups.map(async (terms) => {
          const set = new EventSet();
          await Promise.all(terms.map((term) => this.#addTerm(file, term, set)));
          return set;
        }),
      );
      return common(sets);
    });
  }

  async spots(events: Uint16Array): Promise<readonly Spot[]> {
    const first = events[0] ?? 0;
    const last = events.at(-1) ?? 0;
    return await this.#reading(async (file) => {
      if (last - first < SPOTS_AT_ONCE) {
        const words = await this.#words(file, first, last - first + 1);
        return Array.from(events, (event) => spotAt(words, (event - first) * SPOT_WORDS));
      }
      return await Promise.all(Array.from(events, async (event) => spotAt(await this.#words(file, event, 1), 0)));
    });
  }

  /** Gives what an open block takes over to fill up. */
  contents(bytes: Uint8Array<ArrayBuffer>): Parameters<OpenBlock["restore"]>[0] {
    const { count, kinds, times, lastTime, lastHash } = this;
    const { terms, postings, spots } = this.#layout;
    const entries = new Uint32Array(bytes.buffer, terms, (postings - terms) / 4);
    const units = new Uint16Array(bytes.buffer, postings, (spots - postings) / 2);
    return {
      count,
      kinds,
      times,
      lastTime,
      lastHash,
      spots: new Uint32Array(bytes.buffer, spots, count * SPOT_WORDS),
      postings: allPostings(entries, units),
    };
  }

  async #words(file: ReadFile, event: number, count: number): Promise<Uint32Array> {
    const bytes = await file.read(this.#layout.spots + event * SPOT_WORDS * 4, count * SPOT_WORDS * 4);
    return new Uint32Array(new Uint8Array(bytes).buffer);
  }

  async #addTerm(file: ReadFile, { high, low }: Term, set: EventSet): Promise<void> {
    const bucket = high >>> (32 - this.#bits);
    const from = this.#directory[bucket] as number;
    const to = this.#directory[bucket + 1] as number;
    if (from === to) return;
    const read = await file.read(this.#layout.terms + from * ENTRY_WORDS * 4, (to - from) * ENTRY_WORDS * 4);
    const entries = new Uint32Array(new Uint8Array(read).buffer);
    for (let i = 0; i < entries.length; i += ENTRY_WORDS) {
      if (entries[i] !== high || entries[i + 1] !== low) continue;
      const count = entries[i + 2] as number;
      const at = entries[i + 3] as number;
      if (count === 1) set.add(at);
      else await this.#addPostings(file, count, at, set);
    }
  }

  async #addPostings(file: ReadFile, count: number, at: number, set: EventSet): Promise<void> {
    const units = count < BITMAP_FROM ? count : BITMAP_UNITS;
    const bytes = new Uint8Array(await file.read(this.#layout.postings + at * 2, units * 2));
    if (count < BITMAP_FROM) for (const event of new Uint16Array(bytes.buffer)) set.add(event);
    else set.or(new Uint32Array(bytes.buffer));
  }

  async #reading<T>(read: (file: ReadFile) => Promise<T>): Promise<T> {
    const file = await this.#files.openRead(this.#path);
    try {
      return await read(file);
    } finally {
      await file.close();
    }
  }
}

function* allPostings(entries: Uint32Array, units: Uint16Array): Generator<readonly [number, number]> {
  for (let i = 0; i < entries.length; i += ENTRY_WORDS) {
    const [high = 0, low = 0, count = 0, at = 0] = entries.subarray(i, i + ENTRY_WORDS);
    if (count === 1) yield [high, (low << 16) | at];
    else if (count < BITMAP_FROM) for (const event of units.subarray(at, at + count)) yield [high, (low << 16) | event];
    else {
      const set = new EventSet();
      set.or(new Uint32Array(units.slice(at, at + BITMAP_UNITS).buffer));
      for (const event of set.list()) yield [high, (low << 16) | event];
    }
  }
}
