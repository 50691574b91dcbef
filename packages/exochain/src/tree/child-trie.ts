// Commits to the children of a node: a radix trie over the hashes of their names, of four bits at a time. Its shape follows from
// the set of names alone, so the root is independent of the order of inserts, and one child among many costs a path, not a pass.
// Hashes are made when they are asked for, so that many changes in a row hash each fork once. The children are the leaves
// themselves, and say their keys when asked: thousands of them hold little here but a place.
import { HASH_BYTES, tagBytes } from "../format/domain-hash.ts";
import { type Digest, textPart, treeHash } from "./tree-hash.ts";
import {
  bitCount,
  digestOfSlots,
  empty,
  exchange,
  Fork,
  fill,
  heldDigest,
  nodeDigest,
  placeOf,
  slotsOf,
  type TrieLeaf,
} from "./trie-fork.ts";

const KEY_TAG = tagBytes("weftos/tree/v3/key");
/** Half bytes of a key. */
const MAX_DEPTH = 2 * HASH_BYTES;
const NO_SLOTS = new Uint8Array(0);

/** One fork on the way from a child upwards. */
export interface TrieStep {
  /** Full slots: bit n is slot n. */
  readonly slots: number;
  /** Hashes of what the other full slots hold, in their order. */
  readonly siblings: readonly Digest[];
}

interface NamedKey {
  readonly name: string;
  readonly key: Digest;
}

/** Keys of the last two names: a change asks for that of its node again and again, and for that of the node it lands beside. */
let newest: NamedKey = { name: "", key: treeHash(KEY_TAG, "") };
let second: NamedKey = newest;

/** Gives the key of a name. */
export function nameKey(name: string): Digest {
  if (name === newest.name) return newest.key;
  const made = name === second.name ? second : { name, key: treeHash(KEY_TAG, textPart(name)) };
  second = newest;
  newest = made;
  return made.key;
}

/** A fork, and the slot in which the way goes on. */
interface Turn<Child extends TrieLeaf> {
  readonly fork: Fork<Child>;
  readonly bit: number;
}

export class ChildTrie<Child extends TrieLeaf> {
  readonly #top = new Fork<Child>();
  #size = 0;

  /** Children. */
  get size(): number {
    return this.#size;
  }

  /** Gives the children, in the order of their keys. */
  *values(): Generator<Child> {
    const stack: (Child | Fork<Child>)[] = [this.#top];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at instanceof Fork) stack.push(...at.held.toReversed());
      else yield at;
    }
  }

  /** Gives the child of a key, or another one, or none, when there is none of it. */
  nearest(key: Digest): Child | undefined {
    let fork = this.#top;
    for (let depth = 0; ; depth++) {
      const bit = slotOf(key, depth);
      const held = (fork.mask & bit) === 0 ? undefined : fork.held[placeOf(fork.mask, bit)];
      if (!(held instanceof Fork)) return held;
      fork = held;
    }
  }

  /** Adds a child whose key is not there yet. */
  add(child: Child): void {
    this.#size += 1;
    const { key } = child;
    let fork = this.#top;
    for (let depth = 0; ; depth++) {
      fork.trieDigest = undefined;
      const bit = slotOf(key, depth);
      if ((fork.mask & bit) === 0) {
        fill(fork, bit, child);
        return;
      }
      const held = fork.held[placeOf(fork.mask, bit)] as Child | Fork<Child>;
      if (held instanceof Fork) {
        fork.stale |= bit;
        fork = held;
      } else {
        const below = new Fork<Child>();
        exchange(fork, bit, below);
        fill(below, slotOf(held.key, depth + 1), held);
        fork = below;
      }
    }
  }

  /** Forgets the hashes that depend on the child of a key. */
  touch(key: Digest): void {
    for (const { fork, bit } of this.#way(key)) {
      fork.trieDigest = undefined;
      fork.stale |= bit;
    }
  }

  /** Removes the child of a key, which must be there. */
  remove(key: Digest): void {
    this.touch(key);
    const way = this.#way(key);
    const last = way.pop();
    if (last === undefined) return;
    this.#size -= 1;
    empty(last.fork, last.bit);
    // What is alone below a fork takes its place.
    let only = last.fork.held.length === 1 ? last.fork.held[0] : undefined;
    for (let above = way.pop(); above !== undefined && only !== undefined; above = way.pop()) {
      if (only instanceof Fork) return;
      exchange(above.fork, above.bit, only);
      only = above.fork.held.length === 1 ? only : undefined;
    }
  }

  /** Hashes the node of these children. @param own - what it says of itself, which is its hash without children */
  digestUnder(own: Digest): Digest {
    return this.#size === 0 ? own : nodeDigest(own, this.#top);
  }

  /** Gives what that hash commits to of the children; nothing without any. */
  slots(): Uint8Array {
    return this.#size === 0 ? NO_SLOTS : slotsOf(this.#top);
  }

  /** Gives the steps from a child upwards. */
  prove(key: Digest): TrieStep[] {
    return this.#way(key)
      .toReversed()
      .map(({ fork, bit }) => ({ slots: fork.mask, siblings: siblingsOf(fork, bit) }));
  }

  /** The forks above the place of a key, from the top, and the slot that leads there. */
  #way(key: Digest): Turn<Child>[] {
    const way: Turn<Child>[] = [];
    let at: Child | Fork<Child> | undefined = this.#top;
    for (let depth = 0; at instanceof Fork; depth++) {
      const bit = slotOf(key, depth);
      way.push({ fork: at, bit });
      at = (at.mask & bit) === 0 ? undefined : at.held[placeOf(at.mask, bit)];
    }
    return way;
  }
}

/**
 * Computes the hash of a node that a child of it and the steps above that lead to.
 *
 * @param own - what the node says of itself
 * @returns undefined when the steps are no path of a trie
 */
export function nodeFrom(key: Digest, child: Digest, own: Digest, steps: readonly TrieStep[]): Digest | undefined {
  if (steps.length > MAX_DEPTH) return undefined;
  let hash = child;
  let depth = steps.length;
  for (const { slots, siblings } of steps) {
    depth -= 1;
    const bit = slotOf(key, depth);
    if (!isMask(slots) || (slots & bit) === 0 || siblings.length !== bitCount(slots) - 1) return undefined;
    if (siblings.some(({ length }) => length !== HASH_BYTES)) return undefined;
    hash = digestOfSlots(slots, siblings.toSpliced(placeOf(slots, bit), 0, hash), depth === 0 ? own : undefined);
  }
  return steps.length === 0 ? undefined : hash;
}

/** Tells whether a number says which of sixteen slots are full. */
export function isMask(slots: number): boolean {
  return Number.isSafeInteger(slots) && slots > 0 && slots < 0x1_0000;
}

function siblingsOf<Child extends TrieLeaf>(fork: Fork<Child>, except: number): Digest[] {
  const siblings: Digest[] = [];
  let at = 0;
  for (let left = fork.mask; left !== 0; left &= left - 1) {
    const bit = left & -left;
    if (bit !== except) siblings.push(heldDigest(fork, bit, at));
    at += 1;
  }
  return siblings;
}

/** The slot of a key in a fork so many above it: the bit of its next four bits, the highest first. */
function slotOf(key: Digest, depth: number): number {
  const byte = key.charCodeAt(depth >> 1);
  return 1 << ((depth & 1) === 0 ? byte >> 4 : byte & 15);
}
