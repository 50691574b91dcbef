// A fork in the trie of the children of a node: sixteen slots, hashed in one call, since a call costs more than the bytes. A
// fork of many keeps its input, in which a change renews 32 bytes, and what it holds keeps no hashes then; one of few writes
// its input anew, from hashes that what it holds keeps.
import { sha256Text } from "@weftos/crypto";
import { HASH_BYTES, tagBytes, writeLength } from "../format/domain-hash.ts";
import { type Digest, readDigest, writeDigest } from "./tree-hash.ts";

const NODE_TAG = tagBytes("weftos/tree/v3/node");
const BRANCH_TAG = tagBytes("weftos/tree/v3/branch");
const MASK_BYTES = 2;
/** Full slots up to which no input is kept. */
const FEW = 6;

/** What a trie holds. */
export interface TrieLeaf {
  /** The hash of its name. */
  readonly key: Digest;
  /** Its hash. */
  readonly digest: Digest;
  /**
   * The trie's own: its hash, where the trie keeps it. Whoever changes what `digest` gives clears it, and calls
   * {@link ChildTrie.touch}.
   */
  trieDigest: Digest | undefined;
}

type Held<Child extends TrieLeaf> = Child | Fork<Child>;

export class Fork<Child extends TrieLeaf> {
  /** Full slots: bit n is slot n. */
  mask = 0;
  /** Slots whose hash is not that in `input`. */
  stale = 0;
  /** What the full slots hold, in their order. */
  held: Held<Child>[] = [];
  input: Uint8Array | undefined = undefined;
  /** Its hash, kept by the fork above it. */
  trieDigest: Digest | undefined = undefined;
}

/** The input of a hash over slots, laid out once. */
class SlotInput {
  readonly #head: Uint8Array;
  readonly #few: readonly Uint8Array[];

  /** @param head - what stands before the slots and their length */
  constructor(head: Uint8Array) {
    this.#head = head;
    this.#few = Array.from({ length: FEW + 1 }, (_, count) => this.make(count));
  }

  /** Gives the input over so many full slots; of few, one that the next call gives again. */
  of(count: number): Uint8Array {
    return this.#few[count] ?? this.make(count);
  }

  make(count: number): Uint8Array {
    const head = this.#head;
    const input = new Uint8Array(head.length + 8 + MASK_BYTES + count * HASH_BYTES);
    input.set(head);
    writeLength(input, head.length, MASK_BYTES + count * HASH_BYTES);
    return input;
  }
}

const branchInput = new SlotInput(BRANCH_TAG);
const OWN_AT = NODE_TAG.length + 8;
const nodeInput = new SlotInput(nodeHead());

function nodeHead(): Uint8Array {
  const head = new Uint8Array(OWN_AT + HASH_BYTES);
  head.set(NODE_TAG);
  writeLength(head, NODE_TAG.length, HASH_BYTES);
  return head;
}

/** Hashes a node: what it says of itself, and the slots of its topmost fork. */
export function nodeDigest<Child extends TrieLeaf>(own: Digest, top: Fork<Child>): Digest {
  const input = inputOf(top, nodeInput);
  writeDigest(input, OWN_AT, own);
  return sha256Text(input);
}

/** Gives the slots of a fork as they are hashed: which are full, and the hashes of what these hold. */
export function slotsOf<Child extends TrieLeaf>(top: Fork<Child>): Uint8Array {
  return inputOf(top, nodeInput).slice(OWN_AT + HASH_BYTES + 8);
}

/** Hashes full slots given as hashes. @param own - what their node says of itself, if they are those of its topmost fork */
export function digestOfSlots(mask: number, digests: readonly Digest[], own: Digest | undefined): Digest {
  const input = (own === undefined ? branchInput : nodeInput).make(digests.length);
  if (own !== undefined) writeDigest(input, OWN_AT, own);
  writeMask(input, mask, digests.length);
  for (const [at, digest] of digests.entries()) writeDigest(input, slotAt(input, digests.length, at), digest);
  return sha256Text(input);
}

/** Gives the hash of what a full slot holds. @param at - its place among the full ones */
export function heldDigest<Child extends TrieLeaf>(fork: Fork<Child>, bit: number, at: number): Digest {
  const held = fork.held[at] as Held<Child>;
  return written(fork, bit, at) ?? held.trieDigest ?? hashOf(held);
}

/** Fills an empty slot. */
export function fill<Child extends TrieLeaf>(fork: Fork<Child>, bit: number, held: Held<Child>): void {
  const { held: before, mask, input } = fork;
  const at = placeOf(mask, bit);
  // An array of just this length: growing one reserves room.
  const after = new Array<Held<Child>>(before.length + 1);
  for (let i = 0; i < at; i++) after[i] = before[i] as Held<Child>;
  after[at] = held;
  for (let i = at; i < before.length; i++) after[i + 1] = before[i] as Held<Child>;
  fork.held = after;
  fork.mask = mask | bit;
  fork.stale |= bit;
  if (input === undefined) return;
  const grown = new Uint8Array(input.length + HASH_BYTES);
  const gap = slotAt(input, before.length, at);
  grown.set(input.subarray(0, gap));
  grown.set(input.subarray(gap), gap + HASH_BYTES);
  fork.input = withLength(grown, after.length);
}

