// The hashes of the resource tree: SHA-256 over a domain tag and the length of every argument. The tree is hashed some thirty
// times for one change, and SHA-256 costs a quarter of SHAKE-256. They are kept as texts of 32 characters, one a byte: a tree
// of agents holds two for each, and an array of bytes takes five times as much.
import { sha256Text } from "@weftos/crypto";
import { HASH_BYTES, tagBytes, writeLength } from "../format/domain-hash.ts";

/** A hash as 32 characters of 0 to 255. */
export type Digest = string;

export const ZERO_DIGEST: Digest = "\0".repeat(HASH_BYTES);

/** A hash of two hashes, with its input laid out once: a tag, and each of the two behind its length. */
export class PairHash {
  readonly #input: Uint8Array;
  readonly #leftAt: number;

  constructor(tag: string) {
    const bytes = tagBytes(tag);
    this.#leftAt = bytes.length + 8;
    this.#input = new Uint8Array(bytes.length + 2 * (8 + HASH_BYTES));
    this.#input.set(bytes);
    writeLength(this.#input, this.#leftAt - 8, HASH_BYTES);
    writeLength(this.#input, this.#leftAt + HASH_BYTES, HASH_BYTES);
  }

  of(left: Digest, right: Digest): Digest {
    writeDigest(this.#input, this.#leftAt, left);
    writeDigest(this.#input, this.#leftAt + HASH_BYTES + 8, right);
    return sha256Text(this.#input);
  }
}

const BRANCH_TAG = tagBytes("weftos/tree/v2/branch");
/** The input of every branch but its three arguments: bit, left, right. */
const branch = new Uint8Array(BRANCH_TAG.length + 3 * 8 + 1 + 2 * HASH_BYTES);
const BIT_AT = BRANCH_TAG.length + 8;
const LEFT_AT = BIT_AT + 1 + 8;
const RIGHT_AT = LEFT_AT + HASH_BYTES + 8;
branch.set(BRANCH_TAG);
writeLength(branch, BIT_AT - 8, 1);
writeLength(branch, LEFT_AT - 8, HASH_BYTES);
writeLength(branch, RIGHT_AT - 8, HASH_BYTES);

const utf8 = new TextEncoder();
let scratch: Uint8Array = new Uint8Array(4096);

/** `T(tag, …)` of the tree's format document, §1. A text stands for one byte a character. */
export function treeHash(tag: Uint8Array, ...parts: readonly (Uint8Array | Digest)[]): Digest {
  let length = tag.length;
  for (const part of parts) length += 8 + part.length;
  if (length > scratch.length) scratch = new Uint8Array(2 * length);
  scratch.set(tag);
  let at = tag.length;
  for (const part of parts) {
    writeLength(scratch, at, part.length);
    if (typeof part === "string") writeDigest(scratch, at + 8, part);
    else scratch.set(part, at + 8);
    at += 8 + part.length;
  }
  return sha256Text(scratch.subarray(0, length));
}

/** Hashes a branch: the most frequent of all, so its input is laid out once. */
export function branchHash(bit: number, left: Digest, right: Digest): Digest {
  branch[BIT_AT] = bit;
  writeDigest(branch, LEFT_AT, left);
  writeDigest(branch, RIGHT_AT, right);
  return sha256Text(branch);
}

/** Gives a text as an argument of a hash: as it is where it is ASCII, which paths and names are, or else its bytes in UTF-8. */
export function textPart(text: string): Digest | Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return utf8.encode(text);
  return text;
}

export function digestOf(bytes: Uint8Array): Digest {
  return String.fromCharCode(...bytes);
}

export function bytesOf(digest: Digest): Uint8Array {
  const bytes = new Uint8Array(digest.length);
  writeDigest(bytes, 0, digest);
  return bytes;
}

function writeDigest(target: Uint8Array, at: number, digest: Digest): void {
  for (let i = 0; i < digest.length; i++) target[at + i] = digest.charCodeAt(i);
}
