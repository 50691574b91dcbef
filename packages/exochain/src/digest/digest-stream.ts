// Digest records on their way into the chain: collected, numbered, committed to by an event, and written beside it. When
// the file of leaves is full, an event tells what is dropped before the file becomes the old one.
import type { AuditReceipt, Clock, DigestRecord, JsonObject } from "@weftos/interface";
import { DIGEST, LEAVES_DROPPED } from "../format/chain-event.ts";
import { batchPayload } from "../format/digest-record.ts";
import { DigestCollector } from "./digest-collector.ts";
import type { LeavesWriter } from "./leaves-writer.ts";

/** Where batches go. */
export interface DigestSink {
  /** Whether the chain can be written; when not, records are lost and counted. */
  readonly writable: boolean;
  appendOwn(kind: string, payload: JsonObject): AuditReceipt;
  addLeaves(records: Uint8Array): void;
  lose(records: number): void;
}

export class DigestStream {
  readonly #collector: DigestCollector;
  readonly #leaves: LeavesWriter;
  readonly #sink: DigestSink;
  /** Records that events commit to, those that wait with them. */
  #count: number;
  /** Events that must be on disk before the leaves change files. */
  #rotateAfter: number | undefined;

  constructor(clock: Pick<Clock, "schedule">, leaves: LeavesWriter, count: number, sink: DigestSink) {
    this.#collector = new DigestCollector(clock, () => this.take());
    this.#leaves = leaves;
    this.#count = count;
    this.#sink = sink;
  }

  /** @throws `CHAIN_EVENT_INVALID` */
  add(record: DigestRecord): void {
    this.#collector.add(record, this.#count);
  }

  /** Appends the event for what was collected. */
  take(): void {
    const sink = this.#sink;
    if (!sink.writable) {
      sink.lose(this.#collector.drop());
      return;
    }
    const ready = this.#collector.take(this.#count);
    if (ready === undefined) return;
    if (this.#leaves.full && this.#rotateAfter === undefined) {
      const until = this.#leaves.wouldDrop;
      this.#rotateAfter = until === undefined ? 0 : sink.appendOwn(LEAVES_DROPPED, { until }).sequence + 1;
    }
    sink.appendOwn(DIGEST, batchPayload(ready.batch));
    this.#count += ready.batch.count;
    sink.addLeaves(ready.records);
  }

  /** Writes the leaves of a commit. @param size - events on disk */
  async write(leaves: readonly Uint8Array[], size: number): Promise<void> {
    if (this.#rotateAfter !== undefined && this.#rotateAfter <= size) {
      this.#rotateAfter = undefined;
      await this.#leaves.rotate();
    }
    if (leaves.length > 0) await this.#leaves.write(leaves);
  }

  committed(count: number): void {
    this.#leaves.commit(count);
  }

  /** Goes back to the records that events on disk commit to. */
  reset(count: number): void {
    this.#count = count;
    this.#rotateAfter = undefined;
  }

  rollback(): Promise<void> {
    return this.#leaves.rollback();
  }

  close(): Promise<void> {
    return this.#leaves.close();
  }
}
