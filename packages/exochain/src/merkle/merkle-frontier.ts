// The RFC 6962 tree while it grows: only the roots of its complete subtrees are kept, largest first, at most 53 hashes.
// Their sizes are the bits of the tree size, so a frontier and a size say everything that a root needs.
import { sha256 } from "@weftos/crypto";

const LEAF = 0x00;
const NODE = 0x01;

// All are hashed at once, so one place for each kind of input is enough: most leaves are hashes, the others blocks of records.
const leafInput = new Uint8Array(33);
const blockInput = new Uint8Array(1 + 4096);
const nodeInput = new Uint8Array(65);
leafInput[0] = LEAF;
blockInput[0] = LEAF;
nodeInput[0] = NODE;

/** Hashes an entry to its leaf (RFC 6962 §2.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  const input = entry.length === 32 ? leafInput : inputOf(1 + entry.length);
  input.set(entry, 1);
  return sha256(input);
}

function inputOf(bytes: number): Uint8Array {
  return bytes <= blockInput.length ? blockInput.subarray(0, bytes) : new Uint8Array(bytes);
}

/** Hashes two subtrees to their parent (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 33);
  return sha256(nodeInput);
}

/** A complete subtree: the root of 2^`level` entries in a row. */
export interface Subtree {
  readonly level: number;
  readonly root: Uint8Array;
}

/** The complete subtrees of a stretch of entries that begins anywhere, in order: what a frontier can take at once. */
export class SubtreeRun {
  readonly #subtrees: Subtree[] = [];
  #size: number;

  /** @param from - entries of the tree before this stretch */
  constructor(from: number) {
    this.#size = from;
  }

  append(entry: Uint8Array): void {
    let root = leafHash(entry);
    let level = 0;
    for (let size = this.#size; size % 2 === 1; size = Math.floor(size / 2)) {
      const left = this.#subtrees.at(-1);
      if (left?.level !== level) break;
      this.#subtrees.pop();
      root = nodeHash(left.root, root);
      level += 1;
    }
    this.#subtrees.push({ level, root });
    this.#size += 1;
  }

  /** Gives the subtrees of what was appended since the last call. */
  take(): Subtree[] {
    return this.#subtrees.splice(0);
  }
}

/** A growing tree. */
export class MerkleFrontier {
  #size: number;
  readonly #roots: Uint8Array[];

  /** @param roots - as `roots` gave them for the same size */
  constructor(size = 0, roots: readonly Uint8Array[] = []) {
    if (bitsOf(size) !== roots.length) throw new RangeError(`a tree of ${size} has ${bitsOf(size)} complete subtrees`);
    this.#size = size;
    this.#roots = [...roots];
  }

  get size(): number {
    return this.#size;
  }

  /** Roots of the complete subtrees, largest first. */
  get roots(): readonly Uint8Array[] {
    return this.#roots;
  }

  /**
   * Adds one entry.
   *
   * @param made - is told the root of every subtree that this entry completes, from its leaf (level 0) upwards
   */
  append(entry: Uint8Array, made?: (level: number, root: Uint8Array) => void): void {
    let hash = leafHash(entry);
    made?.(0, hash);
    let level = 0;
    for (let size = this.#size; size % 2 === 1; size = Math.floor(size / 2)) {
      hash = nodeHash(this.#roots.pop() as Uint8Array, hash);
      level += 1;
      made?.(level, hash);
    }
    this.#roots.push(hash);
    this.#size += 1;
  }

  /** Adds a complete subtree. The size must be a multiple of its entries, as it is for those of a run in order. */
  join({ level, root }: Subtree): void {
    let hash = root;
    for (let size = this.#size / 2 ** level; size % 2 === 1; size = Math.floor(size / 2)) {
      hash = nodeHash(this.#roots.pop() as Uint8Array, hash);
    }
    this.#roots.push(hash);
    this.#size += 2 ** level;
  }

  /** Gives the root; of the empty tree, the hash of nothing. */
  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (let i = this.#roots.length - 1; i >= 0; i--) {
      const left = this.#roots[i] as Uint8Array;
      root = root === undefined ? left : nodeHash(left, root);
    }
    return root ?? sha256(new Uint8Array(0));
  }

  clone(): MerkleFrontier {
    return new MerkleFrontier(this.#size, this.#roots);
  }
}

function bitsOf(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}

/** Gives the root of a small tree at once. */
export function merkleRoot(entries: Iterable<Uint8Array>): Uint8Array {
  const tree = new MerkleFrontier();
  for (const entry of entries) tree.append(entry);
  return tree.root();
}
