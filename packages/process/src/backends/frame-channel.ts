/**
 * The line between a kernel and an agent in a process of its own: frames over a byte stream, bounded both ways. A frame is
 * `u32 length of the rest | u32 length of the text | text | bytes`, big-endian; the text is `[place, message]` as JSON, UTF-8,
 * where place tells which payload of the message the bytes are (0 none). JSON and not a structured clone: what a hostile
 * child says becomes a tree of its own length at most, and nothing else; `json-parts.ts` bounds how many parts it has.
 */
import type { Duplex } from "node:stream";
import { hasFewParts, MAX_PARTS } from "./json-parts.ts";
import { nextTurn } from "./next-turn.ts";
import { isUrgent } from "./worker-protocol.ts";

/** Longest frame that a kernel takes from its agent. */
export const MAX_FRAME_BYTES = 32 * 1_048_576;
/** Messages of one turn that are written each by itself: what was taken and answered leaves although the code then holds its thread. */
const AT_ONCE = 2;
/** Bytes that are written without waiting for the turn's end. */
const WRITE_BYTES = 262_144;
/** Bytes that may be on their way before the next message waits. */
const ROOM_BYTES = 1_048_576;
const HEADER_BYTES = 4;
/** Where in a message bytes can be. */
const places = ["message", "value", "call"] as const;

/** What a channel keeps to. */
export interface FrameBounds {
  /** Longest frame that is taken. */
  readonly maxBytes: number;
  /** Whose frames may have few parts only: those that the kernel takes, which the agent refuses to send. */
  readonly counts: "taken" | "sent";
}

/** What a channel tells its owner. */
export interface ChannelEvents {
  message(message: unknown): void;
  /** What came is no frame; nothing more is read. */
  broken(what: string): void;
  closed(): void;
}

export class FrameChannel {
  readonly #stream: Duplex;
  readonly #events: ChannelEvents;
  readonly #bounds: FrameBounds;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  #closed = false;
  /** What was said in this turn; undefined before the first of it. */
  #said: number | undefined;
  /** Bytes that wait for the turn's end. */
  #unwritten = 0;

