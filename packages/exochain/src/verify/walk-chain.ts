// Walks a chain from genesis, or from a state that is known to be good, and checks all that the format document says in
// §12. The verifier and the opening writer both walk with this; there is no second reading of the format.
import { CborReader, decodeCanonical, equalBytes } from "@weftos/crypto";
import { isWeftError } from "@weftos/interface";
import type { Acked } from "../format/acked-slot.ts";
import {
  DIGEST,
  GENESIS,
  KEYS_ROTATED,
  LEAVES_DROPPED,
  parseGenesis,
  parseNumber,
  parseRotation,
  REDACTED,
} from "../format/chain-event.ts";
import { type ContentRecord, isRedacted, readContent } from "../format/content-record.ts";
import { type DigestBatch, parseBatch } from "../format/digest-record.ts";
import { eventHash, payloadCommitment } from "../format/domain-hash.ts";
import { type EventFields, EventFormError, readEvent } from "../format/event-record.ts";
import { CHAIN_FOLDER, CONTENT_FOLDER, contentPath, eventPath, parsePairName } from "../format/file-names.ts";
import type { ChainKeys } from "../format/key-set.ts";
import {
  FLAG_TOMBSTONE,
  SEGMENT_CHECKPOINT,
  SEGMENT_CONTENT,
  SEGMENT_EVENTS,
  type Segment,
} from "../format/segment.ts";
import type { ChainSource } from "./chain-source.ts";
import { type ChainState, emptyState } from "./chain-state.ts";
import { type CheckpointVerifier, checkCheckpoint } from "./check-checkpoint.ts";
import type { Fault, FaultCode } from "./fault.ts";
import { SegmentStream } from "./segment-stream.ts";

const MAX_FAULTS_KEPT = 100;
const MAX_REDACTIONS_OPEN = 100_000;

/** Where an event lies. */
export interface EventPlace {
  readonly first: number;
  readonly eventOffset: number;
  readonly contentOffset: number;
}

/** What a walk tells while it goes. All calls are synchronous but `batch`. */
export interface WalkHooks {
  /** A segment of events begins that was found whole. */
  segment?(sequence: number, place: EventPlace): void;
  event?(event: EventFields, hash: Uint8Array): void;
  /** Size at which `tree` wants to be told the root. */
  readonly watchTree?: number | undefined;
  tree?(root: Uint8Array): void;
  /** A checkpoint that is right; `signed` events are covered by both signatures. */
  checkpoint?(state: ChainState): void;
  /** A batch of digest records was committed. */
  batch?(
    batch: DigestBatch,
    place: { readonly file: string; readonly offset: number; readonly sequence: number },
  ): Promise<void>;
}

/** How to walk. */
export interface WalkOptions {
  readonly from?: ChainState | undefined;
  readonly acked?: Acked | undefined;
  /** Fewest events that are not torn when `acked` is unknown. */
  readonly least?: number | undefined;
  readonly verifier: CheckpointVerifier;
  /** Ends at the first fault, as an opening writer must. */
  readonly stopAtFault?: boolean | undefined;
  readonly hooks?: WalkHooks | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Incomplete bytes behind the last whole event. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
  /** Pairs of which nothing is kept. */
  readonly dropped: readonly number[];
}

/** What a walk found. */
export interface WalkResult {
  readonly state: ChainState;
  readonly events: number;
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  readonly torn: TornTail | undefined;
  /** Gives the keys that sign a checkpoint of this size. */
  keysAt(size: number): ChainKeys | undefined;
}

class StopWalk extends Error {}

/** Walks a chain. @returns what it found; it throws only what the source throws, and the signal's reason */
export async function walkChain(source: ChainSource, options: WalkOptions): Promise<WalkResult> {
  const walk = new Walk(source, options);
  try {
    await walk.run();
  } catch (error) {
    if (!(error instanceof StopWalk)) throw error;
  }
  return walk.result();
}

