// Commits to the children of a node: a binary radix trie over the hashes of their names. Its shape follows from the set of
// names alone, so the root is independent of the order of inserts, and one child among many costs a path, not a pass.
// Hashes are made when the root is asked for, so that many changes in a row hash each branch once.
import { domainHash, tagBytes, ZERO_HASH } from "../format/domain-hash.ts";

const NAME_TAG = tagBytes("weftos/tree/v1/name");
const LEAF_TAG = tagBytes("weftos/tree/v1/leaf");
const BRANCH_TAG = tagBytes("weftos/tree/v1/branch");
const text = new TextEncoder();

interface Leaf {
  readonly key: Uint8Array;
  /** Hash of the child. */
  value: () => Uint8Array;
  hash: Uint8Array | undefined;
}

interface Branch {
  /** The first bit in which the two sides differ. */
  readonly bit: number;
  left: Leaf | Branch;
  right: Leaf | Branch;
  hash: Uint8Array | undefined;
}

/** One step of a proof, from the child upwards. */
export interface TrieStep {
  readonly bit: number;
  readonly sibling: Uint8Array;
}

/** Gives the key of a name. */
export function nameKey(name: string): Uint8Array {
  return domainHash(NAME_TAG, text.encode(name));
}

export class ChildTrie {
  #top: Leaf | Branch | undefined;

  /** Adds a child; `value` gives its hash whenever it is needed anew. */
  add(key: Uint8Array, value: () => Uint8Array): void {
    const leaf: Leaf = { key, value, hash: undefined };
    if (this.#top === undefined) {
      this.#top = leaf;
      return;
    }
    const bit = firstDifference(key, nearest(this.#top, key).key);
    let above: Branch | undefined;
    let at = this.#top;
    while (isBranch(at) && at.bit < bit) {
      at.hash = undefined;
      above = at;
      at = side(at, key);
    }
    const right = bitOf(key, bit);
    const branch: Branch = { bit, left: right ? at : leaf, right: right ? leaf : at, hash: undefined };
    this.#replace(above, key, branch);
  }

  /** Forgets the hashes that depend on a child. */
  touch(key: Uint8Array): void {
    let at = this.#top;
    while (at !== undefined) {
      at.hash = undefined;
      at = isBranch(at) ? side(at, key) : undefined;
    }
  }

  remove(key: Uint8Array): void {
    let grand: Branch | undefined;
    let above: Branch | undefined;
    let at = this.#top;
    while (at !== undefined && isBranch(at)) {
      at.hash = undefined;
      grand = above;
      above = at;
      at = side(at, key);
    }
    if (above === undefined) this.#top = undefined;
    else this.#replace(grand, key, bitOf(key, above.bit) ? above.left : above.right);
  }

  /** Gives the root; 32 zero bytes without children. */
  root(): Uint8Array {
    return this.#top === undefined ? ZERO_HASH : hashOf(this.#top);
  }

  /** Gives the steps from a child to the root. */
  prove(key: Uint8Array): TrieStep[] {
    const steps: TrieStep[] = [];
    let at = this.#top;
    while (at !== undefined && isBranch(at)) {
      steps.unshift({ bit: at.bit, sibling: hashOf(bitOf(key, at.bit) ? at.left : at.right) });
      at = side(at, key);
    }
    return steps;
  }

  #replace(above: Branch | undefined, key: Uint8Array, by: Leaf | Branch): void {
    if (above === undefined) this.#top = by;
    else if (bitOf(key, above.bit)) above.right = by;
    else above.left = by;
  }
}

/**
 * Computes the root that a child and the steps above it lead to.
 *
 * @returns undefined when the steps are no path of a trie
 */
export function rootFrom(key: Uint8Array, child: Uint8Array, steps: readonly TrieStep[]): Uint8Array | undefined {
  let hash = domainHash(LEAF_TAG, key, child);
  let below = 256;
  for (const { bit, sibling } of steps) {
    if (!Number.isSafeInteger(bit) || bit < 0 || bit >= below || sibling.length !== 32) return undefined;
    hash = bitOf(key, bit) ? branchHash(bit, sibling, hash) : branchHash(bit, hash, sibling);
    below = bit;
  }
  return hash;
}

function isBranch(at: Leaf | Branch): at is Branch {
  return "bit" in at;
}

function side(branch: Branch, key: Uint8Array): Leaf | Branch {
  return bitOf(key, branch.bit) ? branch.right : branch.left;
}

function nearest(top: Leaf | Branch, key: Uint8Array): Leaf {
  let at = top;
  while (isBranch(at)) at = side(at, key);
  return at;
}

function hashOf(at: Leaf | Branch): Uint8Array {
  at.hash ??= isBranch(at)
    ? branchHash(at.bit, hashOf(at.left), hashOf(at.right))
    : domainHash(LEAF_TAG, at.key, at.value());
  return at.hash;
}

function branchHash(bit: number, left: Uint8Array, right: Uint8Array): Uint8Array {
  return domainHash(BRANCH_TAG, Uint8Array.of(bit), left, right);
}

/** Bit 0 is the highest of the first byte. */
function bitOf(key: Uint8Array, bit: number): boolean {
  return ((key[bit >> 3] as number) & (0x80 >> (bit & 7))) !== 0;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (a[at] === b[at]) at++;
  return at * 8 + Math.clz32((a[at] as number) ^ (b[at] as number)) - 24;
}
