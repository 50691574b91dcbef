// A node of the tree and its hash: own facts, then the root over its children, so that nothing about a node can change
// without the root changing.
import { encodeCanonical } from "@weftos/crypto";
import type { JsonObject, ResourceKind } from "@weftos/interface";
import { domainHash, tagBytes } from "../format/domain-hash.ts";
import type { AccessEntry } from "./access-entry.ts";
import { ChildTrie, nameKey } from "./child-trie.ts";
import { nameOf, parentOf, ROOT } from "./resource-path.ts";
import type { Scoring } from "./scoring.ts";

const OWN_TAG = tagBytes("weftos/tree/v1/own");
const NODE_TAG = tagBytes("weftos/tree/v1/node");
const text = new TextEncoder();
const NO_ACCESS: readonly AccessEntry[] = [];
const NO_PARENT = new Uint8Array(0);

/** What a node says of itself. */
export interface NodeFacts {
  readonly path: string;
  readonly kind: ResourceKind;
  readonly metadata: JsonObject;
  readonly scoring: Scoring;
  /** Its access list: sorted, each entry once. @defaultValue none */
  readonly access?: readonly AccessEntry[] | undefined;
}

/** Hashes what a node says of itself: path, kind, parent, metadata, scoring, and its access list when it has one. */
export function ownHash({ path, kind, metadata, scoring, access = [] }: NodeFacts): Uint8Array {
  const scores = new Uint8Array(24);
  const view = new DataView(scores.buffer);
  for (const [i, score] of scoring.entries()) view.setUint32(4 * i, score, true);
  const parent = path === ROOT ? NO_PARENT : text.encode(parentOf(path));
  const list = access.length === 0 ? [] : [encodeCanonical(access.map(entryJson))];
  return domainHash(OWN_TAG, text.encode(path), text.encode(kind), parent, encodeCanonical(metadata), scores, ...list);
}

/** Gives an entry the form that is recorded and hashed. */
export function entryJson({ effect, subject, permissions, here }: AccessEntry): JsonObject {
  return { effect, subject, permissions, ...(here === true ? { here } : {}) };
}

/** Hashes a node with its children. */
export function nodeHash(own: Uint8Array, children: Uint8Array): Uint8Array {
  return domainHash(NODE_TAG, own, children);
}

export class TreeNode implements NodeFacts {
  readonly path: string;
  readonly kind: ResourceKind;
  readonly parent: TreeNode | undefined;
  /** Sequence of the event that made it; -1 while that is not known. */
  created = -1;
  /** Sequence of the event that last changed it. */
  changed = -1;
  readonly children: Map<string, TreeNode> = new Map();
  readonly #key: Uint8Array;
  #trie: ChildTrie | undefined;
  #metadata: JsonObject;
  #scoring: Scoring;
  #access: readonly AccessEntry[] = NO_ACCESS;
  #own: Uint8Array | undefined;
  #hash: Uint8Array | undefined;

  constructor({ path, kind, metadata, scoring }: NodeFacts, parent: TreeNode | undefined) {
    this.path = path;
    this.kind = kind;
    this.parent = parent;
    this.#metadata = metadata;
    this.#scoring = scoring;
    this.#key = nameKey(nameOf(path));
  }

  get metadata(): JsonObject {
    return this.#metadata;
  }

  set metadata(metadata: JsonObject) {
    this.#metadata = metadata;
    this.#own = undefined;
    this.#touch();
  }

  get scoring(): Scoring {
    return this.#scoring;
  }

  set scoring(scoring: Scoring) {
    this.#scoring = scoring;
    this.#own = undefined;
    this.#touch();
  }

  get access(): readonly AccessEntry[] {
    return this.#access;
  }

  set access(access: readonly AccessEntry[]) {
    this.#access = access;
    this.#own = undefined;
    this.#touch();
  }

  get own(): Uint8Array {
    this.#own ??= ownHash(this);
    return this.#own;
  }

  get hash(): Uint8Array {
    this.#hash ??= nodeHash(this.own, this.childrenRoot);
    return this.#hash;
  }

  get childrenRoot(): Uint8Array {
    this.#trie ??= new ChildTrie();
    return this.#trie.root();
  }

  /** Key in the trie of its parent. */
  get key(): Uint8Array {
    return this.#key;
  }

  attach(child: TreeNode): void {
    this.children.set(nameOf(child.path), child);
    this.#trie ??= new ChildTrie();
    this.#trie.add(child.#key, () => child.hash);
    this.#touch();
  }

  detach(child: TreeNode): void {
    this.children.delete(nameOf(child.path));
    this.#trie?.remove(child.#key);
    this.#touch();
  }

  /** Gives the steps from a child to the root over the children. */
  prove(child: TreeNode): ReturnType<ChildTrie["prove"]> {
    return this.#trie?.prove(child.#key) ?? [];
  }

  /** Forgets the hashes from here to the root. */
  #touch(): void {
    this.#hash = undefined;
    let below: TreeNode = this;
    for (let above = this.parent; above !== undefined; above = above.parent) {
      above.#trie?.touch(below.#key);
      above.#hash = undefined;
      below = above;
    }
  }
}
