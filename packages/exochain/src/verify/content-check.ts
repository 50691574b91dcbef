// Checks the content of events against what they committed to, and the segments that hold it.
import { CborReader, equalBytes } from "@weftos/crypto";
import { type ContentRecord, isRedacted, readContent } from "../format/content-record.ts";
import { payloadCommitment } from "../format/domain-hash.ts";
import type { EventFields } from "../format/event-record.ts";
import { contentPath } from "../format/file-names.ts";
import { FLAG_TOMBSTONE, type Segment } from "../format/segment.ts";
import type { ChainState } from "./chain-state.ts";
import { type FaultCode, type FaultLog, formFault } from "./fault.ts";
import type { OwnEvents } from "./own-events.ts";

export class ContentCheck {
  readonly #state: ChainState;
  readonly #faults: FaultLog;
  readonly #own: OwnEvents;

  constructor(state: ChainState, faults: FaultLog, own: OwnEvents) {
    this.#state = state;
    this.#faults = faults;
    this.#own = own;
  }

  /** Reads the records of a segment; undefined when there is none, or one breaks the form. */
  records(held: Segment | undefined, first: number): ContentRecord[] | undefined {
    if (held === undefined) return undefined;
    const records: ContentRecord[] = [];
    const reader = new CborReader(held.payload);
    try {
      while (reader.offset < held.payload.length) records.push(readContent(reader));
    } catch (error) {
      this.#fault("CHAIN_CONTENT", contentPath(first), held.offset, formFault(error));
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

  /** Checks the record of an event that has content. */
  check(event: EventFields, record: ContentRecord | undefined, held: Segment | undefined, first: number): void {
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
    if (!this.#own.gone(event.sequence, file, offset))
      return void this.#fault(
        "CHAIN_CONTENT",
        file,
        offset,
        "too many contents are gone without an event that redacts them",
        event.sequence,
      );
  }

  /** Checks what is left of a segment behind its last event. @param faulty - something is wrong with its events already */
  finish(records: readonly ContentRecord[], used: number, held: Segment, first: number, faulty: boolean): void {
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

  #fault(code: FaultCode, file: string, offset: number, reason: string, sequence: number = this.#state.size): void {
    this.#faults.add(code, file, offset, reason, sequence);
  }
}