/** Empties a full slot. */
export function empty<Child extends TrieLeaf>(fork: Fork<Child>, bit: number): void {
  const { held: before, mask, input } = fork;
  const at = placeOf(mask, bit);
  if (before.length - 1 <= FEW) giveBack(fork);
  else if (input !== undefined) {
    const shrunk = new Uint8Array(input.length - HASH_BYTES);
    const gap = slotAt(input, before.length, at);
    shrunk.set(input.subarray(0, gap));
    shrunk.set(input.subarray(gap + HASH_BYTES), gap);
    fork.input = withLength(shrunk, before.length - 1);
  }
  fork.held = before.filter((_, place) => place !== at);
  fork.mask = mask & ~bit;
  fork.stale &= ~bit;
}

/** Puts something else into a full slot. What was there keeps its hash, if it is known. */
export function exchange<Child extends TrieLeaf>(fork: Fork<Child>, bit: number, by: Held<Child>): void {
  const at = placeOf(fork.mask, bit);
  const before = fork.held[at] as Held<Child>;
  before.trieDigest ??= written(fork, bit, at);
  fork.held[at] = by;
  fork.stale |= bit;
}

/** Tells at which place among the full slots one stands. */
export function placeOf(mask: number, bit: number): number {
  return bitCount(mask & (bit - 1));
}

export function bitCount(mask: number): number {
  const pairs = mask - ((mask >> 1) & 0x5555);
  const fours = (pairs & 0x3333) + ((pairs >> 2) & 0x3333);
  const eights = (fours + (fours >> 4)) & 0x0f0f;
  return (eights + (eights >> 8)) & 0x1f;
}

/** Brings an input up to date, which the next call may give again. */
function inputOf<Child extends TrieLeaf>(fork: Fork<Child>, form: SlotInput): Uint8Array {
  const { held, stale, mask } = fork;
  const kept = fork.input;
  fork.stale = 0;
  if (kept === undefined) return newInput(fork, form);
  for (let left = stale; left !== 0; left &= left - 1) {
    const bit = left & -left;
    const at = placeOf(mask, bit);
    const one = held[at] as Held<Child>;
    writeDigest(kept, slotAt(kept, held.length, at), one.trieDigest ?? hashOf(one));
    one.trieDigest = undefined;
  }
  writeMask(kept, mask, held.length);
  return kept;
}

function newInput<Child extends TrieLeaf>(fork: Fork<Child>, form: SlotInput): Uint8Array {
  const { held, mask } = fork;
  // All hashes first: those of forks below are made in the same room.
  for (const one of held) one.trieDigest ??= hashOf(one);
  const input = form.of(held.length);
  writeMask(input, mask, held.length);
  let at = slotAt(input, held.length, 0);
  for (const { trieDigest = "" } of held) {
    writeDigest(input, at, trieDigest);
    at += HASH_BYTES;
  }
  if (held.length > FEW) {
    fork.input = input;
    for (const one of held) one.trieDigest = undefined;
  }
  return input;
}

function hashOf<Child extends TrieLeaf>(held: Held<Child>): Digest {
  return held instanceof Fork ? sha256Text(inputOf(held, branchInput)) : held.digest;
}

/** Lets what a fork holds keep the hashes again that were in its input. */
function giveBack<Child extends TrieLeaf>(fork: Fork<Child>): void {
  let at = 0;
  for (let left = fork.mask; left !== 0; left &= left - 1) {
    const held = fork.held[at] as Held<Child>;
    held.trieDigest ??= written(fork, left & -left, at);
    at += 1;
  }
  fork.input = undefined;
}

/** The hash in the input of a fork; undefined where it has none that holds. */
function written<Child extends TrieLeaf>(
  { input, stale, held }: Fork<Child>,
  bit: number,
  at: number,
): Digest | undefined {
  return input === undefined || (stale & bit) !== 0 ? undefined : readDigest(input, slotAt(input, held.length, at));
}

function withLength(input: Uint8Array, count: number): Uint8Array {
  writeLength(input, slotAt(input, count, 0) - MASK_BYTES - 8, MASK_BYTES + count * HASH_BYTES);
  return input;
}

function writeMask(input: Uint8Array, mask: number, count: number): void {
  const at = slotAt(input, count, 0) - MASK_BYTES;
  input[at] = mask;
  input[at + 1] = mask >> 8;
}

/** Offset of a full slot in an input over so many. */
function slotAt(input: Uint8Array, count: number, at: number): number {
  return input.length - (count - at) * HASH_BYTES;
}
