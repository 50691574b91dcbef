// Reads events back from the files, from any sequence on: index, then segments in step with their content. Reads see what
// was committed when they began.
import { CborReader } from "@weftos/crypto";
import { ChainDamagedError } from "../error/chain-errors.ts";
import { type ContentRecord, readContent } from "../format/content-record.ts";
import { eventHash } from "../format/domain-hash.ts";
import { readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import { SEGMENT_EVENTS, type Segment } from "../format/segment.ts";
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

const SMALL_READ_BYTES = 128 * 1024;

export class EventReader {
  readonly #source: ChainSource;
  readonly #index: SegmentIndex;
  readonly #limit: () => ReadLimit;

  constructor(source: ChainSource, index: SegmentIndex, limit: () => ReadLimit) {
    this.#source = source;
    this.#index = index;
    this.#limit = limit;
  }

  /** Gives the events `from` ≤ sequence < `to` that are on disk, in order. */
  async *range(from: number, to: number): AsyncGenerator<StoredEvent, void, undefined> {
    const limit = this.#limit();
    const end = Math.min(to, limit.size);
    let next = from;
    while (next < end) {
      const entry = this.#index.find(next);
      if (entry === undefined) return;
      const before = next;
      for await (const event of this.#pair(entry, next, end, limit)) {
        next = event.sequence + 1;
        yield event;
      }
      if (next === before) throw damaged(entry.first, entry.eventOffset, next, "the event is not where the index says");
    }
  }

  async *#pair(
    entry: { readonly first: number; readonly eventOffset: number; readonly contentOffset: number },
    from: number,
    to: number,
    limit: ReadLimit,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const { first } = entry;
    const eventFile = await this.#source.open(eventPath(first));
    const contentFile = await this.#source.open(contentPath(first));
    const current = first === limit.first;
    const chunk = to - from < 256 ? SMALL_READ_BYTES : undefined;
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
        const segment = await nextSegment(events, first);
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
  ): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    const reader = new CborReader(segment.payload);
    let records: Map<number, ContentRecord> | undefined;
    while (reader.offset < segment.payload.length) {
      const start = reader.offset;
      const event = readEvent(reader);
      if (event.commitment !== null && records === undefined) records = await readRecords(content, first);
      if (event.sequence < from || event.sequence >= to) continue;
      const hash = eventHash(segment.payload.subarray(start, reader.offset));
      events.push(storedEvent(event, hash, records?.get(event.sequence)));
    }
    return events;
  }
}

async function readRecords(content: SegmentStream, first: number): Promise<Map<number, ContentRecord>> {
  const records = new Map<number, ContentRecord>();
  const segment = await nextSegment(content, first);
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
    if (next === "more") {
      await stream.fill();
      continue;
    }
    if ("defect" in next) throw damaged(first, next.offset, first, next.reason);
    stream.take(next);
    return next;
  }
}

function damaged(first: number, offset: number, sequence: number, reason: string): ChainDamagedError {
  const file = eventPath(first);
  return new ChainDamagedError(`${file} is damaged at byte ${offset}: ${reason}`, {
    details: { file, offset, sequence, fault: "CHAIN_SEGMENT" },
  });
}
