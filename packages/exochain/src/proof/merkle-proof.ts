// Inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2) from the hashes of complete subtrees, wherever they are kept.
import { sha256 } from "@weftos/crypto";
import { nodeHash } from "../merkle/merkle-frontier.ts";
import { turnsToEntry, wayToEdge } from "./tree-path.ts";

/**
 * Gives the root of the complete subtree of 2^`level` entries that begins at entry `index` × 2^`level`. It is asked only for
 * subtrees within the tree that is proven.
 */
export type HashReader = (level: number, index: number) => Promise<Uint8Array>;

/** Gives the root of the first `size` entries; of none, the hash of nothing. */
export async function rootOf(read: HashReader, size: number): Promise<Uint8Array> {
  return size === 0 ? sha256(new Uint8Array(0)) : await subtreeRoot(read, 0, size);
}

/**
 * Proves that an entry is in a tree.
 *
 * @param index - sequence of the event, below `size`
 * @returns the path, from beside the leaf up to below the root
 * @throws RangeError when there is no such entry
 */
export async function inclusionProof(read: HashReader, index: number, size: number): Promise<Uint8Array[]> {
  const path: Uint8Array[] = [];
  for (const { from, to } of turnsToEntry(index, size).reverse()) path.push(await subtreeRoot(read, from, to));
  return path;
}

/**
 * Proves that a tree begins with the entries of a smaller one.
 *
 * @param smaller - size of the smaller tree, 1 to `size`
 * @returns the path; empty when the sizes are equal
 * @throws RangeError when the sizes are not in order
 */
export async function consistencyProof(read: HashReader, smaller: number, size: number): Promise<Uint8Array[]> {
  const { turns, from, to } = wayToEdge(smaller, size);
  const path: Uint8Array[] = [];
  // When the smaller tree is itself a subtree of the larger one, whoever checks knows this root already.
  if (from > 0) path.push(await subtreeRoot(read, from, to));
  for (const turn of [...turns].reverse()) path.push(await subtreeRoot(read, turn.from, turn.to));
  return path;
}

/** Puts a subtree together from complete ones; `from` is where a subtree of an RFC 6962 tree begins. */
async function subtreeRoot(read: HashReader, from: number, to: number): Promise<Uint8Array> {
  const roots: Uint8Array[] = [];
  let at = from;
  let width = 1;
  let level = 0;
  while (width * 2 <= to - from) {
    width *= 2;
    level += 1;
  }
  for (; at < to; width /= 2, level -= 1) {
    if (to - at < width) continue;
    roots.push(await read(level, at / width));
    at += width;
  }
  return roots.reduceRight((right, left) => nodeHash(left, right));
}
