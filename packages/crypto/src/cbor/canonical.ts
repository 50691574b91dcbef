// Whole values to canonical bytes and back.
import { CborReader } from "./cbor-reader.ts";
import type { CborValue } from "./cbor-value.ts";
import { CborWriter } from "./cbor-writer.ts";

/**
 * Encodes a value as core deterministic CBOR (RFC 8949 §4.2.1), without floats and tags: equal values give equal bytes.
 *
 * @throws NotCanonicalError `CHAIN_NOT_CANONICAL`, with the path to the offender: a fraction or another number that is
 * no safe integer, half a surrogate pair, more than 64 containers inside each other, or a type that has no encoding
 * (`undefined` too)
 */
export function encodeCanonical(value: CborValue): Uint8Array {
  const writer = new CborWriter();
  writer.value(value);
  return writer.take();
}

/**
 * Decodes one value and accepts only what `encodeCanonical` would write: `encodeCanonical(decodeCanonical(b))` equals `b`.
 *
 * @returns plain arrays and objects; byte strings are copies
 * @throws NotCanonicalError `CHAIN_NOT_CANONICAL`, with the offset: longer forms than needed, unsorted or repeated keys,
 * floats, tags, indefinite lengths, integers that are not safe, invalid UTF-8, sizes beyond the input, more than 64
 * containers inside each other, bytes after the value
 */
export function decodeCanonical(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes);
  const value = reader.value();
  reader.end();
  return value;
}
