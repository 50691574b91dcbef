// Reads canonical CBOR and nothing else: whatever this accepts, the writer would write again byte for byte. Sizes are
// checked against the input before anything is allocated, so hostile bytes cost no more than their own length.
import { NotCanonicalError } from "../error/not-canonical-error.ts";
import { type CborValue, FALSE, MAJOR, MAX_DEPTH, NULL, TRUE } from "./cbor-value.ts";

/** What the next item is. */
export type CborType = "uint" | "negative" | "bytes" | "text" | "array" | "map" | "bool" | "null";

const TWO_32 = 0x1_0000_0000;
const SHORT_TEXT = 16;
const MAJOR_NAMES: readonly CborType[] = ["uint", "negative", "bytes", "text", "array", "map"];
/** Smallest arguments that need 1, 2, 4 and 8 bytes. */
const NEEDS_1 = 24;
const NEEDS_2 = 0x100;
const NEEDS_4 = 0x10000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A cursor over encoded bytes. Every method reads one item or throws `CHAIN_NOT_CANONICAL` with the offset. */
export class CborReader {
  readonly #input: Uint8Array;
  #at: number;

  /** @param offset - where to begin, default 0. */
  constructor(input: Uint8Array, offset = 0) {
    this.#input = input;
    this.#at = offset;
  }

  /** Offset of the next byte. */
  get offset(): number {
    return this.#at;
  }

  /** Tells what comes next, without reading it. */
  peek(): CborType {
    const initial = this.#initial();
    const major = MAJOR_NAMES[initial >>> 5];
    if (major !== undefined) return major;
    if (initial === NULL) return "null";
    if (initial === TRUE || initial === FALSE) return "bool";
    throw this.#bad("an integer, bytes, text, array, map, boolean or null");
  }

  /** Reads a whole number from 0 to 2^53 − 1. */
  uint(): number {
    return this.#head(MAJOR.uint, "a whole number");
  }

