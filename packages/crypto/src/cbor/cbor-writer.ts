// Writes canonical CBOR (RFC 8949 §4.2.1) into one growing buffer. Two uses: `value` for whole values, and the single
// items for a fixed layout, where the caller keeps counts and order of keys right (the writer does not look back).
import { NotCanonicalError } from "../error/not-canonical-error.ts";
import { type CborValue, FALSE, MAJOR, MAX_DEPTH, NULL, TRUE } from "./cbor-value.ts";
import { sortKeys, utf8Length } from "./key-order.ts";

/** Longest text that is tried as ASCII first; its length fits one byte. */
const SHORT_TEXT = 200;
/** Longest item of which views are kept. */
const MAX_KEPT_VIEW = 1024;
const TWO_32 = 0x1_0000_0000;
const utf8 = new TextEncoder();

/** A growing buffer that items are appended to. Keep one and reuse it: `take` and `reset` leave the buffer in place. */
export class CborWriter {
  #buffer: Uint8Array;
  #length = 0;
  /** Views that were given, by where they end: of like items in a row, few are made. */
  #views: { readonly buffer: ArrayBufferLike; readonly whole: Uint8Array[]; readonly rest: Uint8Array[] } = {
    buffer: new ArrayBuffer(0),
    whole: [],
    rest: [],
  };

  /** @param capacity - bytes to begin with; the buffer doubles when it is full. */
  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(Math.max(capacity, 16));
  }

  /** Bytes written since the last `take` or `reset`. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a whole number from 0 to 2^53 − 1.
   *
   * @throws NotCanonicalError `CHAIN_NOT_CANONICAL` for any other number
   */
  uint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw notAnInteger(value, "an integer from 0 to 2^53 - 1");
    this.#head(MAJOR.uint, value);
  }

  /**
   * Appends an integer from −(2^53 − 1) to 2^53 − 1.
   *
   * @throws NotCanonicalError `CHAIN_NOT_CANONICAL` for any other number
   */
  int(value: number): void {
    if (!Number.isSafeInteger(value)) throw notAnInteger(value, "a safe integer");
    if (value >= 0) this.#head(MAJOR.uint, value);
    else this.#head(MAJOR.negative, -1 - value);
  }

  /** Appends a byte string. */
  bytes(value: Uint8Array): void {
    this.#head(MAJOR.bytes, value.length);
    this.encoded(value);
  }

  /**
   * Appends a text.
   *
   * @throws NotCanonicalError `CHAIN_NOT_CANONICAL` when the text holds half a surrogate pair
   */
  text(value: string): void {
    if (!this.#text(value)) throw halfASurrogatePair();
  }

  /** Opens an array: the next `count` items are its elements. */
  arrayHeader(count: number): void {
    this.#count(MAJOR.array, count);
  }

  /** Opens a map: the next `count` pairs of text and item are its entries, keys in canonical order. */
  mapHeader(count: number): void {
    this.#count(MAJOR.map, count);
  }

  /** Appends true or false. */
  bool(value: boolean): void {
    this.#byte(value ? TRUE : FALSE);
  }

  /** Appends null. */
  null(): void {
    this.#byte(NULL);
  }

  /** Appends bytes as they are: items that are canonical CBOR already. */
  encoded(items: Uint8Array): void {
    this.#reserve(items.length);
    this.#buffer.set(items, this.#length);
    this.#length += items.length;
  }

  /**
   * Appends a whole value, map keys sorted. On an error nothing is appended.
   *
   * @throws NotCanonicalError `CHAIN_NOT_CANONICAL`, with the path to the offender: a fraction or another number that is
   * no safe integer, half a surrogate pair, more than 64 containers inside each other, or a type that has no encoding
   */
  value(value: CborValue): void {
    const start = this.#length;
    try {
      this.#value(value, 0, []);
    } catch (error) {
      this.#length = start;
      throw error;
    }
  }

  /** Gives a copy of what was written and starts anew. */
  take(): Uint8Array {
    const taken = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /**
   * Gives a view of what was written; the next write may overwrite it. For hashing without a copy.
   *
   * @param from - bytes to leave out at the beginning
   */
  view(from = 0): Uint8Array {
    const length = this.#length;
    if (length > MAX_KEPT_VIEW) return this.#buffer.subarray(from, length);
    if (this.#views.buffer !== this.#buffer.buffer) this.#views = { buffer: this.#buffer.buffer, whole: [], rest: [] };
    const kept = from === 0 ? this.#views.whole : this.#views.rest;
    const known = kept[length];
    if (known !== undefined && known.byteOffset === from) return known;
    const view = this.#buffer.subarray(from, length);
    kept[length] = view;
    return view;
  }

  /** Forgets what was written. */
  reset(): void {
    this.#length = 0;
  }

  #value(value: unknown, depth: number, path: (string | number)[]): void {
    if (typeof value === "string") {
      if (!this.#text(value)) throw halfASurrogatePair(path.slice(0, depth));
    } else if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw notAnInteger(value, "a safe integer", path.slice(0, depth));
      this.int(value);
    } else if (typeof value === "boolean") this.bool(value);
    else if (value === null) this.null();
    else if (typeof value !== "object") throw noEncoding(typeof value, path.slice(0, depth));
    else if (value instanceof Uint8Array) this.bytes(value);
    else if (depth >= MAX_DEPTH) throw tooDeep(path);
    else if (Array.isArray(value)) this.#array(value, depth, path);
    else if (isPlain(value)) this.#map(value, depth, path);
    else throw noEncoding(Object.prototype.toString.call(value), path.slice(0, depth));
  }

  #array(items: readonly unknown[], depth: number, path: (string | number)[]): void {
    const count = items.length;
    this.#head(MAJOR.array, count);
    for (let i = 0; i < count; i++) {
      path[depth] = i;
      this.#value(items[i], depth + 1, path);
    }
  }

  #map(entries: Readonly<Record<string, unknown>>, depth: number, path: (string | number)[]): void {
    const keys = Object.keys(entries);
    if (keys.length > 1) sortKeys(keys);
    this.#head(MAJOR.map, keys.length);
    for (const key of keys) {
      path[depth] = key;
      if (!this.#text(key)) throw halfASurrogatePair(path.slice(0, depth + 1));
      this.#value(entries[key], depth + 1, path);
    }
  }

  /** Writes a text, or nothing and gives false when it holds half a surrogate pair. */
  #text(value: string): boolean {
    if (value.length <= SHORT_TEXT && this.#shortAscii(value)) return true;
    const byteLength = utf8Length(value);
    if (byteLength < 0) return false;
    this.#head(MAJOR.text, byteLength);
    this.#reserve(byteLength);
    utf8.encodeInto(value, this.#buffer.subarray(this.#length));
    this.#length += byteLength;
    return true;
  }

  /** Writes a text that is ASCII in one pass; leaves nothing behind and gives false when it is not. */
  #shortAscii(value: string): boolean {
    const count = value.length;
    this.#reserve(count + 2);
    const buffer = this.#buffer;
    let at = this.#length;
    if (count < 24) buffer[at++] = MAJOR.text | count;
    else {
      buffer[at++] = MAJOR.text | 24;
      buffer[at++] = count;
    }
    for (let i = 0; i < count; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) return false;
      buffer[at++] = unit;
    }
    this.#length = at;
    return true;
  }

  #count(major: number, count: number): void {
    if (!Number.isSafeInteger(count) || count < 0) throw notAnInteger(count, "a count from 0 to 2^53 - 1");
    this.#head(major, count);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  /** Writes the initial byte and its argument in the shortest form. */
  #head(major: number, argument: number): void {
    this.#reserve(9);
    const buffer = this.#buffer;
    let at = this.#length;
    if (argument < 24) buffer[at++] = major | argument;
    else if (argument < 0x100) {
      buffer[at++] = major | 24;
      buffer[at++] = argument;
    } else if (argument < 0x10000) {
      buffer[at++] = major | 25;
      buffer[at++] = argument >>> 8;
      buffer[at++] = argument;
    } else {
      if (argument < TWO_32) buffer[at++] = major | 26;
      else {
        buffer[at++] = major | 27;
        at = writeUint32(buffer, at, Math.floor(argument / TWO_32));
      }
      at = writeUint32(buffer, at, argument >>> 0);
    }
    this.#length = at;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

