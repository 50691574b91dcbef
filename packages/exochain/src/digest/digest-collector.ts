// Digest records until their batch is full or 100 ms old. The numbers that they are written with hold unless records before them
// could not be written, which leave no gap: then they are numbered again when the batch is made. All that the event says of them
// is counted as they come: this is done for every message.
import type { Clock, DigestRecord, Timer } from "@weftos/interface";
import { ChainEventInvalidError } from "../error/chain-errors.ts";
import { BatchCounts } from "../format/batch-counts.ts";
import {
  batchOf,
  type DigestBatch,
  fitsPid,
  MAX_BATCH_RECORDS,
  outcomeIndex,
  RECORD_BYTES,
  writeNumber,
  writeRecord,
} from "../format/digest-record.ts";
import { NameDigests } from "../format/name-digests.ts";

const BATCH_MS = 100;
const MAX_NAME = 1024;

/** A batch that is ready to be committed. */
export interface ReadyBatch {
  readonly batch: DigestBatch;
  readonly records: Uint8Array;
}

export class DigestCollector {
  readonly #clock: Pick<Clock, "schedule">;
  readonly #flush: () => void;
  readonly #records = new Uint8Array(MAX_BATCH_RECORDS * RECORD_BYTES);
  readonly #view = new DataView(this.#records.buffer);
  readonly #names = new NameDigests();
  #count = 0;
  /** Number of the first record as it was written. */
  #first = 0;
  #actions = new Map<string, number>();
  #counts = new BatchCounts();
  #timer: Timer | undefined;

  /** @param flush - called when a batch should be taken: full, or old enough */
  constructor(clock: Pick<Clock, "schedule">, flush: () => void) {
    this.#clock = clock;
    this.#flush = flush;
  }

  get count(): number {
    return this.#count;
  }

  /** @param first - number that the first record of this batch is to have, as far as is known @throws `CHAIN_EVENT_INVALID` */
  add(record: DigestRecord, first: number): void {
    checkRecord(record);
    const { actor, outcome, time } = record;
    let action = this.#actions.get(record.action);
    if (action === undefined) {
      action = this.#actions.size;
      this.#actions.set(record.action, action);
    }
    const at = this.#count;
    if (at === 0) this.#first = first;
    writeRecord(this.#view, at * RECORD_BYTES, this.#first + at, action, record, this.#names);
    this.#counts.add(actor, action, outcomeIndex(outcome), time);
    this.#count = at + 1;
    if (this.#count === MAX_BATCH_RECORDS) this.#flush();
    else this.#timer ??= this.#clock.schedule(BATCH_MS, this.#onTime, { background: true });
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    if (this.#count > 0) this.#flush();
  };

  /** Takes what was collected; undefined when there is nothing. */
  take(first: number): ReadyBatch | undefined {
    const count = this.#count;
    if (count === 0) {
      this.#clear();
      return undefined;
    }
    if (first !== this.#first) {
      for (let i = 0; i < count; i++) writeNumber(this.#view, i * RECORD_BYTES, first + i);
    }
    const records = this.#records.slice(0, count * RECORD_BYTES);
    const batch = batchOf(first, records, [...this.#actions.keys()], this.#counts);
    this.#clear();
    return { batch, records };
  }

  /** Forgets what was collected. @returns how many records that were */
  drop(): number {
    const dropped = this.#count;
    this.#clear();
    return dropped;
  }

  #clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#count = 0;
    this.#actions = new Map();
    this.#counts = new BatchCounts();
  }
}

function checkRecord(record: DigestRecord): void {
  const { action, actor, target, bytes, time, outcome } = record;
  if (typeof action !== "string" || action === "" || action.length > 128)
    throw invalid("action", "a text of 1 to 128 characters");
  if (!fitsPid(actor)) throw invalid("actor", "an integer of 0 to 2^40 - 1");
  if (typeof target === "string" ? target.length > MAX_NAME : !fitsPid(target))
    throw invalid("target", "a PID below 2^40 or a name of at most 1024 characters");
  if (outcome !== "ok" && outcome !== "failed" && outcome !== "denied")
    throw invalid("outcome", "ok, failed or denied");
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw invalid("bytes", "a safe integer of 0 or more");
  if (!Number.isSafeInteger(time) || time < 0 || time >= 2 ** 48) throw invalid("time", "milliseconds UTC");
}

function invalid(field: string, expected: string): ChainEventInvalidError {
  return new ChainEventInvalidError(`the ${field} of a digest record must be ${expected}`, { details: { field } });
}
