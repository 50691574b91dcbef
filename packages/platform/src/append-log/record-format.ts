/**
 * The bytes of a journal. All numbers are little-endian and 32 bits wide.
 *
 *     "WEFTJNL" version(1 byte = 1)
 *     length, CRC-32C of the length's 4 bytes, CRC-32C of the record, the record's bytes      (repeated)
 *
 * The length has a checksum of its own so that a damaged length is not taken for a record that a crash cut off. No
 * header is valid as 12 zero bytes (the CRC-32C of four zero bytes is not 0), so a file that a crash filled up with
 * zeros shows where its records end.
 */
import { crc32c } from "./crc32c.ts";

export const JOURNAL_MAGIC: Uint8Array = new TextEncoder().encode("WEFTJNL\u0001");
export const RECORD_HEADER_BYTES = 12;

/** Gives a record with its header. */
export function frameRecord(record: Uint8Array): Uint8Array {
  const framed = new Uint8Array(RECORD_HEADER_BYTES + record.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, record.length, true);
  view.setUint32(4, crc32c(framed.subarray(0, 4)), true);
  view.setUint32(8, crc32c(record), true);
  framed.set(record, RECORD_HEADER_BYTES);
  return framed;
}

/** Reads a header of 12 bytes: the record's length and checksum; undefined when the length fails its own checksum. */
export function readRecordHeader(header: Uint8Array): { readonly length: number; readonly check: number } | undefined {
  const view = new DataView(header.buffer, header.byteOffset, RECORD_HEADER_BYTES);
  if (view.getUint32(4, true) !== crc32c(header.subarray(0, 4))) return undefined;
  return { length: view.getUint32(0, true), check: view.getUint32(8, true) };
}

/** Joins byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
