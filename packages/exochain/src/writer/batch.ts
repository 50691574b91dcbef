// What one group commit writes: sealed pairs of segments, and those who wait for it. All receipts of a batch share one
// promise.
import { SEGMENT_CONTENT, SEGMENT_EVENTS } from "../format/segment.ts";
import type { EventMark } from "../query/event-mark.ts";
import type { Indexable } from "../query/term.ts";
import type { EncodedEvent } from "./event-encoder.ts";
import { SegmentBuilder } from "./segment-builder.ts";

/** A segment of events with the segment of their content. */
export interface SegmentPair {
  readonly first: number;
  readonly count: number;
  readonly events: Uint8Array;
  readonly content: Uint8Array | undefined;
}

interface OpenPair {
  readonly first: number;
  count: number;
  readonly events: SegmentBuilder;
  content: SegmentBuilder | undefined;
}

export class Batch {
  /** Sequence of its first event. */
  readonly first: number;
  /** Resolves when all of it is durable. */
  readonly durable: Promise<void>;
  readonly hashes: Uint8Array[] = [];
  readonly keys: string[] = [];
  /** For the index of queries. */
  readonly marks: EventMark[] = [];
  /** Time of its last event. */
  time = 0;
  /** Digest records that its events commit to. */
  digests = 0;
  bytes = 0;
  readonly #pairs: OpenPair[] = [];
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(first: number) {
    this.first = first;
    this.durable = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who does not care for durability may ignore the promise.
    this.durable.catch(() => undefined);
  }

  get count(): number {
    return this.hashes.length;
  }

  add(sequence: number, time: number, encoded: EncodedEvent, event: Indexable): void {
    const { bytes, hash, record } = encoded;
    let pair = this.#pairs.at(-1);
    if (
      pair === undefined ||
      !pair.events.fits(bytes.length) ||
      (record !== undefined && pair.content?.fits(record.length) === false)
    ) {
      pair = { first: sequence, count: 0, events: new SegmentBuilder(SEGMENT_EVENTS, sequence), content: undefined };
      this.#pairs.push(pair);
    }
    const eventAt = pair.events.length;
    let contentAt: number | undefined;
    pair.events.append(bytes);
    pair.count += 1;
    if (record !== undefined) {
      pair.content ??= new SegmentBuilder(SEGMENT_CONTENT, sequence);
      contentAt = pair.content.length;
      pair.content.append(record);
      this.bytes += record.length;
    }
    this.hashes.push(hash);
    this.marks.push({ sequence, event, time, hash, pair: this.#pairs.length - 1, eventAt, contentAt });
    this.time = time;
    this.bytes += bytes.length;
  }

  seal(): SegmentPair[] {
    return this.#pairs.map(({ first, count, events, content }) => ({
      first,
      count,
      events: events.seal(),
      content: content?.seal(),
    }));
  }

  resolve(): void {
    this.#resolve();
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}