class Walk {
  readonly #source: ChainSource;
  readonly #options: WalkOptions;
  readonly #hooks: WalkHooks;
  readonly #state: ChainState;
  readonly #faults: Fault[] = [];
  #faultCount = 0;
  #events = 0;
  #torn: TornTail | undefined;
  /** Behind a fault the next event is taken as it is; the tree is not known any more. */
  #adrift = false;
  #treeKnown = true;
  #afterEvents = false;
  /** Keys in force for checkpoints of a size from `from` on. */
  readonly #epochs: { readonly from: number; readonly keys: ChainKeys }[] = [];
  readonly #redactions = new Map<number, { readonly file: string; readonly offset: number }>();
  #waitingBatch: { readonly batch: DigestBatch; readonly offset: number; readonly sequence: number }[] = [];

  constructor(source: ChainSource, options: WalkOptions) {
    this.#source = source;
    this.#options = options;
    this.#hooks = options.hooks ?? {};
    this.#state = options.from === undefined ? emptyState() : { ...options.from, tree: options.from.tree.clone() };
  }

  result(): WalkResult {
    const epochs = this.#epochs;
    return {
      keysAt: (size) => epochs.findLast((epoch) => epoch.from <= size)?.keys,
      state: this.#state,
      events: this.#events,
      faults: this.#faults,
      faultCount: this.#faultCount,
      torn: this.#torn,
    };
  }

