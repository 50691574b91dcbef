// The hashes of format 2: SHAKE-256 with a domain tag and the length of every argument, so that no two meanings share
// an input. Prefixes are built once; hot paths append to them in place.
import { shake256 } from "@weftos/crypto";

export const HASH_BYTES = 32;
export const ZERO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

const ascii = new TextEncoder();

/** Bytes of a tag as they open a hash: its length, then itself. */
export function tagBytes(tag: string): Uint8Array {
  const bytes = ascii.encode(tag);
  const framed = new Uint8Array(1 + bytes.length);
  framed[0] = bytes.length;
  framed.set(bytes, 1);
  return framed;
}

/** Writes a length as 8 bytes little-endian. */
export function writeLength(target: Uint8Array, at: number, length: number): void {
  const high = Math.floor(length / 2 ** 32);
  for (let i = 0; i < 4; i++) {
    target[at + i] = length >>> (8 * i);
    target[at + 4 + i] = high >>> (8 * i);
  }
}

let scratch: Uint8Array = new Uint8Array(4096);

/** `H(tag, …)` of the format document, §1. */
export function domainHash(tag: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = tag.length;
  for (const part of parts) length += 8 + part.length;
  if (length > scratch.length) scratch = new Uint8Array(2 * length);
  scratch.set(tag);
  let at = tag.length;
  for (const part of parts) {
    writeLength(scratch, at, part.length);
    scratch.set(part, at + 8);
    at += 8 + part.length;
  }
  return shake256(scratch.subarray(0, length));
}

export const EVENT_TAG: Uint8Array = tagBytes("weftos/exochain/v2/event");
export const PAYLOAD_TAG: Uint8Array = tagBytes("weftos/exochain/v2/payload");
const NAME_TAG = tagBytes("weftos/exochain/v2/name");

/** Hashes the stored bytes of an event. */
export function eventHash(bytes: Uint8Array): Uint8Array {
  return domainHash(EVENT_TAG, bytes);
}

/** Commits to a content with its salt. */
export function payloadCommitment(salt: Uint8Array, content: Uint8Array): Uint8Array {
  return domainHash(PAYLOAD_TAG, salt, content);
}

/** Gives the 40 bits that stand for the name of a digest record's target, as a number. */
export function nameDigest(name: string): number {
  const hash = domainHash(NAME_TAG, ascii.encode(name));
  let value = 0;
  for (let i = 4; i >= 0; i--) value = value * 256 + (hash[i] as number);
  return value;
}

/** `H16` of the format document: checksums and key ids. */
export function shortHash(bytes: Uint8Array): Uint8Array {
  return shake256(bytes, 16);
}
