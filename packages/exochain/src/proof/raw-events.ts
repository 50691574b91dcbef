// Events as their stored bytes, for what must show or hash exactly those: proofs and exports. A segment at a time.
import { CborReader } from "@weftos/crypto";
import { ChainDamagedError } from "../error/chain-errors.ts";
import { type ContentRecord, readContent } from "../format/content-record.ts";
import { EVENT_FIELDS, type EventFields, readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import {
  HEADER_BYTES,
  readNumber,
  SEGMENT_CONTENT,
  SEGMENT_EVENTS,
  type Segment,
  segmentBytes,
} from "../format/segment.ts";
import type { ReadLimit } from "../reader/event-reader.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { ChainSource, SourceFile } from "../verify/chain-source.ts";
import { SegmentStream } from "../verify/segment-stream.ts";
import { skipItem } from "./cbor-skip.ts";

const CBOR_NULL = 0xf6;
const ONE_READ_BYTES = 65_536;

/** One event as it lies on disk. */
export interface RawEvent {
  readonly fields: EventFields;
  /** The stored bytes. */
  readonly bytes: Uint8Array;
  /** Undefined when the event has no payload, or when contents were not asked for. */
  readonly content: ContentRecord | undefined;
}

/** Where events are read from. */
export interface RawSource {
  readonly source: ChainSource;
  readonly index: SegmentIndex;
  readonly limit: ReadLimit;
}

/** Gives the events `from` ≤ sequence < `to`, at most as many as there are. @throws `CHAIN_DAMAGED` */
export async function* rawEvents(
  { source, index, limit }: RawSource,
  from: number,
  to: number,
  withContent: boolean,
): AsyncGenerator<readonly RawEvent[], void, undefined> {
  const end = Math.min(to, limit.size);
  let next = from;
  while (next < end) {
    const entry = index.find(next);
    if (entry === undefined) return;
    const { first } = entry;
    const current = first === limit.first;
    const eventFile = await source.open(eventPath(first));
    const contentFile = withContent ? await source.open(contentPath(first)) : undefined;
    const before = next;
    try {
      const chunk = end - next < 256 ? 131_072 : undefined;
      const eventEnd = current ? limit.eventBytes : (eventFile?.size ?? 0);
      const contentEnd = current ? limit.contentBytes : (contentFile?.size ?? 0);
      const events = new SegmentStream(eventFile, entry.eventOffset, eventEnd, chunk);
      const contents = new SegmentStream(contentFile, entry.contentOffset, contentEnd, chunk);
      for (;;) {
        const segment = await nextSegment(events, eventPath(first), first);
        if (segment === undefined || segment.id >= end) break;
        if (segment.type !== SEGMENT_EVENTS) continue;
        const { events: found, committed } = eventsOf(segment, next, end);
        const contentSegment =
          withContent && committed ? await nextSegment(contents, contentPath(first), first) : undefined;
        if (found.length === 0) continue;
        const records = recordsOf(contentSegment, next, end);
        next = (found.at(-1) as { fields: EventFields }).fields.sequence + 1;
        yield found.map((event) => ({ ...event, content: records.get(event.fields.sequence) }));
      }
    } finally {
      await eventFile?.close();
      await contentFile?.close();
    }
    if (next === before)
      throw damaged(eventPath(first), entry.eventOffset, next, "the event is not where the index says");
  }
}

/**
 * Reads one event from where the index says, without the checksums of the segments that hold it, which may be as large as a
 * thousand events: whoever asks checks the event against a signed root, and the content against the event.
 *
 * @returns undefined when it cannot be found like that; then `rawEvents` says why
 */
export async function rawEventAt({ source, index, limit }: RawSource, sequence: number): Promise<RawEvent | undefined> {
  const entry = sequence < limit.size ? index.find(sequence) : undefined;
  if (entry === undefined) return undefined;
  const { first, eventOffset, contentOffset } = entry;
  try {
    const [bytes, record] = await Promise.all([
      itemIn(source, eventPath(first), eventOffset, SEGMENT_EVENTS, sequence, (id, place) => id + place),
      itemIn(source, contentPath(first), contentOffset, SEGMENT_CONTENT, sequence, sequenceOf),
    ]);
    const fields = bytes && readEvent(new CborReader(bytes));
    if (bytes === undefined || fields?.sequence !== sequence) return undefined;
    if (fields.commitment === null) return { fields, bytes, content: undefined };
    return record && { fields, bytes, content: readContent(new CborReader(record)) };
  } catch {
    return undefined;
  }
}

function sequenceOf(_id: number, _place: number, payload: Uint8Array, at: number): number {
  return new CborReader(payload, at + 1).uint();
}

/** Finds an item by its sequence among the segments of one type from an offset on. */
async function itemIn(
  source: ChainSource,
  path: string,
  offset: number,
  type: number,
  sequence: number,
  numberOf: (id: number, place: number, payload: Uint8Array, at: number) => number,
): Promise<Uint8Array | undefined> {
  const file = await source.open(path);
  if (file === undefined) return undefined;
  try {
    const payload = await payloadWith(file, offset, type, sequence);
    if (payload === undefined) return undefined;
    for (let at = 0, place = 0; at < payload.bytes.length; place++) {
      const end = skipItem(payload.bytes, at);
      const number = numberOf(payload.id, place, payload.bytes, at);
      if (number === sequence) return payload.bytes.subarray(at, end);
      if (number > sequence) return undefined;
      at = end;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** Gives the payload of the last segment of a type whose id is not behind a sequence. */
async function payloadWith(
  file: SourceFile,
  offset: number,
  type: number,
  sequence: number,
): Promise<{ readonly id: number; readonly bytes: Uint8Array } | undefined> {
  let chunk = await file.read(offset, ONE_READ_BYTES);
  let base = offset;
  let found: { id: number; at: number; length: number } | undefined;
  for (let at = offset; at + HEADER_BYTES <= file.size; ) {
    if (at + HEADER_BYTES > base + chunk.length) {
      chunk = await file.read(at, ONE_READ_BYTES);
      base = at;
    }
    const id = readNumber(chunk, at - base + 8);
    if (id > sequence) break;
    const length = readNumber(chunk, at - base + 16);
    if (chunk[at - base + 5] === type) found = { id, at: at + HEADER_BYTES, length };
    at += segmentBytes(length);
  }
  if (found === undefined) return undefined;
  const { id, at, length } = found;
  const here = at >= base && at + length <= base + chunk.length;
  return { id, bytes: here ? chunk.subarray(at - base, at - base + length) : await file.read(at, length) };
}

/** Decodes the wanted events of a segment, whose sequences follow its id; and tells whether any event has content. */
function eventsOf(
  { id, payload }: Segment,
  from: number,
  to: number,
): { readonly events: readonly { fields: EventFields; bytes: Uint8Array }[]; readonly committed: boolean } {
  const events: { fields: EventFields; bytes: Uint8Array }[] = [];
  let committed = false;
  let sequence = id;
  for (let at = 0; at < payload.length; sequence++) {
    // An array of 11 has a head of one byte; the commitment is its last item.
    let last = at + 1;
    for (let i = 1; i < EVENT_FIELDS; i++) last = skipItem(payload, last);
    committed ||= payload[last] !== CBOR_NULL;
    const end = skipItem(payload, last);
    if (sequence >= from && sequence < to) {
      const bytes = payload.subarray(at, end);
      events.push({ fields: readEvent(new CborReader(bytes)), bytes });
    }
    at = end;
  }
  return { events, committed };
}

function recordsOf(segment: Segment | undefined, from: number, to: number): Map<number, ContentRecord> {
  const records = new Map<number, ContentRecord>();
  if (segment === undefined) return records;
  const { payload } = segment;
  for (let at = 0; at < payload.length; ) {
    const end = skipItem(payload, at);
    const sequence = new CborReader(payload, at + 1).uint();
    if (sequence >= from && sequence < to)
      records.set(sequence, readContent(new CborReader(payload.subarray(at, end))));
    at = end;
  }
  return records;
}

async function nextSegment(stream: SegmentStream, file: string, first: number): Promise<Segment | undefined> {
  for (;;) {
    const next = stream.peek();
    if (next === "end") return undefined;
    if (next === "more") await stream.fill();
    else if ("defect" in next) throw damaged(file, next.offset, first, next.reason);
    else {
      stream.take(next);
      return next;
    }
  }
}

function damaged(file: string, offset: number, sequence: number, reason: string): ChainDamagedError {
  return new ChainDamagedError(`${file} is damaged at byte ${offset}: ${reason}`, {
    details: { file, offset, sequence, fault: "CHAIN_SEGMENT" },
  });
}
