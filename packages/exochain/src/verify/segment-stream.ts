// Segments of one file in order, in a buffer of a few MiB: memory stays flat whatever the file holds. Reading is
// synchronous while the buffer lasts, since a promise for each segment would cost more than its hash.
import { HEADER_BYTES, readSegment, type Segment, type SegmentDefect } from "../format/segment.ts";
import type { SourceFile } from "./chain-source.ts";

const CHUNK_BYTES = 2 * 1024 * 1024;
const EMPTY: Uint8Array = new Uint8Array(0);
const MAGIC = [0x53, 0x46, 0x56, 0x52] as const;

/** The next segment, a defect, the end of the file, or the wish to be filled. */
export type NextSegment = Segment | SegmentDefect | "end" | "more";

export class SegmentStream {
  readonly #file: SourceFile | undefined;
  readonly #limit: number;
  readonly #chunkBytes: number;
  #buffer: Uint8Array = EMPTY;
  #base: number;
  #at = 0;
  #wanted = HEADER_BYTES;

  /** @param limit - bytes of the file that count, at most its size */
  constructor(file: SourceFile | undefined, start: number, limit: number, chunkBytes: number = CHUNK_BYTES) {
    this.#file = file;
    this.#chunkBytes = chunkBytes;
    this.#base = start;
    this.#limit = limit;
  }

  /** Offset of the next segment. */
  get offset(): number {
    return this.#base + this.#at;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Gives the next segment without taking it. */
  peek(): NextSegment {
    if (this.offset >= this.#limit) return "end";
    const result = readSegment(this.#buffer, this.#at, this.#base);
    if (typeof result !== "number") return result;
    if (this.offset + result > this.#limit) {
      const reason = `expected ${result} bytes of a segment, got ${this.#limit - this.offset}`;
      return { defect: "incomplete", offset: this.offset, reason };
    }
    this.#wanted = result;
    return "more";
  }

  /** Takes what `peek` gave. */
  take(segment: Segment): void {
    this.#at = segment.end - this.#base;
  }

  /** Goes on at an offset, without what was read. */
  skipTo(offset: number): void {
    this.#base = offset;
    this.#at = 0;
    this.#buffer = EMPTY;
    this.#wanted = HEADER_BYTES;
  }

  /** Reads on; call after `peek` gave `more`. Views into the buffer stay valid: a new one is made. */
  async fill(): Promise<void> {
    if (this.#file === undefined) return;
    const offset = this.offset;
    const length = Math.min(Math.max(this.#wanted, this.#chunkBytes), this.#limit - offset);
    this.#buffer = await this.#file.read(offset, length);
    this.#base = offset;
    this.#at = 0;
    if (this.#buffer.length < Math.min(this.#wanted, this.#limit - offset)) {
      throw new Error(`the file became shorter while it was read, at byte ${offset}`);
    }
  }

  /** Goes on behind a defect: to the next multiple of 64 that begins like a segment and is one. */
  async resync(): Promise<void> {
    let offset = this.offset + 64 - (this.offset % 64);
    while (offset < this.#limit && this.#file !== undefined) {
      const chunk = await this.#file.read(offset, Math.min(CHUNK_BYTES, this.#limit - offset));
      for (let at = 0; at + HEADER_BYTES <= chunk.length; at += 64) {
        if (MAGIC.some((byte, i) => chunk[at + i] !== byte)) continue;
        this.#base = offset + at;
        this.#at = 0;
        this.#buffer = EMPTY;
        let found = this.peek();
        if (found === "more") {
          await this.fill();
          found = this.peek();
        }
        if (typeof found === "object" && "payload" in found) return;
      }
      offset += Math.max(64, chunk.length - (chunk.length % 64));
    }
    this.#base = this.#limit;
    this.#at = 0;
    this.#buffer = EMPTY;
  }
}
