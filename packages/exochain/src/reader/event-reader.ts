// Reads events back from the files, from any sequence on: index, then segments in step with their content. Reads see what
// was committed when they began.
import { CborReader } from "@weftos/crypto";
import { ChainDamagedError } from "../error/chain-errors.ts";
import { type ContentRecord, readContent } from "../format/content-record.ts";
import { eventHash } from "../format/domain-hash.ts";
import { readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import { HEADER_BYTES, SEGMENT_EVENTS, type Segment } from "../format/segment.ts";
import type { ChainSource } from "../verify/chain-source.ts";
import { SegmentStream } from "../verify/segment-stream.ts";
import type { SegmentIndex } from "./segment-index.ts";
import { type StoredEvent, storedEvent } from "./stored-event.ts";

/** How far the files may be read. */
export interface ReadLimit {
  readonly size: number;
  readonly first: number;
  readonly eventBytes: number;
  readonly contentBytes: number;
}

/** An event with where it lies in the files of its pair. */
export interface LocatedEvent {
  readonly event: StoredEvent;
  readonly hash: Uint8Array;
  readonly eventOffset: number;
  /** Undefined when the event has no payload. */
  readonly contentOffset: number | undefined;
}

interface LocatedRecord {
  readonly record: ContentRecord;
  readonly offset: number;
}

const SMALL_READ_BYTES = 128 * 1024;

export class EventReader {
  readonly #source: ChainSource;
  readonly #index: SegmentIndex;
  readonly #limit: () => ReadLimit;
  readonly #hidden: (sequence: number) => boolean;

  /** @param hidden - tells of events whose redaction is on disk while their content is still there */
  constructor(
    source: ChainSource,
    index: SegmentIndex,
    limit: () => ReadLimit,
    hidden: (sequence: number) => boolean = () => false,
  ) {
    this.#source = source;
    this.#index = index;
    this.#limit = limit;
    this.#hidden = hidden;
  }

  /** Tells whether an event is redacted although its content may still be there. */
  hides(sequence: number): boolean {
    return this.#hidden(sequence);
  }

  /** Gives the events `from` ≤ sequence < `to` that are on disk, in order. */
  async *range(from: number, to: number): AsyncGenerator<StoredEvent, void, undefined> {
    for await (const { event } of this.located(from, to)) yield event;
  }

  /** Gives the same events with where they lie. @param chunkBytes - how much is read at once */
  async *located(from: number, to: number, chunkBytes?: number): AsyncGenerator<LocatedEvent, void, undefined> {
    const limit = this.#limit();
    const end = Math.min(to, limit.size);
    let next = from;
    while (next < end) {
      const entry = this.#index.find(next);
      if (entry === undefined) return;
      const before = next;
      for await (const located of this.#pair(entry, next, end, limit, chunkBytes)) {
        next = located.event.sequence + 1;
        yield located;
      }
      if (next === before)
        throw damaged(eventPath(entry.first), entry.eventOffset, next, "the event is not where the index says");
    }
  }

  async *#pair(
    entry: { readonly first: number; readonly eventOffset: number; readonly contentOffset: number },
    from: number,
    to: number,
    limit: ReadLimit,
    chunkBytes: number | undefined,
  ): AsyncGenerator<LocatedEvent, void, undefined> {
    const { first } = entry;
    const eventFile = await this.#source.open(eventPath(first));
    const contentFile = await this.#source.open(contentPath(first));
    const current = first === limit.first;
    const chunk = chunkBytes ?? (to - from < 256 ? SMALL_READ_BYTES : undefined);
    const events = new SegmentStream(
      eventFile,
      entry.eventOffset,
      current ? limit.eventBytes : (eventFile?.size ?? 0),
      chunk,
    );
    const content = new SegmentStream(
      contentFile,
      entry.contentOffset,
      current ? limit.contentBytes : (contentFile?.size ?? 0),
      chunk,
    );
    try {
      for (;;) {
        const segment = await nextSegment(events, eventPath(first), first);
        if (segment === undefined || segment.id >= to) return;
        if (segment.type !== SEGMENT_EVENTS) continue;
        yield* await this.#segment(segment, content, first, from, to);
      }
    } finally {
      await eventFile?.close();
      await contentFile?.close();
    }
  }

  async #segment(
    segment: Segment,
    content: SegmentStream,
    first: number,
    from: number,
    to: number,
  ): Promise<LocatedEvent[]> {
    const events: LocatedEvent[] = [];
    const reader = new CborReader(segment.payload);
    const payloadOffset = segment.offset + HEADER_BYTES;
    let records: Map<number, LocatedRecord> | undefined;
    while (reader.offset < segment.payload.length) {
      const start = reader.offset;
      const event = readEvent(reader);
      if (event.commitment !== null && records === undefined) records = await readRecords(content, first);
      if (event.sequence < from || event.sequence >= to) continue;
      const hash = eventHash(segment.payload.subarray(start, reader.offset));
      const found = records?.get(event.sequence);
      events.push({
        event: storedEvent(event, hash, found?.record, this.#hidden(event.sequence)),
        hash,
        eventOffset: payloadOffset + start,
        contentOffset: found?.offset,
      });
    }
    return events;
  }
}

async function readRecords(content: SegmentStream, first: number): Promise<Map<number, LocatedRecord>> {
  const records = new Map<number, LocatedRecord>();
  const segment = await nextSegment(content, contentPath(first), first);
  if (segment === undefined) return records;
  const reader = new CborReader(segment.payload);
  while (reader.offset < segment.payload.length) {
    const offset = segment.offset + HEADER_BYTES + reader.offset;
    const record = readContent(reader);
    records.set(record.sequence, { record, offset });
  }
  return records;
}

async function nextSegment(stream: SegmentStream, file: string, first: number): Promise<Segment | undefined> {
  for (;;) {
    const next = stream.peek();
    if (next === "end") return undefined;
    if (next === "more") {
      await stream.fill();
      continue;
    }
    if ("defect" in next) throw damaged(file, next.offset, first, next.reason);
    stream.take(next);
    return next;
  }
}

function damaged(file: string, offset: number, sequence: number, reason: string): ChainDamagedError {
  return new ChainDamagedError(`${file} is damaged at byte ${offset}: ${reason}`, {
    details: { file, offset, sequence, fault: "CHAIN_SEGMENT" },
  });
}
