// Examines a stretch by itself: every check of the format that needs no more than the stretch. It is most of the work of a
// verification, it is the same on any thread, and it says either all is well or nothing at all.
import { equalBytes, shake256 } from "@weftos/crypto";
import { GENESIS, KEYS_ROTATED } from "../format/chain-event.ts";
import { EVENT_TAG, PAYLOAD_TAG, writeLength } from "../format/domain-hash.ts";
import { MAX_CONTENT_BYTES, MAX_EVENT_BYTES, SALT_BYTES } from "../format/event-record.ts";
import { readSegment, SEGMENT_CHECKPOINT, SEGMENT_CONTENT, SEGMENT_EVENTS, type Segment } from "../format/segment.ts";
import { SubtreeRun } from "../merkle/merkle-frontier.ts";
import { EventScan } from "./event-scan.ts";
import type { OwnEvent, Run, Stretch, StretchReport, Watch } from "./stretch.ts";

const LENGTH_BYTES = 8;
const NONE: Uint8Array = new Uint8Array(0);

/**
 * Examines a stretch.
 *
 * @returns what it holds; undefined when anything in it is wrong, odd, or cannot be told without what lies before it
 */
export function examineStretch(stretch: Stretch, watch: Watch): StretchReport | undefined {
  return new Examination(stretch, watch).report();
}

class Examination {
  readonly #stretch: Stretch;
  readonly #watch: Watch;
  readonly #events = new EventScan();
  readonly #records = new EventScan();
  readonly #runs: Run[] = [];
  #begin: StretchReport["begin"];
  #sawHead = false;
  #contentAt = 0;
  // The run that grows.
  #subtrees = new SubtreeRun(0);
  #own: OwnEvent[] = [];
  #count = 0;
  #next = 0;
  #head: Uint8Array = NONE;
  #time = 0;

  constructor(stretch: Stretch, watch: Watch) {
    this.#stretch = stretch;
    this.#watch = watch;
  }

