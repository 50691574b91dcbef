// Checks segments one after the other against the state that the chain has reached: form, links, time, content,
// checkpoints. It reads no file; whoever walks brings the segments.
import { CborReader, equalBytes } from "@weftos/crypto";
import { type ContentRecord, readContent } from "../format/content-record.ts";
import { eventHash } from "../format/domain-hash.ts";
import { type EventFields, readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import { readSegment, type Segment } from "../format/segment.ts";
import { isTreeKind } from "../tree/tree-kinds.ts";
import type { ChainState } from "./chain-state.ts";
import { type CheckpointVerifier, checkCheckpoint } from "./check-checkpoint.ts";
import { ContentCheck } from "./content-check.ts";
import { type FaultCode, type FaultLog, formFault } from "./fault.ts";
import { OwnEvents } from "./own-events.ts";
import type { OwnEvent, Run, StretchReport } from "./stretch.ts";
import type { WalkHooks } from "./walk-options.ts";

/** An event with its stored bytes. */
export interface ParsedEvent {
  readonly event: EventFields;
  readonly bytes: Uint8Array;
}

export class SegmentCheck {
  readonly state: ChainState;
  readonly own: OwnEvents;
  /** Events that were read and are whole. */
  events = 0;
  /** Behind a fault the next event is taken as it is. */
  adrift = false;
  readonly #content: ContentCheck;
  readonly #faults: FaultLog;
  readonly #hooks: WalkHooks;
  readonly #verifier: CheckpointVerifier;
  /** Behind a fault the roots of checkpoints cannot be compared any more. */
  #treeKnown = true;
  #afterEvents = false;

  constructor(state: ChainState, faults: FaultLog, hooks: WalkHooks, verifier: CheckpointVerifier) {
    this.state = state;
    this.own = new OwnEvents(state, faults, hooks.batch !== undefined);
    this.#content = new ContentCheck(state, faults, this.own);
    this.#faults = faults;
    this.#hooks = hooks;
    this.#verifier = verifier;
  }

  /** Notes that events were lost: the next one is taken as it is. */
  lose(): void {
    this.adrift = true;
    this.#treeKnown = false;
  }

  /** Whether everything so far is known, so that stretches can be taken whole. */
  get inStep(): boolean {
    return !this.adrift && this.#treeKnown;
  }

  /** Whether a report on a stretch can stand for it: all before it is known, and it goes on from there. */
  fits({ begin }: StretchReport): boolean {
    const { state } = this;
    if (!this.inStep || state.nextKeys !== undefined || state.chain === undefined) return false;
    if (begin === undefined) return true;
    return (
      begin.sequence === state.size &&
      begin.time >= state.time &&
      equalBytes(begin.chain, state.chain) &&
      equalBytes(begin.previous, state.head)
    );
  }

  /** Takes a run of a stretch that fits, as if each of its segments had been taken. */
  takeRun(run: Run, file: string): void {
    const { state } = this;
    if (run.count > 0) {
      for (const subtree of run.subtrees) state.tree.join(subtree);
      for (const own of run.own) this.#takeOwn(own, file);
      state.size += run.count;
      state.head = run.head;
      state.time = run.time;
      this.events += run.count;
      this.#afterEvents = true;
      if (state.size === this.#hooks.watchTree) this.#hooks.tree?.(state.tree.root());
      this.#hooks.run?.(state);
    }
    state.contentBytes = run.contentEnd;
    if (run.checkpoint === undefined) return;
    const { bytes, offset, end } = run.checkpoint;
    this.checkpoint({ ...(readSegment(bytes, 0, 0) as Segment), offset, end }, file);
  }

  #takeOwn({ event, record, offset }: OwnEvent, file: string): void {
    const content = record === undefined ? undefined : readContent(new CborReader(record));
    this.#judge(readEvent(new CborReader(event)), content, file, offset);
  }

  /** Has an event judged by who knows its kind. */
  #judge(event: EventFields, record: ContentRecord | undefined, file: string, offset: number): void {
    if (event.sequence === 0 || event.kind.startsWith("chain.")) {
      this.own.take(event, record, file, offset, this.#treeKnown);
    } else if (this.#treeKnown && this.#hooks.change !== undefined && isTreeKind(event.kind)) {
      const reason = this.#hooks.change(event, record);
      if (reason !== undefined) this.#fault("CHAIN_TREE", file, offset, reason, event.sequence);
    }
  }

  /** Reads the events of a segment; undefined when one breaks the form. */
  parseEvents(segment: Segment, file: string): ParsedEvent[] | undefined {
    const parsed: ParsedEvent[] = [];
    const reader = new CborReader(segment.payload);
    try {
      while (reader.offset < segment.payload.length) {
        const start = reader.offset;
        const event = readEvent(reader);
        parsed.push({ event, bytes: segment.payload.subarray(start, reader.offset) });
      }
    } catch (error) {
      this.#fault("CHAIN_EVENT", file, segment.offset, formFault(error));
      this.lose();
      return undefined;
    }
    if (parsed[0]?.event.sequence !== segment.id)
      this.#fault("CHAIN_SEGMENT", file, segment.offset, "the segment id is not the sequence of its first event");
    return parsed;
  }

  /** Takes a segment of events with the segment of their content. */
  takeEvents(parsed: readonly ParsedEvent[], segment: Segment, held: Segment | undefined, first: number): void {
    const records = this.#content.records(held, first);
    const file = eventPath(first);
    const faultsBefore = this.#faults.count;
    let next = 0;
    for (const { event, bytes } of parsed) {
      const state = this.state;
      if (this.adrift) this.#adopt(event);
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
        this.#content.check(event, record, held, first);
      } else if (event.commitment !== null) {
        this.#fault(
          "CHAIN_CONTENT",
          contentPath(first),
          held?.offset ?? state.contentBytes,
          "the content of this event is missing",
          event.sequence,
        );
      }
      this.#judge(event, record, file, segment.offset);
      state.size = event.sequence + 1;
      state.head = hash;
      state.time = event.time;
      if (this.#treeKnown) {
        state.tree.append(hash);
        if (state.size === this.#hooks.watchTree) this.#hooks.tree?.(state.tree.root());
      }
      this.events += 1;
      this.#hooks.event?.(event, hash);
    }
    if (records !== undefined && held !== undefined)
      this.#content.finish(records, next, held, first, this.#faults.count > faultsBefore);
    this.#afterEvents = true;
  }

  #adopt(event: EventFields): void {
    this.adrift = false;
    this.state.size = event.sequence;
    if (this.state.chain === undefined) this.state.chain = event.chain.slice();
  }

  #link(event: EventFields, file: string, offset: number): void {
    const state = this.state;
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

  /** Takes a checkpoint record. */
  checkpoint(segment: Segment, file: string): void {
    const state = this.state;
    if (state.chain === undefined || state.keys === undefined) {
      return void this.#fault(
        "CHAIN_CHECKPOINT",
        file,
        segment.offset,
        "a checkpoint comes before the keys that sign it are known",
      );
    }
    if (this.adrift) return;
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
    const checked = checkCheckpoint(segment.payload, place, this.#verifier);
    this.#afterEvents = false;
    if ("code" in checked) return void this.#fault(checked.code, file, segment.offset, checked.reason);
    if (segment.id !== checked.size)
      return void this.#fault("CHAIN_SEGMENT", file, segment.offset, "the segment id is not the tree size");
    state.checkpointSize = checked.size;
    state.checkpointTime = checked.time;
    state.checkpointNote = segment.payload.slice();
    this.own.checkpointed();
    state.eventBytes = segment.end;
    this.#hooks.checkpoint?.(state);
  }

  #fault(code: FaultCode, file: string, offset: number, reason: string, sequence: number = this.state.size): void {
    this.#faults.add(code, file, offset, reason, sequence);
  }
}
