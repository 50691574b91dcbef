// Events as their stored bytes, for what must show or hash exactly those: proofs and exports. A segment at a time.
import { CborReader } from "@weftos/crypto";
import { ChainDamagedError } from "../error/chain-errors.ts";
import { type ContentRecord, readContent } from "../format/content-record.ts";
import { EVENT_FIELDS, type EventFields, readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import { SEGMENT_EVENTS, type Segment } from "../format/segment.ts";
import type { Spot } from "../query/block.ts";
import type { ReadLimit } from "../reader/event-reader.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { ChainSource } from "../verify/chain-source.ts";
import { SegmentStream } from "../verify/segment-stream.ts";
import { skipItem } from "./cbor-skip.ts";

const CBOR_NULL = 0xf6;

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
  /** Tells where an event lies in the files of its pair, if somebody knows. */
  readonly spot: (sequence: number) => Promise<Spot | undefined>;
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
