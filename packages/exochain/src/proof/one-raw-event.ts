// One event as its stored bytes: read from where it is known to lie, or found in a segment that may hold a thousand. Then its
// files are read piece by piece up to the event and no further, since what a proof makes and throws away, it pays for at the
// next collection of garbage.
import { CborReader } from "@weftos/crypto";
import { readContent } from "../format/content-record.ts";
import { readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import {
  HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
  readNumber,
  SEGMENT_CONTENT,
  SEGMENT_EVENTS,
  segmentBytes,
} from "../format/segment.ts";
import { NO_CONTENT, type Spot } from "../query/block.ts";
import type { ChainSource, SourceFile } from "../verify/chain-source.ts";
import type { EventPlace } from "../verify/walk-options.ts";
import { skipItem } from "./cbor-skip.ts";
import type { RawEvent, RawSource } from "./raw-events.ts";

const PIECE_BYTES = 32_768;

/** Most records are shorter, and so is what is read of them at first. */
const FIRST_READ_BYTES = 2048;

/**
 * Reads one event from where the index of queries says, or else the one of segments, without the checksums of the segments that
 * hold it: whoever asks checks the event against a signed root, and the content against the event.
 *
 * @returns undefined when it cannot be found like that; then `rawEvents` says why
 */
export async function rawEventAt(raw: RawSource, sequence: number): Promise<RawEvent | undefined> {
  const entry = sequence < raw.limit.size ? raw.index.find(sequence) : undefined;
  if (entry === undefined) return undefined;
  try {
    const spot = await raw.spot(sequence).catch(() => undefined);
    const known = spot && (await eventAtSpot(raw.source, entry.first, spot, sequence));
    return known ?? (await eventFrom(raw.source, entry, sequence));
  } catch {
    return undefined;
  }
}

async function eventAtSpot(
  source: ChainSource,
  first: number,
  { eventOffset, contentOffset }: Spot,
  sequence: number,
): Promise<RawEvent | undefined> {
  const [event, record] = await Promise.all([
    itemAt(source, eventPath(first), eventOffset, readEvent),
    contentOffset === NO_CONTENT ? undefined : itemAt(source, contentPath(first), contentOffset, readContent),
  ]);
  if (event?.item.sequence !== sequence) return undefined;
  const { item: fields, bytes } = event;
  if ((fields.commitment === null) !== (record === undefined)) return undefined;
  return { fields, bytes, content: record?.item };
}

/** Reads the item that begins at an offset; undefined when there is none. */
async function itemAt<T>(
  source: ChainSource,
  path: string,
  offset: number,
  read: (reader: CborReader) => T,
): Promise<{ readonly item: T; readonly bytes: Uint8Array } | undefined> {
  const file = await source.open(path);
  if (file === undefined) return undefined;
  try {
    for (const length of [FIRST_READ_BYTES, MAX_PAYLOAD_BYTES]) {
      const bytes = await file.read(offset, length);
      try {
        const reader = new CborReader(bytes);
        return { item: read(reader), bytes: bytes.subarray(0, reader.offset) };
      } catch {
        // It may be longer than the first read; if it is broken, the second fails as well.
      }
    }
    return undefined;
  } finally {
    await file.close();
  }
}

async function eventFrom(
  source: ChainSource,
  { first, eventOffset, contentOffset }: EventPlace,
  sequence: number,
): Promise<RawEvent | undefined> {
  const [bytes, record] = await Promise.all([
    itemIn(source, eventPath(first), eventOffset, SEGMENT_EVENTS, sequence, (id, place) => id + place),
    itemIn(source, contentPath(first), contentOffset, SEGMENT_CONTENT, sequence, sequenceOf),
  ]);
  const fields = bytes && readEvent(new CborReader(bytes));
  if (bytes === undefined || fields?.sequence !== sequence) return undefined;
  if (fields.commitment === null) return { fields, bytes, content: undefined };
  return record && { fields, bytes, content: readContent(new CborReader(record)) };
}

/** Tells the sequence of an item: the one at `at` of a piece, the `place`th of the segment `id`. */
type NumberOf = (id: number, place: number, piece: Uint8Array, at: number) => number;

function sequenceOf(_id: number, _place: number, piece: Uint8Array, at: number): number {
  return new CborReader(piece, at + 1).uint();
}

/** Finds an item by its sequence among the segments of one type from an offset on. */
async function itemIn(
  source: ChainSource,
  path: string,
  offset: number,
  type: number,
  sequence: number,
  numberOf: NumberOf,
): Promise<Uint8Array | undefined> {
  const file = await source.open(path);
  if (file === undefined) return undefined;
  try {
    const pieces = new Pieces(file);
    const payload = await payloadWith(pieces, offset, type, sequence);
    return payload && (await itemOf(pieces, payload, sequence, numberOf));
  } finally {
    await file.close();
  }
}

interface Payload {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Finds the payload of the last segment of a type whose id is not behind a sequence. */
async function payloadWith(
  pieces: Pieces,
  offset: number,
  type: number,
  sequence: number,
): Promise<Payload | undefined> {
  let found: Payload | undefined;
  for (let at = offset; at + HEADER_BYTES <= pieces.end; ) {
    const header = await pieces.from(at, HEADER_BYTES);
    const id = readNumber(header, 8);
    if (id > sequence) break;
    const length = readNumber(header, 16);
    const start = at + HEADER_BYTES;
    if (header[5] === type) found = { id, start, end: start + length };
    at += segmentBytes(length);
  }
  return found;
}

async function itemOf(
  pieces: Pieces,
  { id, start, end }: Payload,
  sequence: number,
  numberOf: NumberOf,
): Promise<Uint8Array | undefined> {
  let place = 0;
  let least = 1;
  for (let from = start; from < end; ) {
    const piece = (await pieces.from(from, Math.min(least, end - from))).subarray(0, end - from);
    let at = 0;
    for (let next = ending(piece, at); next !== undefined; next = ending(piece, at)) {
      const number = numberOf(id, place, piece, at);
      if (number === sequence) return piece.subarray(at, next);
      if (number > sequence) return undefined;
      at = next;
      place += 1;
    }
    // All there is, or all that was wanted and is not there.
    if (at === 0 && (piece.length === end - from || piece.length < least)) return undefined;
    // An item that is longer than a piece needs a longer one.
    least = Math.max(2 * (piece.length - at), PIECE_BYTES);
    from += at;
  }
  return undefined;
}

/** Gives the offset behind the item at `at`; undefined when the piece ends before. */
function ending(piece: Uint8Array, at: number): number | undefined {
  if (at >= piece.length) return undefined;
  try {
    return skipItem(piece, at);
  } catch {
    return undefined;
  }
}

/** A file read piece by piece, forward. */
class Pieces {
  readonly #file: SourceFile;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(file: SourceFile) {
    this.#file = file;
  }

  get end(): number {
    return this.#file.size;
  }

  /** Gives bytes from an offset on, so many at least unless the file ends before. */
  async from(offset: number, least: number): Promise<Uint8Array> {
    const at = offset - this.#start;
    if (at < 0 || at + least > this.#bytes.length) {
      this.#bytes = await this.#file.read(offset, Math.max(least, PIECE_BYTES));
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start);
  }
}