  /** Reads an integer from −(2^53 − 1) to 2^53 − 1. */
  int(): number {
    if (this.#initial() >>> 5 === 0) return this.#head(MAJOR.uint, "an integer");
    const start = this.#at;
    const value = -1 - this.#head(MAJOR.negative, "an integer");
    if (value < Number.MIN_SAFE_INTEGER) throw this.#refuse("expected a safe integer, got a smaller one", start);
    return value;
  }

  /** Reads a byte string as a view of the input: copy it if the input will change. */
  bytes(): Uint8Array {
    const end = this.#span(MAJOR.bytes, "a byte string");
    const view = this.#input.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** Reads a text. */
  text(): string {
    const end = this.#span(MAJOR.text, "a text");
    const text = this.#utf8(this.#at, end);
    this.#at = end;
    return text;
  }

  /** Reads the head of an array: the number of elements that follow. */
  arrayHeader(): number {
    return this.#items(MAJOR.array, 1, "an array");
  }

  /** Reads the head of a map: the number of pairs that follow. The caller checks order and uniqueness of keys. */
  mapHeader(): number {
    return this.#items(MAJOR.map, 2, "a map");
  }

  /** Reads true or false. */
  bool(): boolean {
    const initial = this.#initial();
    if (initial !== TRUE && initial !== FALSE) throw this.#bad("a boolean");
    this.#at += 1;
    return initial === TRUE;
  }

  /** Reads null. */
  null(): null {
    if (this.#initial() !== NULL) throw this.#bad("null");
    this.#at += 1;
    return null;
  }

  /** Reads a whole value; byte strings are copies. Map keys must be in canonical order, without duplicates. */
  value(): CborValue {
    return this.#value(0);
  }

  /** Checks that nothing is left. */
  end(): void {
    const left = this.#input.length - this.#at;
    if (left > 0) throw this.#refuse(`expected the end of the input, got ${left} more bytes`, this.#at);
  }

  #value(depth: number): CborValue {
    switch (this.peek()) {
      case "uint":
      case "negative":
        return this.int();
      case "bytes":
        return this.bytes().slice();
      case "text":
        return this.text();
      case "bool":
        return this.bool();
      case "null":
        return this.null();
      case "array":
        this.#checkDepth(depth);
        return this.#array(depth);
      case "map":
        this.#checkDepth(depth);
        return this.#map(depth);
    }
  }

  #array(depth: number): CborValue[] {
    const count = this.arrayHeader();
    const items: CborValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.#value(depth + 1));
    return items;
  }

  #map(depth: number): Record<string, CborValue> {
    const count = this.mapHeader();
    const entries: Record<string, CborValue> = {};
    let previousStart = -1;
    for (let i = 0; i < count; i++) {
      const keyStart = this.#at;
      const key = this.text();
      if (previousStart >= 0 && !this.#ascends(previousStart, keyStart)) {
        throw this.#refuse("expected map keys in ascending order without duplicates, got a key out of order", keyStart);
      }
      previousStart = keyStart;
      const value = this.#value(depth + 1);
      if (key !== "__proto__") entries[key] = value;
      else Object.defineProperty(entries, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return entries;
  }

  /** Compares two encoded keys bytewise. They differ within the shorter one: its head tells its length. */
  #ascends(previous: number, next: number): boolean {
    const input = this.#input;
    for (let i = 0; next + i < this.#at; i++) {
      const difference = (input[next + i] as number) - (input[previous + i] as number);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  #checkDepth(depth: number): void {
    if (depth < MAX_DEPTH) return;
    throw this.#refuse(`expected at most ${MAX_DEPTH} containers inside each other, got more`, this.#at);
  }

  #initial(): number {
    const initial = this.#input[this.#at];
    if (initial === undefined) throw this.#refuse("expected another item, got the end of the input", this.#at);
    return initial;
  }

  /** Reads an initial byte of the given major type and its argument, which must be in the shortest form and safe. */
  #head(major: number, expected: string): number {
    const initial = this.#initial();
    if ((initial & 0xe0) !== major) throw this.#bad(expected);
    const short = initial & 0x1f;
    if (short < 24) {
      this.#at += 1;
      return short;
    }
    if (short > 27) throw this.#refuse("expected a definite length, got a reserved or indefinite one", this.#at);
    const start = this.#at;
    const end = start + 1 + (1 << (short - 24));
    if (end > this.#input.length) throw this.#refuse("expected a longer input, got its end", start);
    const argument = this.#argument(short, start + 1);
    if (argument < 0) throw this.#refuse("expected the shortest form, got a longer one", start);
    if (argument > Number.MAX_SAFE_INTEGER) throw this.#refuse("expected a safe integer, got a larger one", start);
    this.#at = end;
    return argument;
  }

  /** Reads an argument of 1, 2, 4 or 8 bytes, or gives -1 when fewer bytes would do. */
  #argument(short: number, at: number): number {
    const input = this.#input;
    if (short === 24) {
      const value = input[at] as number;
      return value < NEEDS_1 ? -1 : value;
    }
    if (short === 25) {
      const value = ((input[at] as number) << 8) | (input[at + 1] as number);
      return value < NEEDS_2 ? -1 : value;
    }
    const first = readUint32(input, at);
    if (short === 26) return first < NEEDS_4 ? -1 : first;
    return first === 0 ? -1 : first * TWO_32 + readUint32(input, at + 4);
  }

  /** Reads the head of a string and gives the offset of its end. */
  #span(major: number, expected: string): number {
    const start = this.#at;
    const length = this.#head(major, expected);
    const end = this.#at + length;
    if (end > this.#input.length) {
      throw this.#refuse(`expected ${length} bytes, got ${this.#input.length - this.#at}`, start);
    }
    return end;
  }

  /** Reads the head of a container; each of its items takes at least one byte of what is left. */
  #items(major: number, itemsPerCount: number, expected: string): number {
    const start = this.#at;
    const count = this.#head(major, expected);
    const left = this.#input.length - this.#at;
    if (count * itemsPerCount > left) {
      throw this.#refuse(`expected ${count * itemsPerCount} items, got ${left} bytes`, start);
    }
    return count;
  }

  #utf8(start: number, end: number): string {
    const input = this.#input;
    if (end - start <= SHORT_TEXT) {
      let text = "";
      let at = start;
      for (; at < end; at++) {
        const byte = input[at] as number;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (at === end) return text;
    }
    try {
      return utf8.decode(input.subarray(start, end));
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw this.#refuse("expected valid UTF-8, got other bytes", start);
    }
  }

  #bad(expected: string): NotCanonicalError {
    const initial = (this.#input[this.#at] as number).toString(16).padStart(2, "0");
    return this.#refuse(`expected ${expected}, got an item that begins with 0x${initial}`, this.#at);
  }

  #refuse(reason: string, offset: number): NotCanonicalError {
    return new NotCanonicalError({ reason, offset });
  }
}

function readUint32(input: Uint8Array, at: number): number {
  const upper = ((input[at] as number) << 8) | (input[at + 1] as number);
  return upper * 0x10000 + (((input[at + 2] as number) << 8) | (input[at + 3] as number));
}
