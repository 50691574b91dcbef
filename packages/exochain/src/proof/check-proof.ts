// Checks inclusion and consistency proofs. Needs nothing but the hashes at hand: neither files nor Node.
import { equalBytes } from "@weftos/crypto";
import { leafHash, nodeHash } from "../merkle/merkle-frontier.ts";
import { turnsToEntry, wayToEdge } from "./tree-path.ts";

const HASH_BYTES = 32;

/** What an inclusion proof claims. */
export interface InclusionClaim {
  /** Event hash, 32 bytes. */
  readonly entry: Uint8Array;
  /** Its sequence. */
  readonly index: number;
  /** Entries of the tree. */
  readonly size: number;
  readonly root: Uint8Array;
  /** Hashes of 32 bytes, from beside the leaf upwards. */
  readonly path: readonly Uint8Array[];
}

/**
 * Tells whether a path proves that an event is in a tree (RFC 6962 §2.1.1).
 *
 * @example
 * ```ts
 * import { checkInclusion } from "@weftos/exochain/verify";
 *
 * const zeros = new Uint8Array(32);
 * const claim = { entry: zeros, index: 0, size: 2, root: zeros, path: [zeros] };
 * if (checkInclusion(claim)) throw new Error("this root is made up");
 * ```
 */
export function checkInclusion({ entry, index, size, root, path }: InclusionClaim): boolean {
  if (!isPlace(size, 1) || !isPlace(index, 0) || index >= size) return false;
  const turns = turnsToEntry(index, size).reverse();
  if (!arePathHashes(path, turns.length)) return false;
  let hash = leafHash(entry);
  turns.forEach(({ right }, i) => {
    const beside = path[i] as Uint8Array;
    hash = right ? nodeHash(hash, beside) : nodeHash(beside, hash);
  });
  return equalBytes(hash, root);
}

/** What a consistency proof claims. */
export interface ConsistencyClaim {
  /** Entries of the smaller tree, at least 1. */
  readonly from: number;
  readonly fromRoot: Uint8Array;
  /** Entries of the larger tree. */
  readonly to: number;
  readonly toRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** Tells whether a path proves that one tree begins with all entries of another (RFC 6962 §2.1.2). */
export function checkConsistency({ from, fromRoot, to, toRoot, path }: ConsistencyClaim): boolean {
  if (!isPlace(from, 1) || !isPlace(to, 1) || from > to) return false;
  if (fromRoot.length !== HASH_BYTES) return false;
  const way = wayToEdge(from, to);
  const known = way.from === 0;
  if (!arePathHashes(path, way.turns.length + (known ? 0 : 1))) return false;
  let smaller = known ? fromRoot : (path[0] as Uint8Array);
  let larger = smaller;
  const rest = known ? path : path.slice(1);
  [...way.turns].reverse().forEach(({ right }, i) => {
    const beside = rest[i] as Uint8Array;
    if (right) larger = nodeHash(larger, beside);
    else {
      smaller = nodeHash(beside, smaller);
      larger = nodeHash(beside, larger);
    }
  });
  return equalBytes(smaller, fromRoot) && equalBytes(larger, toRoot);
}

function isPlace(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function arePathHashes(path: readonly Uint8Array[], length: number): boolean {
  return path.length === length && path.every((hash) => hash.length === HASH_BYTES);
}
