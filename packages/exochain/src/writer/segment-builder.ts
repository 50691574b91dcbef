// A segment while it fills: room for the header in front, records behind, sealed in place.
import { HEADER_BYTES, MAX_PAYLOAD_BYTES, segmentBytes, writeHeader } from "../format/segment.ts";

const FIRST_CAPACITY = 1024;

export class SegmentBuilder {
  readonly #type: number;
  readonly #id: number;
  #buffer = new Uint8Array(FIRST_CAPACITY);
  #length = HEADER_BYTES;

  constructor(type: number, id: number) {
    this.#type = type;
    this.#id = id;
  }

  /** Bytes so far, the header with them: where the next record goes. */
  get length(): number {
    return this.#length;
  }

  get empty(): boolean {
    return this.#length === HEADER_BYTES;
  }

  /** Tells whether this many more bytes still fit a segment. */
  fits(bytes: number): boolean {
    return this.#length - HEADER_BYTES + bytes <= MAX_PAYLOAD_BYTES;
  }

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length + HEADER_BYTES;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Gives the finished segment, a view. Nothing may be appended any more. */
  seal(): Uint8Array {
    const payloadBytes = this.#length - HEADER_BYTES;
    // `append` keeps a header's room free at the end, which is more than the longest padding; it was never written to.
    writeHeader(this.#buffer, 0, this.#type, this.#id, this.#buffer.subarray(HEADER_BYTES, this.#length));
    return this.#buffer.subarray(0, segmentBytes(payloadBytes));
  }
}
