// Commits to the children of a node: a binary radix trie over the hashes of their names. Its shape follows from the set of
// names alone, so the root is independent of the order of inserts, and one child among many costs a path, not a pass.
// Hashes are made when the root is asked for, so that many changes in a row hash each branch once. The children are the
// leaves themselves, and say their keys when asked: thousands of them hold nothing here but a branch each, and the hash of a leaf is
// made again when that beside it changes.
import { HASH_BYTES, tagBytes } from "../format/domain-hash.ts";
import { branchHash, type Digest, PairHash, textPart, treeHash, ZERO_DIGEST } from "./tree-hash.ts";

const NAME_TAG = tagBytes("weftos/tree/v2/name");
const leafHash = new PairHash("weftos/tree/v2/leaf");

/** What a trie holds. */
export interface TrieLeaf {
  /** {@link nameKey} of its name. */
  readonly key: Digest;
  /** Its hash, without its name. */
  readonly digest: Digest;
  /**
   * The trie's own: its hash as a leaf, where the trie keeps it. Whoever changes what `digest` gives clears it, and calls
   * {@link ChildTrie.touch}.
   */
  trieDigest: Digest | undefined;
}

/** Children up to which their hashes are kept: so few are asked for again and again, and take little. */
const FEW = 64;

class Branch<Child> {
  /** The first bit in which the two sides differ. */
  readonly bit: number;
  left: Child | Branch<Child>;
  right: Child | Branch<Child>;
  trieDigest: Digest | undefined = undefined;

  constructor(bit: number, left: Child | Branch<Child>, right: Child | Branch<Child>) {
    this.bit = bit;
    this.left = left;
    this.right = right;
  }
}

/** One step of a proof, from the child upwards. */
export interface TrieStep {
  readonly bit: number;
  readonly sibling: Digest;
}

interface NamedKey {
  readonly name: string;
  readonly key: Digest;
}

/** Keys of the last two names: a change asks for that of its node again and again, and for that of the node it lands beside. */
let newest: NamedKey = { name: "", key: treeHash(NAME_TAG, "") };
let second: NamedKey = newest;

/** Gives the key of a name. */
export function nameKey(name: string): Digest {
  if (name === newest.name) return newest.key;
  const made = name === second.name ? second : { name, key: treeHash(NAME_TAG, textPart(name)) };
  second = newest;
  newest = made;
  return made.key;
}

/** Hashes a leaf: its key, and its hash without its name. */
export function leafDigest(key: Digest, digest: Digest): Digest {
  return leafHash.of(key, digest);
}

export class ChildTrie<Child extends TrieLeaf> {
  #top: Child | Branch<Child> | undefined;
  #size = 0;

  /** Children. */
  get size(): number {
    return this.#size;
  }

  /** Gives the children, in the order of their keys. */
  *values(): Generator<Child> {
    const stack = this.#top === undefined ? [] : [this.#top];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at instanceof Branch) stack.push(at.right, at.left);
      else yield at;
    }
  }

  /** Gives the child of a key, or another one when there is none of it. */
  nearest(key: Digest): Child | undefined {
    return this.#top === undefined ? undefined : nearest(this.#top, key);
  }

  /** Adds a child whose key is not there yet. */
  add(child: Child): void {
    this.#size += 1;
    if (this.#top === undefined) {
      this.#top = child;
      return;
    }
    const { key } = child;
    const bit = firstDifference(key, nearest(this.#top, key).key);
    let above: Branch<Child> | undefined;
    let at = this.#top;
    while (at instanceof Branch && at.bit < bit) {
      at.trieDigest = undefined;
      above = at;
      at = side(at, key);
    }
    this.#replace(above, key, bitOf(key, bit) ? new Branch(bit, at, child) : new Branch(bit, child, at));
  }

  /** Forgets the hashes that depend on the child of a key. */
  touch(key: Digest): void {
    let at = this.#top;
    while (at instanceof Branch) {
      at.trieDigest = undefined;
      at = side(at, key);
    }
  }

  /** Removes the child of a key, which must be there. */
  remove(key: Digest): void {
    this.#size -= 1;
    let grand: Branch<Child> | undefined;
    let above: Branch<Child> | undefined;
    let at = this.#top;
    while (at instanceof Branch) {
      at.trieDigest = undefined;
      grand = above;
      above = at;
      at = side(at, key);
    }
    if (above === undefined) this.#top = undefined;
    else this.#replace(grand, key, bitOf(key, above.bit) ? above.left : above.right);
  }

  /** Gives the root; 32 zero bytes without children. */
  root(): Digest {
    return this.#top === undefined ? ZERO_DIGEST : digestAt(this.#top, this.#size <= FEW);
  }

  /** Gives the steps from a child to the root. */
  prove(key: Digest): TrieStep[] {
    const steps: TrieStep[] = [];
    let at = this.#top;
    while (at instanceof Branch) {
      const sibling = bitOf(key, at.bit) ? at.left : at.right;
      steps.unshift({ bit: at.bit, sibling: digestAt(sibling, this.#size <= FEW) });
      at = side(at, key);
    }
    return steps;
  }

  #replace(above: Branch<Child> | undefined, key: Digest, by: Child | Branch<Child>): void {
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
export function rootFrom(key: Digest, child: Digest, steps: readonly TrieStep[]): Digest | undefined {
  let hash = leafDigest(key, child);
  let below = 256;
  for (const { bit, sibling } of steps) {
    if (!Number.isSafeInteger(bit) || bit < 0 || bit >= below || sibling.length !== HASH_BYTES) return undefined;
    hash = bitOf(key, bit) ? branchHash(bit, sibling, hash) : branchHash(bit, hash, sibling);
    below = bit;
  }
  return hash;
}

function side<Child>(branch: Branch<Child>, key: Digest): Child | Branch<Child> {
  return bitOf(key, branch.bit) ? branch.right : branch.left;
}

function nearest<Child>(top: Child | Branch<Child>, key: Digest): Child {
  let at = top;
  while (at instanceof Branch) at = side(at, key);
  return at;
}

/** @param keep - whether hashes of leaves are kept, and not only those of branches */
function digestAt<Child extends TrieLeaf>(at: Child | Branch<Child>, keep: boolean): Digest {
  // Most of what a change passes stands as it was: whether it is a leaf need not be asked.
  return at.trieDigest ?? renewedDigest(at, keep);
}

function renewedDigest<Child extends TrieLeaf>(at: Child | Branch<Child>, keep: boolean): Digest {
  if (at instanceof Branch) {
    at.trieDigest = branchHash(at.bit, digestAt(at.left, keep), digestAt(at.right, keep));
    return at.trieDigest;
  }
  const digest = leafDigest(at.key, at.digest);
  if (keep) at.trieDigest = digest;
  return digest;
}

/** Bit 0 is the highest of the first byte. */
function bitOf(key: Digest, bit: number): boolean {
  return (key.charCodeAt(bit >> 3) & (0x80 >> (bit & 7))) !== 0;
}

function firstDifference(a: Digest, b: Digest): number {
  let at = 0;
  while (a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at * 8 + Math.clz32(a.charCodeAt(at) ^ b.charCodeAt(at)) - 24;
}
