// The hashes of the resource tree: SHA-256 over a domain tag and the length of every argument. SHA-256 costs a quarter of
// SHAKE-256, and most of one short call is the call: so the inputs are long and few. Hashes are kept as texts of 32
// characters, one a byte: there is one for each agent, and an array of bytes takes five times as much.
import { sha256Text } from "@weftos/crypto";
import { HASH_BYTES, writeLength } from "../format/domain-hash.ts";

/** A hash as 32 characters of 0 to 255. */
export type Digest = string;

const utf8 = new TextEncoder();
/** Inputs up to this length are hashed from views that are made once for each length. */
const MAX_VIEW = 512;
let scratch: Uint8Array = new Uint8Array(4096);
/** Room for the characters of one hash: a text made of a list of them costs a third of one made of bytes. */
const units = new Array<number>(HASH_BYTES).fill(0);
let views: (Uint8Array | undefined)[] = [];

/** `T(tag, …)` of the tree's format document, §1. A text stands for one byte a character. */
export function treeHash(tag: Uint8Array, ...parts: readonly (Uint8Array | Digest)[]): Digest {
  let length = tag.length;
  for (const part of parts) length += 8 + part.length;
  const input = room(length);
  input.set(tag);
  let at = tag.length;
  for (const part of parts) {
    writeLength(input, at, part.length);
    if (typeof part === "string") writeDigest(input, at + 8, part);
    else input.set(part, at + 8);
    at += 8 + part.length;
  }
  return sha256Text(input);
}

/** The same of a text and more arguments, which are given as they stand in the input: each behind its length. */
export function treeHashOfText(tag: Uint8Array, text: Digest | Uint8Array, more: Uint8Array): Digest {
  const textAt = tag.length + 8;
  const input = room(textAt + text.length + more.length);
  input.set(tag);
  writeLength(input, tag.length, text.length);
  if (typeof text === "string") writeDigest(input, textAt, text);
  else input.set(text, textAt);
  input.set(more, textAt + text.length);
  return sha256Text(input);
}

/** Gives the arguments of a hash as they stand in its input, each behind its length. */
export function framed(...parts: readonly (Uint8Array | Digest)[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += 8 + part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    writeLength(bytes, at, part.length);
    if (typeof part === "string") writeDigest(bytes, at + 8, part);
    else bytes.set(part, at + 8);
    at += 8 + part.length;
  }
  return bytes;
}

/** Gives a text as an argument of a hash: as it is where it is ASCII, which paths and names are, or else its bytes in UTF-8. */
export function textPart(text: string): Digest | Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return utf8.encode(text);
  return text;
}

export function digestOf(bytes: Uint8Array): Digest {
  return bytes.length === HASH_BYTES ? readDigest(bytes, 0) : String.fromCharCode(...bytes);
}

export function bytesOf(digest: Digest): Uint8Array {
  const bytes = new Uint8Array(digest.length);
  writeDigest(bytes, 0, digest);
  return bytes;
}

export function writeDigest(target: Uint8Array, at: number, digest: Digest): void {
  for (let i = 0; i < digest.length; i++) target[at + i] = digest.charCodeAt(i);
}

export function readDigest(bytes: Uint8Array, at: number): Digest {
  for (let i = 0; i < HASH_BYTES; i++) units[i] = bytes[at + i] as number;
  return String.fromCharCode.apply(null, units);
}

/** Gives room for an input, which the next call gives again. */
function room(length: number): Uint8Array {
  if (length > scratch.length) {
    scratch = new Uint8Array(2 * length);
    views = [];
  }
  if (length > MAX_VIEW) return scratch.subarray(0, length);
  const made = views[length] ?? scratch.subarray(0, length);
  views[length] = made;
  return made;
}
