// Cuts the files of a pair into stretches, ahead of whoever walks them. Headers are believed here, since nothing depends on
// it: a stretch that was cut wrongly fits no state, or does not pass its examination.
import { HEADER_BYTES, MAX_PAYLOAD_BYTES, readNumber, segmentBytes } from "../format/segment.ts";
import type { SourceFile } from "./chain-source.ts";
import type { Stretch } from "./stretch.ts";

const CHUNK_BYTES: number = 192 * 1024;
const FIRST_CAPACITY: number = 256 * 1024;
const MAX_POOLED = 16;
/** More content than the events of a stretch can have is nobody's. */
const MAX_CONTENT_BYTES: number = 4 * 1024 * 1024;
const MAGIC = [0x53, 0x46, 0x56, 0x52] as const;

/** Buffers that are used again and again, so that memory stays flat at any speed. */
export class BufferPool {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  take(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(FIRST_CAPACITY);
  }

  /** Takes the buffers of a stretch back; nobody may use it any more. */
  release({ events, content }: Stretch): void {
    for (const { buffer } of [events, content]) {
      if (buffer instanceof ArrayBuffer && buffer.byteLength > 0 && this.#free.length < MAX_POOLED)
        this.#free.push(new Uint8Array(buffer));
    }
  }
}

/** One file of a pair, as far as it counts. */
export interface CutFile {
  readonly file: SourceFile | undefined;
  readonly start: number;
  readonly limit: number;
}

export class StretchCutter {
  readonly #pool: BufferPool;
  readonly #events: SegmentFeed;
  readonly #content: SegmentFeed;
  readonly #stretchBytes: number;

  constructor(pool: BufferPool, events: CutFile, content: CutFile, stretchBytes: number) {
    this.#stretchBytes = stretchBytes;
    this.#pool = pool;
    this.#events = new SegmentFeed(events);
    this.#content = new SegmentFeed(content);
  }

  /** Cuts the next stretch; undefined at the end, or where no whole segment begins. @throws what the source throws */
  async cut(): Promise<Stretch | undefined> {
    const events = new Gathered(this.#pool.take(), this.#events.offset);
    const content = new Gathered(this.#pool.take(), this.#content.offset);
    const most = this.#stretchBytes;
    while (events.length < most && content.length < most) {
      if (!(await this.#events.next())) break;
      events.add(this.#events.take());
      // Content belongs to the events before the next segment, whose id is their next sequence.
      const until = (await this.#events.next()) ? this.#events.id : Number.POSITIVE_INFINITY;
      while (content.length < MAX_CONTENT_BYTES && (await this.#content.next()) && this.#content.id < until)
        content.add(this.#content.take());
    }
    const stretch = {
      eventsAt: events.offset,
      events: events.bytes(),
      contentAt: content.offset,
      content: content.bytes(),
    };
    if (events.length > 0) return stretch;
    this.#pool.release(stretch);
    return undefined;
  }
}

/** The segments of a file by their headers. */
class SegmentFeed {
  readonly #file: SourceFile | undefined;
  readonly #limit: number;
  #chunk: Uint8Array = new Uint8Array(0);
  #base: number;
  #at = 0;
  #length = 0;
  id = 0;

  constructor({ file, start, limit }: CutFile) {
    this.#file = file;
    this.#base = start;
    this.#limit = limit;
  }

  get offset(): number {
    return this.#base + this.#at;
  }

  /** Looks at the next segment and has all of it at hand. @returns false when none begins here, or not all of it is there */
  async next(): Promise<boolean> {
    if (!(this.#has(HEADER_BYTES) || (await this.#fill(HEADER_BYTES)))) return false;
    const chunk = this.#chunk;
    const at = this.#at;
    for (let i = 0; i < MAGIC.length; i++) if (chunk[at + i] !== MAGIC[i]) return false;
    const payload = readNumber(chunk, at + 16);
    if (payload < 1 || payload > MAX_PAYLOAD_BYTES) return false;
    this.#length = segmentBytes(payload);
    // The id of a checkpoint is the size of the tree, which is the sequence of the next event as well.
    this.id = readNumber(chunk, at + 8);
    return this.#has(this.#length) || (await this.#fill(this.#length));
  }

  /** Takes what `next` looked at: a view that holds until the next call of it. */
  take(): Uint8Array {
    const segment = this.#chunk.subarray(this.#at, this.#at + this.#length);
    this.#at += this.#length;
    return segment;
  }

  #has(bytes: number): boolean {
    return this.#chunk.length - this.#at >= bytes;
  }

  async #fill(bytes: number): Promise<boolean> {
    const { offset } = this;
    if (this.#file === undefined || offset + bytes > this.#limit) return false;
    if (this.#file.givesAway === true) free(this.#chunk);
    this.#chunk = await this.#file.read(offset, Math.min(Math.max(bytes, CHUNK_BYTES), this.#limit - offset));
    this.#base = offset;
    this.#at = 0;
    return this.#has(bytes);
  }
}

/** Gives memory back now: the next collection of garbage may be hundreds of files' parts away. */
function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) (buffer as { transfer?: (length: number) => unknown }).transfer?.(0);
}

/** Bytes in a buffer that grows. */
class Gathered {
  readonly offset: number;
  length = 0;
  #buffer: Uint8Array<ArrayBuffer>;

  constructor(buffer: Uint8Array<ArrayBuffer>, offset: number) {
    this.#buffer = buffer;
    this.offset = offset;
  }

  add(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#buffer.length) {
      const larger = new Uint8Array(this.length + bytes.length + FIRST_CAPACITY);
      larger.set(this.#buffer.subarray(0, this.length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }
}
