// The events that the format itself defines, as a verifier meets them: keys, redactions, digest batches.
import { decodeCanonical } from "@weftos/crypto";
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
import type { ContentRecord } from "../format/content-record.ts";
import { type DigestBatch, parseBatch } from "../format/digest-record.ts";
import type { EventFields } from "../format/event-record.ts";
import type { ChainKeys } from "../format/key-set.ts";
import type { ChainState } from "./chain-state.ts";
import type { FaultLog } from "./fault.ts";

/** A batch whose leaves are still to be looked at. */
export interface WaitingBatch {
  readonly batch: DigestBatch;
  readonly offset: number;
  readonly sequence: number;
}

/** Keys and where they are in force. */
export interface KeyEpoch {
  /** They sign checkpoints of this size and more. */
  readonly from: number;
  readonly keys: ChainKeys;
  /** Whether they signed one. */
  signed: boolean;
}

const MAX_REDACTIONS_OPEN = 100_000;

export class OwnEvents {
  readonly #state: ChainState;
  readonly #faults: FaultLog;
  readonly #batches: boolean;
  /** Contents that are gone and that no event redacted yet. */
  readonly #redactions = new Map<number, { readonly file: string; readonly offset: number }>();
  /** Keys in force for checkpoints of a size from `from` on. */
  readonly #epochs: KeyEpoch[] = [];
  /** Redactions whose content was not seen to be gone: it is still there, or lies before where the walk began. */
  readonly unfinished = new Map<number, number>();
  #waitingBatch: WaitingBatch[] = [];

  /** @param batches - whether somebody wants to be told of digest batches */
  constructor(state: ChainState, faults: FaultLog, batches: boolean) {
    this.#state = state;
    this.#faults = faults;
    this.#batches = batches;
    if (state.keys !== undefined) this.#epochs.push({ from: state.size, keys: state.keys, signed: true });
  }

  /** Gives the keys that sign a checkpoint of this size. */
  keysAt(size: number): ChainKeys | undefined {
    return this.#epochs.findLast((epoch) => epoch.from <= size)?.keys;
  }

  /** Keys by when they came into force. */
  get epochs(): readonly KeyEpoch[] {
    return this.#epochs;
  }

  /** Notes that a content is gone. @returns false when too many are */
  gone(sequence: number, file: string, offset: number): boolean {
    if (this.#redactions.size >= MAX_REDACTIONS_OPEN) return false;
    this.#redactions.set(sequence, { file, offset });
    return true;
  }

  /** Notes a checkpoint that is right; behind it the keys of a rotation are in force. */
  checkpointed(): void {
    const state = this.#state;
    const epoch = this.#epochs.at(-1);
    if (epoch !== undefined) epoch.signed = true;
    if (state.nextKeys === undefined) return;
    state.keys = state.nextKeys;
    this.#epochs.push({ from: state.size + 1, keys: state.keys, signed: false });
    state.nextKeys = undefined;
  }

  /** Gives the batches met since the last call. */
  takeBatches(): readonly WaitingBatch[] {
    const waiting = this.#waitingBatch;
    if (waiting.length > 0) this.#waitingBatch = [];
    return waiting;
  }

  /** At the end of the chain: what is gone without a redaction is a fault. */
  finish(): void {
    for (const [sequence, { file, offset }] of this.#redactions) {
      this.#faults.add("CHAIN_CONTENT", file, offset, "content is gone, and no later event redacts it", sequence);
    }
  }

  /** Checks one event. @param inStep - false behind a fault, where counts need not continue */
  take(event: EventFields, record: ContentRecord | undefined, file: string, offset: number, inStep: boolean): void {
    if ((event.kind === GENESIS) !== (event.sequence === 0)) {
      return void this.#faults.add(
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
      if (typeof keys === "string") this.#faults.add("CHAIN_GENESIS", file, offset, keys, event.sequence);
      else {
        this.#state.keys = keys;
        this.#epochs.push({ from: 1, keys, signed: false });
      }
    } else if (event.kind === KEYS_ROTATED) {
      this.#state.nextKeys = parseRotation(payload);
      if (this.#state.nextKeys === undefined)
        this.#faults.add("CHAIN_EVENT", file, offset, "a rotation holds keys and reason", event.sequence);
    } else if (event.kind === REDACTED) {
      const sequence = parseNumber(payload, "sequence");
      if (sequence === undefined || sequence >= event.sequence)
        this.#faults.add("CHAIN_EVENT", file, offset, "a redaction names an earlier event", event.sequence);
      else if (!this.#redactions.delete(sequence)) this.unfinished.set(sequence, event.sequence);
    } else if (event.kind === LEAVES_DROPPED) {
      const until = parseNumber(payload, "until");
      if (until === undefined || until > this.#state.digests)
        this.#faults.add(
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
        return void this.#faults.add(
          "CHAIN_DIGEST",
          file,
          offset,
          "the payload is not that of a digest batch",
          event.sequence,
        );
      if (batch.first !== this.#state.digests && inStep) {
        this.#faults.add(
          "CHAIN_DIGEST",
          file,
          offset,
          `the batch begins at record ${batch.first}, expected ${this.#state.digests}`,
          event.sequence,
        );
      }
      this.#state.digests = batch.first + batch.count;
      if (this.#batches) this.#waitingBatch.push({ batch, offset, sequence: event.sequence });
    }
  }
}

function decodePayload(content: Uint8Array): unknown {
  try {
    return decodeCanonical(content);
  } catch {
    return undefined;
  }
}
