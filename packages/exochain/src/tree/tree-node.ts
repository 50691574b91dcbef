// A node of the tree and its hash: own facts, then the root over its children, so that nothing about a node can change
// without the root changing.
import { encodeCanonical } from "@weftos/crypto";
import type { JsonObject, ResourceKind } from "@weftos/interface";
import { tagBytes } from "../format/domain-hash.ts";
import type { AccessEntry } from "./access-entry.ts";
import { ChildTrie, nameKey, type TrieLeaf, type TrieStep } from "./child-trie.ts";
import { nameOf, parentOf, ROOT } from "./resource-path.ts";
import { NEUTRAL, type Scoring } from "./scoring.ts";
import { bytesOf, type Digest, treeHash, ZERO_DIGEST } from "./tree-hash.ts";

const OWN_TAG = tagBytes("weftos/tree/v2/own");
const NODE_TAG = tagBytes("weftos/tree/v2/node");
const text = new TextEncoder();
const NO_ACCESS: readonly AccessEntry[] = [];
const NO_PARENT = new Uint8Array(0);
const NEUTRAL_BYTES = encodeScoring(NEUTRAL);
let lastEncoded: { readonly metadata: JsonObject; readonly bytes: Uint8Array } = {
  metadata: {},
  bytes: encodeCanonical({}),
};

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
export function ownHash({ path, kind, metadata, scoring, access = NO_ACCESS }: NodeFacts): Digest {
  const parent = path === ROOT ? NO_PARENT : text.encode(parentOf(path));
  const list = access.length === 0 ? [] : [encodeCanonical(access.map(entryJson))];
  const facts = [text.encode(path), text.encode(kind), parent, metadataBytes(metadata), scoringBytes(scoring), ...list];
  return treeHash(OWN_TAG, ...facts);
}

/** Metadata is never changed in place, and many agents in a row have the same. */
function metadataBytes(metadata: JsonObject): Uint8Array {
  if (metadata !== lastEncoded.metadata) lastEncoded = { metadata, bytes: encodeCanonical(metadata) };
  return lastEncoded.bytes;
}

function scoringBytes(scoring: Scoring): Uint8Array {
  return scoring === NEUTRAL ? NEUTRAL_BYTES : encodeScoring(scoring);
}

function encodeScoring(scoring: Scoring): Uint8Array {
  const scores = new Uint8Array(24);
  const view = new DataView(scores.buffer);
  for (const [i, score] of scoring.entries()) view.setUint32(4 * i, score, true);
  return scores;
}

/** Gives an entry the form that is recorded and hashed. */
export function entryJson({ effect, subject, permissions, here }: AccessEntry): JsonObject {
  return { effect, subject, permissions, ...(here === true ? { here } : {}) };
}

/** Hashes a node with its children. */
export function nodeHash(own: Digest, children: Digest): Digest {
  return treeHash(NODE_TAG, own, children);
}

const CHILDLESS: ChildTrie<TreeNode> = new ChildTrie();

/** What only a node with children keeps. */
interface Inner {
  readonly children: ChildTrie<TreeNode>;
  readonly key: Digest;
  own: Digest | undefined;
  digest: Digest | undefined;
}

export class TreeNode implements NodeFacts, TrieLeaf {
  readonly path: string;
  readonly kind: ResourceKind;
  readonly parent: TreeNode | undefined;
  /** Sequence of the event that made it; -1 while that is not known. */
  created = -1;
  /** Sequence of the event that last changed it. */
  changed = -1;
  /** Its hash in the trie of its parent, which keeps it here. */
  leafDigest: Digest | undefined = undefined;
  #metadata: JsonObject;
  #scoring: Scoring;
  #access: readonly AccessEntry[] = NO_ACCESS;
  #inner: Inner | undefined = undefined;

  constructor({ path, kind, metadata, scoring }: NodeFacts, parent: TreeNode | undefined) {
    this.path = path;
    this.kind = kind;
    this.parent = parent;
    this.#metadata = metadata;
    this.#scoring = scoring;
  }

  get metadata(): JsonObject {
    return this.#metadata;
  }

  set metadata(metadata: JsonObject) {
    this.#metadata = metadata;
    this.#touchOwn();
  }

  get scoring(): Scoring {
    return this.#scoring;
  }

  set scoring(scoring: Scoring) {
    this.#scoring = scoring;
    this.#touchOwn();
  }

  get access(): readonly AccessEntry[] {
    return this.#access;
  }

  set access(access: readonly AccessEntry[]) {
    this.#access = access;
    this.#touchOwn();
  }

  /** Its children: how many, and which. */
  get children(): Pick<ChildTrie<TreeNode>, "size" | "values"> {
    return this.#inner?.children ?? CHILDLESS;
  }

  get own(): Digest {
    if (this.#inner === undefined) return ownHash(this);
    this.#inner.own ??= ownHash(this);
    return this.#inner.own;
  }

  get digest(): Digest {
    if (this.#inner === undefined) return nodeHash(ownHash(this), ZERO_DIGEST);
    this.#inner.digest ??= nodeHash(this.own, this.childrenRoot);
    return this.#inner.digest;
  }

  get hash(): Uint8Array {
    return bytesOf(this.digest);
  }

  get childrenRoot(): Digest {
    return this.#inner?.children.root() ?? ZERO_DIGEST;
  }

  /** Key in the trie of its parent. */
  get key(): Digest {
    return this.#inner?.key ?? nameKey(nameOf(this.path));
  }

  attach(child: TreeNode): void {
    this.#inner ??= { children: new ChildTrie(), key: this.key, own: undefined, digest: undefined };
    this.#inner.children.add(child);
    this.#touch();
  }

  detach(child: TreeNode): void {
    this.#inner?.children.remove(child.key);
    this.#touch();
  }

  /** Gives the steps from a child to the root over the children. */
  prove(child: TreeNode): TrieStep[] {
    return this.#inner?.children.prove(child.key) ?? [];
  }

  #touchOwn(): void {
    if (this.#inner !== undefined) this.#inner.own = undefined;
    this.#touch();
  }

  /** Forgets the hashes from here to the root. */
  #touch(): void {
    let below: TreeNode = this;
    below.#forget();
    for (let above = this.parent; above !== undefined; above = above.parent) {
      above.#inner?.children.touch(below.key);
      above.#forget();
      below = above;
    }
  }

  #forget(): void {
    this.leafDigest = undefined;
    if (this.#inner !== undefined) this.#inner.digest = undefined;
  }
}