  constructor(stream: Duplex, bounds: FrameBounds, events: ChannelEvents) {
    this.#stream = stream;
    this.#events = events;
    this.#bounds = bounds;
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("drain", () => this.#haveRoom());
    // `close` follows an error.
    stream.on("error", () => undefined);
    stream.once("close", () => {
      this.close();
      events.closed();
    });
  }

  /** Sends a message before this turn is over, with others of it; a closed channel takes it and forgets it. @throws RangeError */
  post(message: object): void {
    if (this.#closed) return;
    const frame = encodeFrame(message);
    if (this.#bounds.counts === "sent" && !hasFewParts(textOf(frame.subarray(HEADER_BYTES)))) {
      throw new RangeError(
        `expected at most ${MAX_PARTS} parts for a process to carry, got more: send bytes, or less at a time`,
      );
    }
    const urgent = "type" in message && isUrgent(message.type);
    // These are no part of what its code says of a message, and take the place of none that is.
    if (urgent && (this.#said ?? 0) <= AT_ONCE) {
      this.#stream.write(frame);
      return;
    }
    if (this.#said === undefined) {
      this.#said = 0;
      // After all that waits to be read: what comes of it goes along.
      nextTurn(() => {
        this.#said = undefined;
        this.flush();
      });
    }
    if (this.#said === AT_ONCE) this.#stream.cork();
    this.#said += 1;
    this.#stream.write(frame);
    if (this.#said <= AT_ONCE) return;
    this.#unwritten += frame.length;
    if (this.#unwritten < WRITE_BYTES && !urgent) return;
    this.flush();
    this.#stream.cork();
  }

  /** Writes now what waits for the turn's end. */
  flush(): void {
    this.#unwritten = 0;
    this.#stream.uncork();
  }

  /** Resolves when what was sent has left but for a bounded rest; undefined when it has. */
  room(): Promise<void> | undefined {
    if (this.#closed || this.#stream.writableLength < ROOM_BYTES) return undefined;
    if (this.#room === undefined) {
      let resolve: () => void = () => undefined;
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#room = { promise, resolve };
    }
    return this.#room.promise;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks = [];
    this.#haveRoom();
    this.#stream.destroy();
  }

  #haveRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    while (!this.#closed && this.#waiting >= HEADER_BYTES) {
      const head = this.#chunks[0];
      if (head === undefined) return;
      if (head.length < HEADER_BYTES) this.#chunks = [Buffer.concat(this.#chunks)];
      const length = this.#chunks[0]?.readUInt32BE(0) ?? 0;
      if (length < HEADER_BYTES || length > this.#bounds.maxBytes) {
        this.#break(`a frame of ${length} bytes`);
        return;
      }
      if (this.#waiting < HEADER_BYTES + length) return;
      const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      const end = HEADER_BYTES + length;
      this.#chunks = end === all.length ? [] : [all.subarray(end)];
      this.#waiting = all.length - end;
      let message: unknown;
      try {
        const rest = all.subarray(HEADER_BYTES, end);
        if (this.#bounds.counts === "taken" && !hasFewParts(textOf(rest))) {
          this.#break(`a frame of more than ${MAX_PARTS} parts`);
          return;
        }
        message = decodeFrame(rest);
      } catch {
        this.#break("a frame that cannot be read");
        return;
      }
      this.#events.message(message);
    }
  }

  #break(what: string): void {
    this.close();
    this.#events.broken(what);
  }
}

/** Makes the bytes of a message. @throws what JSON throws, and a RangeError when its text alone is too long */
export function encodeFrame(message: object): Buffer {
  const place = places.findIndex((key) => payloadIn(message, key) !== undefined);
  const key = places[place];
  const payload = key === undefined ? undefined : payloadIn(message, key);
  const plain =
    key === undefined ? message : { ...message, [key]: { ...(message as Record<string, object>)[key], payload: null } };
  const text = Buffer.from(JSON.stringify([place + 1, plain]), "utf8");
  const bytes = payload ?? new Uint8Array(0);
  const rest = HEADER_BYTES + text.length + bytes.length;
  if (rest > MAX_FRAME_BYTES) {
    throw new RangeError(`expected at most ${MAX_FRAME_BYTES} bytes for a process to carry, got ${rest}`);
  }
  const frame = Buffer.allocUnsafe(HEADER_BYTES + rest);
  frame.writeUInt32BE(rest, 0);
  frame.writeUInt32BE(text.length, HEADER_BYTES);
  text.copy(frame, 2 * HEADER_BYTES);
  frame.set(bytes, 2 * HEADER_BYTES + text.length);
  return frame;
}

/** Reads the rest of a frame. @throws when it is none */
export function decodeFrame(rest: Buffer): unknown {
  const text = textOf(rest);
  const read: unknown = JSON.parse(text.toString("utf8"));
  if (!Array.isArray(read) || read.length !== 2) throw new TypeError("no frame");
  const [place, message] = read as unknown as readonly [unknown, unknown];
  if (place === 0) return message;
  const key = places[Number(place) - 1];
  const inner = key === undefined || !isObject(message) ? undefined : message[key];
  if (key === undefined || !isObject(message) || !isObject(inner)) throw new TypeError("no place for the bytes");
  // A copy of its own: the chunk that it came in would be kept with it.
  inner.payload = new Uint8Array(rest.subarray(HEADER_BYTES + text.length));
  return message;
}

/** Gives the text of the rest of a frame. @throws RangeError */
function textOf(rest: Buffer): Buffer {
  const length = rest.readUInt32BE(0);
  const text = rest.subarray(HEADER_BYTES, HEADER_BYTES + length);
  if (text.length !== length) throw new RangeError("the text is longer than its frame");
  return text;
}

function payloadIn(message: object, key: string): Uint8Array | undefined {
  const inner: unknown = (message as Record<string, unknown>)[key];
  if (!isObject(inner)) return undefined;
  return inner.payload instanceof Uint8Array ? inner.payload : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