  async run(): Promise<void> {
    const pairs = await this.#pairNames();
    for (let i = 0; i < pairs.length; i++) {
      const first = pairs[i] as number;
      if (first < this.#state.first) continue;
      const resumed = first === this.#state.first && this.#state.eventBytes > 0;
      if (!resumed) this.#enterPair(first);
      await this.#pair(
        first,
        i === pairs.length - 1,
        resumed ? this.#state.eventBytes : 0,
        resumed ? this.#state.contentBytes : 0,
      );
    }
    await this.#orphans(pairs);
    for (const [sequence, place] of this.#redactions) {
      this.#fault(
        "CHAIN_CONTENT",
        place.file,
        place.offset,
        "content is gone, and no later event redacts it",
        sequence,
      );
    }
  }

  async #pairNames(): Promise<number[]> {
    const pairs: number[] = [];
    for (const { name, kind } of await this.#source.list(CHAIN_FOLDER)) {
      const first = parsePairName(name);
      if (first !== undefined && kind === "file") pairs.push(first);
      else if (!isKnownName(name, kind))
        this.#fault("CHAIN_UNKNOWN", `${CHAIN_FOLDER}/${name}`, 0, "does not belong into the folder of a chain");
    }
    return pairs.sort((a, b) => a - b);
  }

  #enterPair(first: number): void {
    if (first !== this.#state.size && !this.#adrift) {
      this.#fault("CHAIN_LINK", eventPath(first), 0, `the file begins at event ${first}, expected ${this.#state.size}`);
      this.#adrift = true;
      this.#treeKnown = false;
    }
    this.#state.first = first;
    this.#state.eventBytes = 0;
    this.#state.contentBytes = 0;
  }

  /** Content files without an event file: torn when a rotation was interrupted, unknown otherwise. */
  async #orphans(pairs: readonly number[]): Promise<void> {
    for (const { name, kind } of await this.#source.list(CONTENT_FOLDER)) {
      const first = parsePairName(name);
      if (first === undefined || kind !== "file") {
        if (!name.endsWith(".tmp"))
          this.#fault("CHAIN_UNKNOWN", `${CONTENT_FOLDER}/${name}`, 0, "does not belong into the folder of content");
      } else if (!pairs.includes(first)) {
        const acked = this.#options.acked;
        if (first === this.#state.size && (acked === undefined || acked.first < first)) {
          const file = await this.#source.open(contentPath(first));
          const bytes = file?.size ?? 0;
          await file?.close();
          this.#tear(contentPath(first), 0, bytes, "content without a file of events", [first]);
        } else this.#fault("CHAIN_UNKNOWN", contentPath(first), 0, "content without a file of events");
      }
    }
  }

  async #pair(first: number, last: boolean, eventStart: number, contentStart: number): Promise<void> {
    const eventFile = await this.#source.open(eventPath(first));
    const contentFile = await this.#source.open(contentPath(first));
    try {
      const events = new SegmentStream(eventFile, eventStart, eventFile?.size ?? 0);
      const content = new SegmentStream(contentFile, contentStart, contentFile?.size ?? 0);
      await this.#segments(first, last, events, content);
    } finally {
      await eventFile?.close();
      await contentFile?.close();
    }
  }

  async #segments(first: number, last: boolean, events: SegmentStream, content: SegmentStream): Promise<void> {
    const file = eventPath(first);
    for (;;) {
      const next = events.peek();
      if (next === "more") {
        this.#options.signal?.throwIfAborted();
        await events.fill();
        continue;
      }
      if (next === "end") break;
      if ("defect" in next) {
        if (this.#isTornEvents(first, last, next.offset))
          return void this.#tearPair(first, events, content, file, next.offset, next.reason);
        this.#fault("CHAIN_SEGMENT", file, next.offset, next.reason);
        this.#adrift = true;
        this.#treeKnown = false;
        await events.resync();
        continue;
      }
      if (next.type === SEGMENT_CHECKPOINT) {
        this.#checkpoint(next, file);
        events.take(next);
        this.#state.eventBytes = events.offset;
      } else if (next.type === SEGMENT_EVENTS) {
        const parsed = this.#parseEvents(next, file);
        const needs = parsed?.some(({ event }) => event.commitment !== null) ?? false;
        const held = needs ? await this.#contentFor(first, last, next, content) : undefined;
        if (held === "torn")
          return void this.#tearPair(
            first,
            events,
            content,
            contentPath(first),
            content.offset,
            "the content of the last events is incomplete",
          );
        const contentOffset = content.offset;
        if (held !== undefined) content.take(held);
        events.take(next);
        if (parsed !== undefined) {
          this.#hooks.segment?.(next.id, { first, eventOffset: next.offset, contentOffset });
          this.#takeEvents(parsed, next, held, first);
        }
        this.#state.eventBytes = events.offset;
        this.#state.contentBytes = content.offset;
        await this.#flushBatches(file);
      } else {
        this.#fault("CHAIN_SEGMENT", file, next.offset, "a segment of content lies among events");
        events.take(next);
      }
    }
    if (content.offset < content.limit) {
      const reason = "content without events";
      if (this.#isTornContent(first, last, content.offset))
        return void this.#tearPair(first, events, content, contentPath(first), content.offset, reason);
      if (!this.#adrift) this.#fault("CHAIN_CONTENT", contentPath(first), content.offset, reason);
    }
  }

  // ---- torn tails -------------------------------------------------------------------------------------------------

  #isTornEvents(first: number, last: boolean, offset: number): boolean {
    return last && !this.#adrift && this.#beyond(first, offset, (acked) => acked.eventBytes);
  }

  #isTornContent(first: number, last: boolean, offset: number): boolean {
    return last && !this.#adrift && this.#beyond(first, offset, (acked) => acked.contentBytes);
  }

  #beyond(first: number, offset: number, bytes: (acked: Acked) => number): boolean {
    const acked = this.#options.acked;
    if (acked === undefined) return this.#state.size >= (this.#options.least ?? 0);
    return first > acked.first || (first === acked.first && offset >= bytes(acked));
  }

  #tearPair(
    first: number,
    events: SegmentStream,
    content: SegmentStream,
    file: string,
    offset: number,
    reason: string,
  ): void {
    const bytes = events.limit - this.#state.eventBytes + Math.max(0, content.limit - this.#state.contentBytes);
    this.#tear(file, offset, bytes, reason, this.#state.eventBytes === 0 ? [first] : []);
  }

  #tear(file: string, offset: number, bytes: number, reason: string, dropped: readonly number[]): void {
    const before = this.#torn;
    this.#torn =
      before === undefined
        ? { file, offset, bytes, reason, dropped }
        : { ...before, bytes: before.bytes + bytes, dropped: [...before.dropped, ...dropped] };
  }

  // ---- events -----------------------------------------------------------------------------------------------------

  #parseEvents(segment: Segment, file: string): ParsedEvent[] | undefined {
    const parsed: ParsedEvent[] = [];
    const reader = new CborReader(segment.payload);
    try {
      while (reader.offset < segment.payload.length) {
        const start = reader.offset;
        const event = readEvent(reader);
        parsed.push({ event, bytes: segment.payload.subarray(start, reader.offset) });
      }
    } catch (error) {
      this.#fault("CHAIN_EVENT", file, segment.offset, reasonOf(error));
      this.#adrift = true;
      this.#treeKnown = false;
      return undefined;
    }
    if (parsed[0]?.event.sequence !== segment.id)
      this.#fault("CHAIN_SEGMENT", file, segment.offset, "the segment id is not the sequence of its first event");
    return parsed;
  }

  async #contentFor(
    first: number,
    last: boolean,
    segment: Segment,
    content: SegmentStream,
  ): Promise<Segment | "torn" | undefined> {
    for (;;) {
      const next = content.peek();
      if (next === "more") {
        await content.fill();
        continue;
      }
      if (next !== "end" && !("defect" in next)) {
        // Behind a fault the two files may be out of step: content of events that were not read is passed over.
        if (this.#adrift && next.type === SEGMENT_CONTENT && next.id < segment.id) {
          content.take(next);
          continue;
        }
        return next.type === SEGMENT_CONTENT && next.id >= segment.id ? next : undefined;
      }
      const offset = next === "end" ? content.offset : next.offset;
      if (this.#isTornEvents(first, last, segment.offset) && this.#isTornContent(first, last, offset)) return "torn";
      if (next === "end") return undefined;
      this.#fault("CHAIN_SEGMENT", contentPath(first), next.offset, next.reason);
      this.#adrift = true;
      await content.resync();
    }
  }

  #takeEvents(parsed: readonly ParsedEvent[], segment: Segment, held: Segment | undefined, first: number): void {
    const records = this.#records(held, first);
    const file = eventPath(first);
    const faultsBefore = this.#faultCount;
    let next = 0;
    for (const { event, bytes } of parsed) {
      const state = this.#state;
      if (this.#adrift) this.#adopt(event);
      else this.#link(event, file, segment.offset);
      const hash = eventHash(bytes);
      if (state.nextKeys !== undefined) {
        this.#fault(
          "CHAIN_SIGNATURE",
          file,
          segment.offset,
          "a rotation of keys is not signed by a checkpoint behind it",
        );
        state.nextKeys = undefined;
      }
      let record: ContentRecord | undefined;
      if (event.commitment !== null && records !== undefined) {
        record = records[next];
        if (record?.sequence === event.sequence) next += 1;
        else record = undefined;
        this.#checkContent(event, record, held, first);
      } else if (event.commitment !== null) {
        this.#fault(
          "CHAIN_CONTENT",
          contentPath(first),
          held?.offset ?? state.contentBytes,
          "the content of this event is missing",
          event.sequence,
        );
      }
      if (event.sequence === 0 || event.kind.startsWith("chain.")) this.#ownEvent(event, record, file, segment.offset);
      state.size = event.sequence + 1;
      state.head = hash;
      state.time = event.time;
      if (this.#treeKnown) {
        state.tree.append(hash);
        if (state.size === this.#hooks.watchTree) this.#hooks.tree?.(state.tree.root());
      }
      this.#events += 1;
      this.#hooks.event?.(event, hash);
    }
    if (records !== undefined && held !== undefined)
      this.#checkContentSegment(records, next, held, first, this.#faultCount > faultsBefore);
    this.#afterEvents = true;
  }

  #adopt(event: EventFields): void {
    this.#adrift = false;
    this.#state.size = event.sequence;
    if (this.#state.chain === undefined) this.#state.chain = event.chain.slice();
  }

  #link(event: EventFields, file: string, offset: number): void {
    const state = this.#state;
    if (state.chain === undefined) state.chain = event.chain.slice();
    if (!equalBytes(event.chain, state.chain))
      this.#fault("CHAIN_LINK", file, offset, "the event belongs to another chain");
    if (event.sequence !== state.size) {
      this.#fault("CHAIN_LINK", file, offset, `expected event ${state.size}, got event ${event.sequence}`);
      this.#treeKnown = false;
      return;
    }
    if (!equalBytes(event.previous, state.head)) {
      this.#fault("CHAIN_LINK", file, offset, "the previous hash is not the hash of the event before");
      this.#treeKnown = false;
    }
    if (event.time < state.time)
      this.#fault("CHAIN_TIME", file, offset, `time goes back from ${state.time} to ${event.time}`);
  }

  #records(held: Segment | undefined, first: number): ContentRecord[] | undefined {
    if (held === undefined) return undefined;
    const records: ContentRecord[] = [];
    const reader = new CborReader(held.payload);
    try {
      while (reader.offset < held.payload.length) records.push(readContent(reader));
    } catch (error) {
      this.#fault("CHAIN_CONTENT", contentPath(first), held.offset, reasonOf(error));
      return undefined;
    }
    if (records[0]?.sequence !== held.id)
      this.#fault(
        "CHAIN_SEGMENT",
        contentPath(first),
        held.offset,
        "the segment id is not the sequence of its first record",
      );
    return records;
  }

  #checkContent(event: EventFields, record: ContentRecord | undefined, held: Segment | undefined, first: number): void {
    const file = contentPath(first);
    const offset = held?.offset ?? 0;
    if (record === undefined)
      return void this.#fault("CHAIN_CONTENT", file, offset, "the content of this event is missing", event.sequence);
    if (equalBytes(payloadCommitment(record.salt, record.content), event.commitment as Uint8Array)) return;
    if (!isRedacted(record))
      return void this.#fault(
        "CHAIN_CONTENT",
        file,
        offset,
        "the content is not what the event committed to",
        event.sequence,
      );
    if (event.kind.startsWith("chain."))
      return void this.#fault(
        "CHAIN_CONTENT",
        file,
        offset,
        `an event ${event.kind} cannot be redacted`,
        event.sequence,
      );
    if (this.#redactions.size >= MAX_REDACTIONS_OPEN)
      return void this.#fault(
        "CHAIN_CONTENT",
        file,
        offset,
        "too many contents are gone without an event that redacts them",
        event.sequence,
      );
    this.#redactions.set(event.sequence, { file, offset });
  }

  #checkContentSegment(
    records: readonly ContentRecord[],
    used: number,
    held: Segment,
    first: number,
    faulty: boolean,
  ): void {
    if (used < records.length && !faulty)
      this.#fault(
        "CHAIN_CONTENT",
        contentPath(first),
        held.offset,
        "content without an event",
        records[used]?.sequence,
      );
    const redacted = records.some(isRedacted);
    if (redacted !== ((held.flags & FLAG_TOMBSTONE) !== 0)) {
      this.#fault(
        "CHAIN_SEGMENT",
        contentPath(first),
        held.offset,
        "TOMBSTONE is set exactly when a record is redacted",
      );
    }
  }

  // ---- events of the format itself ----------------------------------------------------------------------------------

  #ownEvent(event: EventFields, record: ContentRecord | undefined, file: string, offset: number): void {
    if ((event.kind === GENESIS) !== (event.sequence === 0)) {
      return void this.#fault(
        "CHAIN_GENESIS",
        file,
        offset,
        event.sequence === 0
          ? `the first event is ${GENESIS}, got ${event.kind}`
          : `${GENESIS} is only the first event`,
        event.sequence,
      );
    }
    const payload = record === undefined ? undefined : decodePayload(record.content);
    if (event.kind === GENESIS) {
      const keys = parseGenesis(payload, event.chain);
      if (typeof keys === "string") this.#fault("CHAIN_GENESIS", file, offset, keys, event.sequence);
      else {
        this.#state.keys = keys;
        this.#epochs.push({ from: 1, keys });
      }
    } else if (event.kind === KEYS_ROTATED) {
      this.#state.nextKeys = parseRotation(payload);
      if (this.#state.nextKeys === undefined)
        this.#fault("CHAIN_EVENT", file, offset, "a rotation holds keys and reason", event.sequence);
    } else if (event.kind === REDACTED) {
      const sequence = parseNumber(payload, "sequence");
      if (sequence === undefined || sequence >= event.sequence)
        this.#fault("CHAIN_EVENT", file, offset, "a redaction names an earlier event", event.sequence);
      else this.#redactions.delete(sequence);
    } else if (event.kind === LEAVES_DROPPED) {
      const until = parseNumber(payload, "until");
      if (until === undefined || until > this.#state.digests)
        this.#fault(
          "CHAIN_DIGEST",
          file,
          offset,
          "dropped leaves are a number of records that were committed",
          event.sequence,
        );
      else this.#state.leavesUntil = Math.max(this.#state.leavesUntil, until);
    } else if (event.kind === DIGEST) {
      const batch = parseBatch(payload);
      if (batch === undefined)
        return void this.#fault(
          "CHAIN_DIGEST",
          file,
          offset,
          "the payload is not that of a digest batch",
          event.sequence,
        );
      if (batch.first !== this.#state.digests && this.#treeKnown) {
        this.#fault(
          "CHAIN_DIGEST",
          file,
          offset,
          `the batch begins at record ${batch.first}, expected ${this.#state.digests}`,
          event.sequence,
        );
      }
      this.#state.digests = batch.first + batch.count;
      if (this.#hooks.batch !== undefined) this.#waitingBatch.push({ batch, offset, sequence: event.sequence });
    }
  }

  async #flushBatches(file: string): Promise<void> {
    if (this.#waitingBatch.length === 0) return;
    const waiting = this.#waitingBatch;
    this.#waitingBatch = [];
    for (const { batch, offset, sequence } of waiting) await this.#hooks.batch?.(batch, { file, offset, sequence });
  }

  // ---- checkpoints --------------------------------------------------------------------------------------------------

  #checkpoint(segment: Segment, file: string): void {
    const state = this.#state;
    if (state.chain === undefined || state.keys === undefined) {
      return void this.#fault(
        "CHAIN_CHECKPOINT",
        file,
        segment.offset,
        "a checkpoint comes before the keys that sign it are known",
      );
    }
    if (this.#adrift) return;
    if (!this.#afterEvents || state.size <= state.checkpointSize) {
      return void this.#fault(
        "CHAIN_CHECKPOINT",
        file,
        segment.offset,
        "a checkpoint follows directly on events that none covers",
      );
    }
    const place = {
      chain: state.chain,
      size: state.size,
      head: state.head,
      time: Math.max(state.time, state.checkpointTime),
      root: this.#treeKnown ? state.tree.root() : undefined,
      keys: state.keys,
    };
    const checked = checkCheckpoint(segment.payload, place, this.#options.verifier);
    this.#afterEvents = false;
    if ("code" in checked) return void this.#fault(checked.code, file, segment.offset, checked.reason);
    if (segment.id !== checked.size)
      return void this.#fault("CHAIN_SEGMENT", file, segment.offset, "the segment id is not the tree size");
    state.checkpointSize = checked.size;
    state.checkpointTime = checked.time;
    state.checkpointNote = segment.payload.slice();
    if (state.nextKeys !== undefined) {
      state.keys = state.nextKeys;
      this.#epochs.push({ from: state.size + 1, keys: state.keys });
      state.nextKeys = undefined;
    }
    state.eventBytes = segment.end;
    this.#hooks.checkpoint?.(state);
  }

  #fault(code: FaultCode, file: string, offset: number, reason: string, sequence: number = this.#state.size): void {
    this.#faultCount += 1;
    if (this.#faults.length < MAX_FAULTS_KEPT) this.#faults.push({ code, file, offset, sequence, reason });
    if (this.#options.stopAtFault === true) throw new StopWalk();
  }
}

interface ParsedEvent {
  readonly event: EventFields;
  readonly bytes: Uint8Array;
}

function isKnownName(name: string, kind: string): boolean {
  return (
    (name === "checkpoint" && kind === "file") || (name === "content" && kind === "folder") || name.endsWith(".tmp")
  );
}

function decodePayload(content: Uint8Array): unknown {
  try {
    return decodeCanonical(content);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof EventFormError || isWeftError(error)) return error.message;
  throw error;
}
