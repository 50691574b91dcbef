// Digest records, 32 bytes each (format document, §9), and the payload of the event that commits to a batch of them.
import { toHex } from "@weftos/crypto";
import type { DigestRecord, JsonObject } from "@weftos/interface";
import { merkleRoot } from "../merkle/merkle-frontier.ts";
import { nameDigest } from "./domain-hash.ts";
import { isRecord } from "./key-set.ts";
import { readNumber } from "./segment.ts";

export const RECORD_BYTES = 32;
export const RECORDS_PER_BLOCK = 64;
export const LEAVES_HEADER_BYTES = 32;
export const MAX_BATCH_RECORDS = 1000;
const LEAVES_MAGIC = "WEFTLEAF";
const TWO_40 = 2 ** 40;
const MAX_48 = 2 ** 48 - 1;
const NAME_TARGET = 0x80;
const OUTCOMES = ["ok", "failed", "denied"] as const;

/** Tells whether a number fits a record's actor or target. */
export function fitsPid(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < TWO_40;
}

/** Writes a record at `at`; the caller checked its numbers. */
export function writeRecord(
  target: Uint8Array,
  at: number,
  number: number,
  action: number,
  record: DigestRecord,
): void {
  const named = typeof record.target === "string";
  writeNumber(target, at, number);
  put(target, at + 6, record.actor, 5);
  put(target, at + 11, typeof record.target === "string" ? nameDigest(record.target) : record.target, 5);
  put(target, at + 16, action, 2);
  target[at + 18] = OUTCOMES.indexOf(record.outcome) | (named ? NAME_TARGET : 0);
  put(target, at + 19, Math.min(record.bytes, MAX_48), 6);
  put(target, at + 25, record.time, 6);
  target[at + 31] = 0;
}

/** Writes the number of a record at `at`. */
export function writeNumber(target: Uint8Array, at: number, number: number): void {
  put(target, at, number, 6);
}

/** Writes the low bytes of a number, the lowest first. In two halves, each in the 32 bits that shifts work on. */
function put(target: Uint8Array, at: number, value: number, bytes: number): void {
  let low = value | 0;
  let high = (value / 2 ** 32) | 0;
  for (let i = 0; i < bytes; i++) {
    target[at + i] = low;
    low = (low >>> 8) | (high << 24);
    high >>>= 8;
  }
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

/** Summarises the records of a batch, as its event says it. */
export function summariseBatch(
  first: number,
  records: Uint8Array,
  actions: readonly string[],
): DigestBatch | undefined {
  const rows = new Map<string, number[]>();
  let row: number[] | undefined;
  let from = Number.MAX_SAFE_INTEGER;
  let to = 0;
  const count = records.length / RECORD_BYTES;
  for (let i = 0; i < count; i++) {
    const record = readRecord(records, i * RECORD_BYTES);
    if (record === undefined || record.number !== first + i || record.action >= actions.length) return undefined;
    // Records of one actor come in runs.
    if (row === undefined || row[0] !== record.actor || row[1] !== record.action) {
      const key = `${record.actor} ${record.action}`;
      row = rows.get(key) ?? [record.actor, record.action, 0, 0, 0];
      rows.set(key, row);
    }
    const column = 2 + OUTCOMES.indexOf(record.outcome);
    row[column] = (row[column] as number) + 1;
    from = Math.min(from, record.time);
    to = Math.max(to, record.time);
  }
  return { first, count, from, to, root: toHex(merkleRoot(blocksOf(records))), actions, counts: [...rows.values()] };
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
  put(header, 16, first, 8);
  return header;
}

/** Reads the header of a file of leaves: the number of its first record; undefined when it is none. */
export function parseLeavesHeader(header: Uint8Array): number | undefined {
  if (header.length < LEAVES_HEADER_BYTES) return undefined;
  const first = readNumber(header, 16);
  if (!Number.isSafeInteger(first)) return undefined;
  return leavesHeader(first).every((byte, i) => header[i] === byte) ? first : undefined;
}
