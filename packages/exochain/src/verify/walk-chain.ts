// Walks a chain from genesis, or from a state that is known to be good, and checks all that the format document says in
// §12. The verifier and the opening writer both walk with this; there is no second reading of the format.
import { CHAIN_FOLDER, CONTENT_FOLDER, contentPath, eventPath, parsePairName } from "../format/file-names.ts";
import { SEGMENT_CHECKPOINT, SEGMENT_CONTENT, SEGMENT_EVENTS, type Segment } from "../format/segment.ts";
import type { ChainSource } from "./chain-source.ts";
import { type ChainState, emptyState } from "./chain-state.ts";
import { type FaultCode, FaultLog, StopWalk } from "./fault.ts";
import { LookAhead, type PairAhead } from "./look-ahead.ts";
import { SegmentCheck } from "./segment-check.ts";
import { SegmentStream } from "./segment-stream.ts";
import { TornEnd } from "./torn-end.ts";
import type { WalkHooks, WalkOptions, WalkResult } from "./walk-options.ts";

/** Walks a chain. @returns what it found; it throws only what the source throws, and the signal's reason */
export async function walkChain(source: ChainSource, options: WalkOptions): Promise<WalkResult> {
  const walk = new Walk(source, options);
  try {
    await walk.run();
  } catch (error) {
    if (!(error instanceof StopWalk)) throw error;
  } finally {
    await walk.close();
  }
  return walk.result();
}

class Walk {
  readonly #source: ChainSource;
  readonly #options: WalkOptions;
  readonly #hooks: WalkHooks;
  readonly #state: ChainState;
  readonly #faults: FaultLog;
  readonly #check: SegmentCheck;
  readonly #ahead: LookAhead | undefined;
  readonly #end: TornEnd;
  /** Where content without events was passed over, until it is told behind what is wrong with the events. */
  #stray: number | undefined;

