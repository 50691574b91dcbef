// Events as their stored bytes, for what must show or hash exactly those: proofs and exports. A segment at a time.
import { CborReader } from "@weftos/crypto";
import { ChainDamagedError } from "../error/chain-errors.ts";
import { type ContentRecord, readContent } from "../format/content-record.ts";
import { type EventFields, readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import { SEGMENT_EVENTS, type Segment } from "../format/segment.ts";
import type { ReadLimit } from "../reader/event-reader.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { ChainSource } from "../verify/chain-source.ts";
import { SegmentStream } from "../verify/segment-stream.ts";

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
        const segment = await nextSegment(events, first);
        if (segment === undefined || segment.id >= end) break;
        if (segment.type !== SEGMENT_EVENTS) continue;
        const all = eventsOf(segment);
        const committed = withContent && all.some(({ fields }) => fields.commitment !== null);
        const records = committed ? recordsOf(await nextSegment(contents, first)) : undefined;
        const wanted = all.filter(({ fields: { sequence } }) => sequence >= next && sequence < end);
        if (wanted.length === 0) continue;
        next = (wanted.at(-1) as { fields: EventFields }).fields.sequence + 1;
        yield wanted.map((event) => ({ ...event, content: records?.get(event.fields.sequence) }));
      }
    } finally {
      await eventFile?.close();
      await contentFile?.close();
    }
    if (next === before) throw damaged(first, entry.eventOffset, next, "the event is not where the index says");
  }
}

function eventsOf({ payload }: Segment): { fields: EventFields; bytes: Uint8Array }[] {
  const reader = new CborReader(payload);
  const events: { fields: EventFields; bytes: Uint8Array }[] = [];
  while (reader.offset < payload.length) {
    const start = reader.offset;
    const fields = readEvent(reader);
    events.push({ fields, bytes: payload.subarray(start, reader.offset) });
  }
  return events;
}

function recordsOf(segment: Segment | undefined): Map<number, ContentRecord> {
  const records = new Map<number, ContentRecord>();
  if (segment === undefined) return records;
  const reader = new CborReader(segment.payload);
  while (reader.offset < segment.payload.length) {
    const record = readContent(reader);
    records.set(record.sequence, record);
  }
  return records;
}

async function nextSegment(stream: SegmentStream, first: number): Promise<Segment | undefined> {
  for (;;) {
    const next = stream.peek();
    if (next === "end") return undefined;
    if (next === "more") await stream.fill();
    else if ("defect" in next) throw damaged(first, next.offset, first, next.reason);
    else {
      stream.take(next);
      return next;
    }
  }
}

function damaged(first: number, offset: number, sequence: number, reason: string): ChainDamagedError {
  const file = eventPath(first);
  return new ChainDamagedError(`${file} is damaged at byte ${offset}: ${reason}`, {
    details: { file, offset, sequence, fault: "CHAIN_SEGMENT" },
  });
}