  report(): StretchReport | undefined {
    const { eventsAt, events, contentAt, content } = this.#stretch;
    for (let at = 0; at < events.length; ) {
      const segment = readSegment(events, at, eventsAt);
      if (typeof segment === "number" || "defect" in segment) return undefined;
      const end = segment.end - eventsAt;
      if (segment.type === SEGMENT_CHECKPOINT) {
        this.#endRun({ bytes: events.slice(at, end), offset: segment.offset, end: segment.end });
      } else if (segment.type !== SEGMENT_EVENTS || !this.#takeEvents(segment)) return undefined;
      at = end;
    }
    if (this.#contentAt !== content.length) return undefined;
    this.#endRun(undefined);
    return {
      eventsEnd: eventsAt + events.length,
      contentEnd: contentAt + content.length,
      begin: this.#begin,
      runs: this.#runs,
      sawHead: this.#sawHead,
    };
  }

  #takeEvents({ payload, id, offset }: Segment): boolean {
    const scan = this.#events;
    let held: Uint8Array | undefined;
    scan.begin(payload);
    for (let first = true; scan.at < payload.length; first = false) {
      const start = scan.at;
      if (!scan.event() || (first && scan.sequence !== id) || !this.#links(payload)) return false;
      const end = scan.at;
      let record: Uint8Array | undefined;
      if (scan.commitmentAt >= 0) {
        held ??= this.#heldBy(id);
        if (held === undefined || !this.#holds(held, payload)) return false;
        if (scan.isOwn || scan.isTree) record = held.slice(this.#recordAt, this.#records.at);
      }
      if (scan.isOwn || record !== undefined) {
        const kind = asciiOf(payload, scan.kindAt, scan.kindEnd);
        if (kind === GENESIS || kind === KEYS_ROTATED) return false;
        this.#own.push({ event: payload.slice(start, end), record, offset });
      }
      this.#head = eventHash(payload, start, end);
      this.#time = scan.time;
      this.#subtrees.append(this.#head);
      this.#count += 1;
      this.#next += 1;
      if (this.#watch.head !== undefined && equalBytes(this.#head, this.#watch.head)) this.#sawHead = true;
      if (this.#next === this.#watch.size) this.#endRun(undefined);
    }
    return held === undefined || this.#records.at === held.length;
  }

  /** Whether the scanned event follows the one before. */
  #links(payload: Uint8Array): boolean {
    const { sequence, time, chainAt, previousAt } = this.#events;
    if (this.#begin === undefined) {
      if (sequence === 0) return false;
      const chain = payload.slice(chainAt, chainAt + 16);
      this.#begin = { chain, sequence, time, previous: payload.slice(previousAt, previousAt + 32) };
      this.#next = sequence;
      this.#subtrees = new SubtreeRun(sequence);
      return true;
    }
    if (sequence !== this.#next || time < this.#time) return false;
    return isAt(payload, chainAt, this.#begin.chain) && isAt(payload, previousAt, this.#head);
  }

  /** Takes the segment that holds the content of a segment of events. */
  #heldBy(id: number): Uint8Array | undefined {
    const { content, contentAt } = this.#stretch;
    if (this.#contentAt >= content.length) return undefined;
    const segment = readSegment(content, this.#contentAt, contentAt);
    if (typeof segment === "number" || "defect" in segment) return undefined;
    const { type, flags, payload } = segment;
    if (type !== SEGMENT_CONTENT || flags !== 0 || segment.id < id) return undefined;
    this.#contentAt = segment.end - contentAt;
    this.#records.begin(payload);
    this.#firstRecord = segment.id;
    return payload;
  }

  #firstRecord: number | undefined;
  #recordAt = 0;

  /** Whether the next record is what the scanned event committed to. */
  #holds(held: Uint8Array, payload: Uint8Array): boolean {
    const records = this.#records;
    this.#recordAt = records.at;
    if (!records.content() || records.sequence !== this.#events.sequence) return false;
    if (this.#firstRecord !== undefined && this.#firstRecord !== records.sequence) return false;
    this.#firstRecord = undefined;
    return isAt(payload, this.#events.commitmentAt, commitment(held, records));
  }

  #endRun(checkpoint: Run["checkpoint"]): void {
    if (this.#count === 0 && checkpoint === undefined) return;
    this.#runs.push({
      count: this.#count,
      head: this.#head,
      time: this.#time,
      subtrees: this.#subtrees.take(),
      own: this.#own,
      contentEnd: this.#stretch.contentAt + this.#contentAt,
      checkpoint,
    });
    this.#own = [];
    this.#count = 0;
  }
}

const eventInput = new Uint8Array(EVENT_TAG.length + LENGTH_BYTES + MAX_EVENT_BYTES);
eventInput.set(EVENT_TAG);
const SALT_AT = PAYLOAD_TAG.length + LENGTH_BYTES;
const CONTENT_LENGTH_AT = SALT_AT + SALT_BYTES;
const CONTENT_AT = CONTENT_LENGTH_AT + LENGTH_BYTES;
/** Longer contents are rare, and take another way. */
const SHORT_CONTENT = 8192;
const payloadInput = new Uint8Array(CONTENT_AT + SHORT_CONTENT);
payloadInput.set(PAYLOAD_TAG);
writeLength(payloadInput, PAYLOAD_TAG.length, SALT_BYTES);

/** The event hash, as `eventHash` of the format makes it. */
function eventHash(bytes: Uint8Array, start: number, end: number): Uint8Array {
  writeShort(eventInput, EVENT_TAG.length, end - start);
  const at = EVENT_TAG.length + LENGTH_BYTES;
  eventInput.set(bytes.subarray(start, end), at);
  return shake256(eventInput.subarray(0, at + end - start));
}

/** The commitment to a scanned record, as `payloadCommitment` of the format makes it. */
function commitment(bytes: Uint8Array, { saltAt, contentAt, contentEnd }: EventScan): Uint8Array {
  const length = contentEnd - contentAt;
  const input = length <= SHORT_CONTENT ? payloadInput : longInput();
  input.set(bytes.subarray(saltAt, saltAt + SALT_BYTES), SALT_AT);
  writeShort(input, CONTENT_LENGTH_AT, length);
  input.set(bytes.subarray(contentAt, contentEnd), CONTENT_AT);
  return shake256(input.subarray(0, CONTENT_AT + length));
}

let long: Uint8Array | undefined;

function longInput(): Uint8Array {
  if (long === undefined) {
    long = new Uint8Array(CONTENT_AT + MAX_CONTENT_BYTES);
    long.set(payloadInput.subarray(0, CONTENT_AT));
  }
  return long;
}

/** Writes a length below 2^24 where only such were written before. */
function writeShort(target: Uint8Array, at: number, length: number): void {
  target[at] = length;
  target[at + 1] = length >>> 8;
  target[at + 2] = length >>> 16;
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