  constructor(source: ChainSource, options: WalkOptions) {
    this.#source = source;
    this.#options = options;
    this.#hooks = options.hooks ?? {};
    this.#state = options.from === undefined ? emptyState() : { ...options.from, tree: options.from.tree.clone() };
    this.#faults = new FaultLog(options.stopAtFault === true);
    this.#check = new SegmentCheck(this.#state, this.#faults, this.#hooks, options.verifier);
    this.#end = new TornEnd(this.#state, this.#check, options);
    this.#ahead =
      options.examiners &&
      new LookAhead(options.examiners, { head: this.#hooks.watchHead, size: this.#hooks.watchTree });
  }

  async close(): Promise<void> {
    await this.#ahead?.close();
  }

  result(): WalkResult {
    const { own, events } = this.#check;
    return {
      keysAt: (size) => own.keysAt(size),
      epochs: own.epochs,
      unfinished: own.unfinished,
      state: this.#state,
      events,
      faults: this.#faults.kept,
      faultCount: this.#faults.count,
      torn: this.#end.torn,
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
    this.#check.own.finish();
  }

  async #pairNames(): Promise<number[]> {
    const pairs: number[] = [];
    for (const { name, kind } of await this.#source.list(CHAIN_FOLDER)) {
      const first = parsePairName(name);
      if (first !== undefined && kind === "file") {
        if (first <= (this.#options.upTo?.first ?? first)) pairs.push(first);
      } else if (!isKnownName(name, kind))
        this.#fault("CHAIN_UNKNOWN", `${CHAIN_FOLDER}/${name}`, 0, "does not belong into the folder of a chain");
    }
    return pairs.sort((a, b) => a - b);
  }

  #enterPair(first: number): void {
    if (first !== this.#state.size && !this.#check.adrift) {
      this.#fault("CHAIN_LINK", eventPath(first), 0, `the file begins at event ${first}, expected ${this.#state.size}`);
      this.#check.lose();
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
      } else if (!pairs.includes(first) && first <= (this.#options.upTo?.first ?? first)) {
        const acked = this.#options.acked;
        if (first === this.#state.size && (acked === undefined || acked.first < first)) {
          const file = await this.#source.open(contentPath(first));
          const bytes = file?.size ?? 0;
          await file?.close();
          this.#end.tear(contentPath(first), 0, bytes, "content without a file of events", [first]);
        } else this.#fault("CHAIN_UNKNOWN", contentPath(first), 0, "content without a file of events");
      }
    }
  }

  async #pair(first: number, last: boolean, eventStart: number, contentStart: number): Promise<void> {
    const eventFile = await this.#source.open(eventPath(first));
    const contentFile = await this.#source.open(contentPath(first));
    let ahead: PairAhead | undefined;
    try {
      const { upTo } = this.#options;
      const limit = upTo?.first === first ? upTo : undefined;
      const eventEnd = Math.min(eventFile?.size ?? 0, limit?.eventBytes ?? Number.POSITIVE_INFINITY);
      const contentEnd = Math.min(contentFile?.size ?? 0, limit?.contentBytes ?? Number.POSITIVE_INFINITY);
      const events = new SegmentStream(eventFile, eventStart, eventEnd);
      const content = new SegmentStream(contentFile, contentStart, contentEnd);
      ahead = this.#ahead?.pair(
        { file: eventFile, start: eventStart, limit: eventEnd },
        { file: contentFile, start: contentStart, limit: contentEnd },
      );
      await this.#segments(first, last, events, content, ahead);
    } finally {
      await ahead?.close();
      await eventFile?.close();
      await contentFile?.close();
    }
  }

  async #segments(
    first: number,
    last: boolean,
    events: SegmentStream,
    content: SegmentStream,
    ahead: PairAhead | undefined,
  ): Promise<void> {
    const file = eventPath(first);
    for (;;) {
      if (ahead !== undefined && (await this.#stretch(file, events, content, ahead))) continue;
      const next = events.peek();
      if (next === "more") {
        this.#options.signal?.throwIfAborted();
        await events.fill();
        continue;
      }
      if (next === "end") break;
      if ("defect" in next) {
        if (this.#end.isTornEvents(first, last, next.offset))
          return void this.#end.tearPair(first, events, content, file, next.offset, next.reason);
        this.#fault("CHAIN_SEGMENT", file, next.offset, next.reason);
        this.#check.lose();
        await events.resync();
        continue;
      }
      if (next.type === SEGMENT_CHECKPOINT) {
        this.#check.checkpoint(next, file);
        events.take(next);
        this.#state.eventBytes = events.offset;
      } else if (next.type === SEGMENT_EVENTS) {
        const parsed = this.#check.parseEvents(next, file);
        const needs = parsed?.some(({ event }) => event.commitment !== null) ?? false;
        const end = next.id + (parsed?.length ?? 0);
        const held = needs ? await this.#contentFor(first, last, next, end, content) : undefined;
        if (held === "torn")
          return void this.#end.tearPair(
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
          this.#check.takeEvents(parsed, next, held, first);
        }
        this.#tellStray(first);
        this.#state.eventBytes = events.offset;
        this.#state.contentBytes = content.offset;
        await this.#batches(file);
      } else {
        this.#fault("CHAIN_SEGMENT", file, next.offset, "a segment of content lies among events");
        events.take(next);
      }
    }
    if (content.offset < content.limit) {
      const reason = "content without events";
      if (this.#end.isTornContent(first, last, content.offset))
        return void this.#end.tearPair(first, events, content, contentPath(first), content.offset, reason);
      if (!this.#check.adrift) this.#fault("CHAIN_CONTENT", contentPath(first), content.offset, reason);
    }
  }

  /** Takes a whole stretch that begins here, if there is nothing wrong in it. */
  async #stretch(file: string, events: SegmentStream, content: SegmentStream, ahead: PairAhead): Promise<boolean> {
    this.#options.signal?.throwIfAborted();
    if (!this.#check.inStep || events.offset >= events.limit) return false;
    const report = await ahead.next(events.offset, content.offset);
    if (report === undefined || !this.#check.fits(report)) return false;
    if (report.sawHead) this.#hooks.sawHead?.();
    for (const run of report.runs) {
      this.#check.takeRun(run, file);
      await this.#batches(file);
    }
    events.skipTo(report.eventsEnd);
    content.skipTo(report.contentEnd);
    this.#state.eventBytes = events.offset;
    this.#state.contentBytes = content.offset;
    return true;
  }

  async #batches(file: string): Promise<void> {
    for (const { batch, ...place } of this.#check.own.takeBatches())
      await this.#hooks.batch?.(batch, { file, ...place });
  }

  /**
   * Gives the segment of content of a segment of events that ends before the sequence `end`. One of later events stays where it is,
   * so that what is damaged or missing is a fault of its own events alone.
   */
  async #contentFor(
    first: number,
    last: boolean,
    segment: Segment,
    end: number,
    content: SegmentStream,
  ): Promise<Segment | "torn" | undefined> {
    for (;;) {
      const next = content.peek();
      if (next === "more") {
        await content.fill();
        continue;
      }
      if (next !== "end" && !("defect" in next)) {
        if (next.type === SEGMENT_CONTENT && next.id >= segment.id) return next.id < end ? next : undefined;
        // Behind a fault the two files may be out of step: content of events that were not read is passed over.
        if (!this.#check.adrift) this.#stray ??= next.offset;
        content.take(next);
        continue;
      }
      const offset = next === "end" ? content.offset : next.offset;
      if (this.#end.isTornEvents(first, last, segment.offset) && this.#end.isTornContent(first, last, offset))
        return "torn";
      if (next === "end") return undefined;
      this.#fault("CHAIN_SEGMENT", contentPath(first), next.offset, next.reason);
      await content.resync();
    }
  }

  #tellStray(first: number): void {
    const offset = this.#stray;
    this.#stray = undefined;
    if (offset !== undefined) this.#fault("CHAIN_CONTENT", contentPath(first), offset, "content without an event");
  }

  #fault(code: FaultCode, file: string, offset: number, reason: string): void {
    this.#faults.add(code, file, offset, reason, this.#state.size);
  }
}

function isKnownName(name: string, kind: string): boolean {
  return (
    (name === "checkpoint" && kind === "file") || (name === "content" && kind === "folder") || name.endsWith(".tmp")
  );
}
