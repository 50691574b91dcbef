// Digest records until their batch is full or 100 ms old. Numbers are given when the batch is made, so that records of a
// batch that could not be written leave no gap.
import type { Clock, DigestRecord, Timer } from "@weftos/interface";
import { ChainEventInvalidError } from "../error/chain-errors.ts";
import {
  type DigestBatch,
  fitsPid,
  MAX_BATCH_RECORDS,
  RECORD_BYTES,
  summariseBatch,
  writeNumber,
  writeRecord,
} from "../format/digest-record.ts";

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
  #records = new Uint8Array(MAX_BATCH_RECORDS * RECORD_BYTES);
  #count = 0;
  #actions = new Map<string, number>();
  #timer: Timer | undefined;

  /** @param flush - called when a batch should be taken: full, or old enough */
  constructor(clock: Pick<Clock, "schedule">, flush: () => void) {
    this.#clock = clock;
    this.#flush = flush;
  }

  get count(): number {
    return this.#count;
  }

  /** @throws `CHAIN_EVENT_INVALID` */
  add(record: DigestRecord): void {
    checkRecord(record);
    let action = this.#actions.get(record.action);
    if (action === undefined) {
      action = this.#actions.size;
      this.#actions.set(record.action, action);
    }
    writeRecord(this.#records, this.#count * RECORD_BYTES, 0, action, record);
    this.#count += 1;
    if (this.#count === MAX_BATCH_RECORDS) this.#flush();
    else this.#timer ??= this.#clock.schedule(BATCH_MS, this.#onTime, { background: true });
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    if (this.#count > 0) this.#flush();
  };

  /** Takes what was collected; undefined when there is nothing. */
  take(first: number): ReadyBatch | undefined {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#count === 0) return undefined;
    const records = this.#records.slice(0, this.#count * RECORD_BYTES);
    for (let i = 0; i < this.#count; i++) writeNumber(records, i * RECORD_BYTES, first + i);
    const batch = summariseBatch(first, records, [...this.#actions.keys()]);
    this.#count = 0;
    this.#actions = new Map();
    return batch === undefined ? undefined : { batch, records };
  }

  /** Forgets what was collected. @returns how many records that were */
  drop(): number {
    const dropped = this.#count;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#count = 0;
    this.#actions = new Map();
    return dropped;
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
