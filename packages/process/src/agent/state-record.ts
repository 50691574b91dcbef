/**
 * The records of an agent's state. JSON, UTF-8: first `{"agent": [names]}`, then `{"set": key, "value": …}` for a value in the journal,
 * `{"set": key, "file": number, "bytes": …, "digest": …}` for one in a file of its own, or `{"remove": key}`; the newest counts.
 */
import { safeParse, z } from "@weftos/schema";

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

const key = z.string().check(z.minLength(1), z.maxLength(MAX_KEY));
const recordSchema = z.lazy(() =>
  z.union([
    z.strictObject({ agent: z.array(z.string()) }),
    z.strictObject({ set: key, value: z.unknown() }),
    z.strictObject({
      set: key,
      file: z.int().check(z.minimum(1)),
      bytes: z.int().check(z.minimum(0), z.maximum(MAX_VALUE_BYTES)),
      digest: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
    }),
    z.strictObject({ remove: key }),
  ]),
);

/** What a record says. */
export type StateRecord = z.infer<typeof recordSchema>;

/** Reads a record; undefined when this version writes none such. */
export function readRecord(record: Uint8Array): StateRecord | undefined {
  try {
    const read = safeParse(recordSchema, JSON.parse(decoder.decode(record)), "a record");
    return read.ok ? read.value : undefined;
  } catch {
    return undefined;
  }
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
