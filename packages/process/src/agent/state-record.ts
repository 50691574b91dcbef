/**
 * The records of an agent's state. JSON, UTF-8: first `{"agent": [names]}`, then `{"set": key, "value": …}` for a value in the journal,
 * `{"set": key, "file": number, "bytes": …, "digest": …}` for one in a file of its own, or `{"remove": key}`; the newest counts.
 */
import type { JsonValue } from "@weftos/interface";

/** Most characters of a key. */
export const MAX_KEY = 256;
/** Most bytes of a value as JSON. */
export const MAX_VALUE_BYTES = 262_144;
/** Most keys of one state. */
export const MAX_KEYS = 1024;
/** What no state can pass, whatever its agent's limit of disk is. */
export const MAX_STATE_BYTES: number = MAX_KEYS * MAX_VALUE_BYTES;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A value that lies in a file of its own. */
export interface ValueFile {
  readonly file: number;
  readonly bytes: number;
  /** SHAKE-256/128 of its JSON, hex. */
  readonly digest: string;
}

/** A value: its JSON, or where that lies. */
export type Value = string | ValueFile;

/** What a record says. */
export type StateRecord =
  | { readonly agent: readonly string[] }
  | { readonly set: string; readonly value: JsonValue }
  | ({ readonly set: string } & ValueFile)
  | { readonly remove: string };

/** Reads a record; undefined when this version writes none such. By hand, and not by a schema: a start waits for thousands of them. */
export function readRecord(record: Uint8Array): StateRecord | undefined {
  let read: unknown;
  try {
    read = JSON.parse(decoder.decode(record));
  } catch {
    return undefined;
  }
  return isRecord(read) ? read : undefined;
}

function isRecord(read: unknown): read is StateRecord {
  if (typeof read !== "object" || read === null) return false;
  const { agent, set, remove, file, bytes, digest } = read as Readonly<Record<string, unknown>>;
  switch (Object.keys(read).sort().join()) {
    case "agent":
      return Array.isArray(agent) && agent.every((name) => typeof name === "string");
    case "set,value":
      return isKey(set);
    case "bytes,digest,file,set":
      return isKey(set) && isWhole(file, 1) && isWhole(bytes, 0) && bytes <= MAX_VALUE_BYTES && isDigest(digest);
    case "remove":
      return isKey(remove);
    default:
      return false;
  }
}

function isKey(value: unknown): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= MAX_KEY;
}

function isWhole(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

function isDigest(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

export function headRecord(names: readonly string[]): Uint8Array {
  return encoder.encode(JSON.stringify({ agent: names }));
}

export function setRecord(setKey: string, value: Value): Uint8Array {
  if (typeof value === "string") return encoder.encode(`{"set":${JSON.stringify(setKey)},"value":${value}}`);
  return encoder.encode(JSON.stringify({ set: setKey, ...value }));
}

export function removeRecord(removed: string): Uint8Array {
  return encoder.encode(JSON.stringify({ remove: removed }));
}

/** Bytes that a key and its value count: its name and its JSON. */
export function sizeOf(ofKey: string, value: Value | undefined): number {
  if (value === undefined) return 0;
  return Buffer.byteLength(ofKey) + (typeof value === "string" ? Buffer.byteLength(value) : value.bytes);
}