function writeUint32(buffer: Uint8Array, at: number, value: number): number {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
  return at + 4;
}

/** Plain data objects only: made by a literal, by JSON or without a prototype, in this realm or another. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype: object | null = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty"))
  );
}

function notAnInteger(value: unknown, expected: string, path?: readonly (string | number)[]): NotCanonicalError {
  return new NotCanonicalError({ reason: `expected ${expected}, got ${kindOf(value)}`, ...(path && { path }) });
}

/** Names a refused number without showing it. */
function kindOf(value: unknown): string {
  if (typeof value !== "number") return typeof value;
  if (Number.isSafeInteger(value)) return "a negative integer";
  if (Number.isInteger(value)) return "an integer beyond 2^53 - 1";
  return Number.isFinite(value) ? "a fraction" : "a number that is not finite";
}

function halfASurrogatePair(path?: readonly (string | number)[]): NotCanonicalError {
  return new NotCanonicalError({
    reason: "expected well-formed text, got half a surrogate pair",
    ...(path && { path }),
  });
}

function noEncoding(type: string, path: readonly (string | number)[]): NotCanonicalError {
  return new NotCanonicalError({
    reason: `expected null, a boolean, integer, text, bytes, array or plain object, got ${type}`,
    path,
  });
}

function tooDeep(path: readonly (string | number)[]): NotCanonicalError {
  return new NotCanonicalError({
    reason: `expected at most ${MAX_DEPTH} containers inside each other, got more`,
    path,
  });
}
