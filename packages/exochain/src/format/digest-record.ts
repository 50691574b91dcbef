// Digest records, 32 bytes each (format document, §9), and the payload of the event that commits to a batch of them.
import { toHex } from "@weftos/crypto";
import type { DigestRecord, JsonObject } from "@weftos/interface";
import { merkleRoot } from "../merkle/merkle-frontier.ts";
import { BatchCounts, OUTCOMES } from "./batch-counts.ts";
import { isRecord } from "./key-set.ts";
import type { NameDigests } from "./name-digests.ts";
import { readNumber } from "./segment.ts";

export const RECORD_BYTES = 32;
export const RECORDS_PER_BLOCK = 64;
export const LEAVES_HEADER_BYTES = 32;
export const MAX_BATCH_RECORDS = 1000;
const LEAVES_MAGIC = "WEFTLEAF";
const TWO_32 = 2 ** 32;
const TWO_40 = 2 ** 40;
const MAX_48 = 2 ** 48 - 1;
const NAME_TARGET = 0x80;

/** Tells whether a number fits a record's actor or target. */
export function fitsPid(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < TWO_40;
}

/** Writes a record at `at`; the caller checked its numbers. A view, whose stores of whole words are the fastest there are. */
export function writeRecord(
  target: DataView,
  at: number,
  number: number,
  action: number,
  record: DigestRecord,
  names: NameDigests,
): void {
  const named = typeof record.target === "string";
  put48(target, at, number);
  put40(target, at + 6, record.actor);
  put40(target, at + 11, typeof record.target === "string" ? names.of(record.target) : record.target);
  target.setUint16(at + 16, action, true);
  target.setUint8(at + 18, outcomeIndex(record.outcome) | (named ? NAME_TARGET : 0));
  put48(target, at + 19, Math.min(record.bytes, MAX_48));
  put48(target, at + 25, record.time);
  target.setUint8(at + 31, 0);
}

/** The index of an outcome, as records and counts hold it. */
export function outcomeIndex(outcome: DigestRecord["outcome"]): number {
  return outcome === "ok" ? 0 : outcome === "failed" ? 1 : 2;
}

/** Writes the number of a record at `at`. */
export function writeNumber(target: DataView, at: number, number: number): void {
  put48(target, at, number);
}

// The low bytes of a number, the lowest first; a store takes of a number what fits.

function put40(target: DataView, at: number, value: number): void {
  target.setUint32(at, value, true);
  target.setUint8(at + 4, value / TWO_32);
}

function put48(target: DataView, at: number, value: number): void {
  target.setUint32(at, value, true);
  target.setUint16(at + 4, value / TWO_32, true);
}

function get(source: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (source[at + i] as number);
  return value;
}

/** A record as it was read. */
export interface StoredRecord {
  readonly number: number;
  readonly actor: number;
  readonly target: number;
  readonly named: boolean;
  readonly action: number;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly bytes: number;
  readonly time: number;
}

/** Reads a record; undefined when a reserved bit is set or the outcome is not known. */
export function readRecord(source: Uint8Array, at: number): StoredRecord | undefined {
  const flags = source[at + 18] as number;
  const outcome = OUTCOMES[flags & 0x03];
  if (outcome === undefined || (flags & 0x7c) !== 0 || source[at + 31] !== 0) return undefined;
  return {
    number: get(source, at, 6),
    actor: get(source, at + 6, 5),
    target: get(source, at + 11, 5),
    named: (flags & NAME_TARGET) !== 0,
    action: get(source, at + 16, 2),
    outcome,
    bytes: get(source, at + 19, 6),
    time: get(source, at + 25, 6),
  };
}

/** The payload of `chain.digest`. */
export interface DigestBatch {
  readonly first: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
  readonly root: string;
  readonly actions: readonly string[];
  /** `[actor, action index, ok, failed, denied]` each. */
  readonly counts: readonly (readonly number[])[];
}

/** Summarises the records of a batch, as its event says it; undefined when they are none of a batch that begins there. */
export function summariseBatch(
  first: number,
  records: Uint8Array,
  actions: readonly string[],
): DigestBatch | undefined {
  const counts = new BatchCounts();
  const count = records.length / RECORD_BYTES;
  for (let i = 0; i < count; i++) {
    const record = readRecord(records, i * RECORD_BYTES);
    if (record === undefined || record.number !== first + i || record.action >= actions.length) return undefined;
    counts.add(record.actor, record.action, outcomeIndex(record.outcome), record.time);
  }
  return batchOf(first, records, actions, counts);
}

/** Makes a batch of records and what was counted of them. */
export function batchOf(
  first: number,
  records: Uint8Array,
  actions: readonly string[],
  { from, to, rows }: BatchCounts,
): DigestBatch {
  const count = records.length / RECORD_BYTES;
  return { first, count, from, to, root: toHex(merkleRoot(blocksOf(records))), actions, counts: rows };
}

/** Cuts the records of a batch into the blocks that its tree commits to. */
export function blocksOf(records: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += RECORDS_PER_BLOCK * RECORD_BYTES) {
    blocks.push(records.subarray(at, at + RECORDS_PER_BLOCK * RECORD_BYTES));
  }
  return blocks;
}

export function batchPayload(batch: DigestBatch): JsonObject {
  const { first, count, from, to, root, actions, counts } = batch;
  return { first, count, from, to, root, actions, counts };
}

/** Reads the payload of `chain.digest`; undefined when it breaks the form. */
export function parseBatch(payload: unknown): DigestBatch | undefined {
  if (!isRecord(payload) || Object.keys(payload).length !== 7) return undefined;
  const { first, count, from, to, root, actions, counts } = payload;
  if (!isCount(first) || !isCount(count) || !isCount(from) || !isCount(to)) return undefined;
  if (count < 1 || count > MAX_BATCH_RECORDS || typeof root !== "string" || !/^[0-9a-f]{64}$/.test(root))
    return undefined;
  if (!Array.isArray(actions) || !actions.every((name) => typeof name === "string")) return undefined;
  if (!Array.isArray(counts) || !counts.every((row) => Array.isArray(row) && row.length === 5 && row.every(isCount))) {
    return undefined;
  }
  return { first, count, from, to, root, actions, counts };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Makes the header of a file of leaves. */
export function leavesHeader(first: number): Uint8Array {
  const header = new Uint8Array(LEAVES_HEADER_BYTES);
  header.set(new TextEncoder().encode(LEAVES_MAGIC));
  header[8] = 2;
  const view = new DataView(header.buffer);
  view.setUint32(16, first, true);
  view.setUint32(20, first / TWO_32, true);
  return header;
}

/** Reads the header of a file of leaves: the number of its first record; undefined when it is none. */
export function parseLeavesHeader(header: Uint8Array): number | undefined {
  if (header.length < LEAVES_HEADER_BYTES) return undefined;
  const first = readNumber(header, 16);
  if (!Number.isSafeInteger(first)) return undefined;
  return leavesHeader(first).every((byte, i) => header[i] === byte) ? first : undefined;
}
