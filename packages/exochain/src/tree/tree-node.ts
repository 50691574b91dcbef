// A node of the tree and its hash: own facts, then the root over its children, so that nothing about a node can change
// without the root changing.
import { encodeCanonical } from "@weftos/crypto";
import type { JsonObject, ResourceKind } from "@weftos/interface";
import { tagBytes } from "../format/domain-hash.ts";
import type { AccessEntry } from "./access-entry.ts";
import { ChildTrie, nameKey, type TrieStep } from "./child-trie.ts";
import { nameOf, parentOf, ROOT } from "./resource-path.ts";
import { NEUTRAL, type Scoring } from "./scoring.ts";
import { bytesOf, type Digest, framed, textPart, treeHashOfText } from "./tree-hash.ts";
import type { TrieLeaf } from "./trie-fork.ts";

const OWN_TAG = tagBytes("weftos/tree/v3/own");
const NO_ACCESS: readonly AccessEntry[] = [];
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
  return ownHashOf(path, path === ROOT ? "" : parentOf(path), { kind, metadata, scoring, access });
}

/** What followed the path in the hash before: agents that are started in a row differ in their path alone. */
let lastRest: { readonly said: Said; readonly parent: string; readonly bytes: Uint8Array } | undefined;

function ownHashOf(path: string, parent: string, said: Said): Digest {
  if (lastRest?.said !== said || lastRest.parent !== parent) {
    const { kind, metadata, scoring, access } = said;
    const facts = [textPart(kind), textPart(parent), metadataBytes(metadata), scoringBytes(scoring)];
    if (access.length > 0) facts.push(encodeCanonical(access.map(entryJson)));
    lastRest = { said, parent, bytes: framed(...facts) };
  }
  return treeHashOfText(OWN_TAG, textPart(path), lastRest.bytes);
}

/** Encodes metadata. It is never changed in place, and many agents in a row have the same. */
export function metadataBytes(metadata: JsonObject): Uint8Array {
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

const CHILDLESS: ChildTrie<TreeNode> = new ChildTrie();

/** What a node says of itself besides its name. */
type Said = Required<Omit<NodeFacts, "path" | "access">> & { readonly access: readonly AccessEntry[] };

/** What was said last: agents that are started in a row say the same, and hold one object together. */
let lastSaid: Said = { kind: "namespace", metadata: {}, scoring: NEUTRAL, access: NO_ACCESS };

function saidOf({ kind, metadata, scoring, access = NO_ACCESS }: Omit<NodeFacts, "path">): Said {
  const same =
    kind === lastSaid.kind &&
    metadata === lastSaid.metadata &&
    scoring === lastSaid.scoring &&
    access === lastSaid.access;
  if (!same) lastSaid = { kind, metadata, scoring, access };
  return lastSaid;
}

/** What only a node with children keeps. */
interface Inner {
  readonly children: ChildTrie<TreeNode>;
  readonly path: string;
  readonly key: Digest;
  own: Digest | undefined;
  digest: Digest | undefined;
}

/** A node holds its name, and not its path, and few fields of its own: there is one for each agent. */
export class TreeNode implements NodeFacts, TrieLeaf {
  readonly parent: TreeNode | undefined;
  /** Sequence of the event that made it; -1 while that is not known. */
  created = -1;
  /** Sequence of the event that last changed it. */
  changed = -1;
  /** Its hash, where the trie of its parent keeps it here. */
  trieDigest: Digest | undefined = undefined;
  /** A PID stands here as the number that it is, without a text for each agent. */
  readonly #name: string | number;
  #said: Said;
  #inner: Inner | undefined = undefined;

  constructor(facts: NodeFacts, parent: TreeNode | undefined) {
    this.#name = numberOf(nameOf(facts.path));
    this.parent = parent;
    this.#said = saidOf(facts);
  }

  /** Last segment of its path; the root's is empty. */
  get name(): string {
    return String(this.#name);
  }

  get path(): string {
    const { parent } = this;
    if (this.#inner !== undefined) return this.#inner.path;
    if (parent === undefined) return ROOT;
    return parent.parent === undefined ? ROOT + this.name : `${parent.path}/${this.name}`;
  }

  get kind(): ResourceKind {
    return this.#said.kind;
  }

  get metadata(): JsonObject {
    return this.#said.metadata;
  }

  set metadata(metadata: JsonObject) {
    this.#said = saidOf({ ...this.#said, metadata });
    touchOwn(this);
  }

  get scoring(): Scoring {
    return this.#said.scoring;
  }

  set scoring(scoring: Scoring) {
    this.#said = saidOf({ ...this.#said, scoring });
    touchOwn(this);
  }

  get access(): readonly AccessEntry[] {
    return this.#said.access;
  }

  set access(access: readonly AccessEntry[]) {
    this.#said = saidOf({ ...this.#said, access });
    touchOwn(this);
  }

  /** Its children: how many, and which. */
  get children(): Pick<ChildTrie<TreeNode>, "size" | "values"> {
    return this.#inner?.children ?? CHILDLESS;
  }

  /** Gives the child of a name. */
  child(name: string): TreeNode | undefined {
    const nearest = this.#inner?.children.nearest(nameKey(name));
    return nearest?.name === name ? nearest : undefined;
  }

  get own(): Digest {
    if (this.#inner !== undefined) {
      this.#inner.own ??= ownHash(this);
      return this.#inner.own;
    }
    const above = this.parent?.path;
    return above === undefined ? ownHash(this) : ownHashOf(this.path, above, this.#said);
  }

  get digest(): Digest {
    if (this.#inner === undefined) return this.own;
    this.#inner.digest ??= this.#inner.children.digestUnder(this.own);
    return this.#inner.digest;
  }

  get hash(): Uint8Array {
    return bytesOf(this.digest);
  }

  /** What its hash commits to of its children; nothing without any. */
  get slots(): Uint8Array {
    return (this.#inner?.children ?? CHILDLESS).slots();
  }

  /** Key in the trie of its parent. */
  get key(): Digest {
    return this.#inner?.key ?? nameKey(this.name);
  }

  attach(child: TreeNode): void {
    const { path, key } = this;
    this.#inner ??= { children: new ChildTrie(), path, key, own: undefined, digest: undefined };
    this.#inner.children.add(child);
    touch(this);
  }

  detach(child: TreeNode): void {
    this.#inner?.children.remove(child.key);
    touch(this);
  }

  /** Gives the steps from a child upwards to this node. */
  prove(child: TreeNode): TrieStep[] {
    return this.#inner?.children.prove(child.key) ?? [];
  }

  /** Forgets the hash of what it says of itself. */
  forgetOwn(): void {
    if (this.#inner !== undefined) this.#inner.own = undefined;
  }

  /** Forgets its hash; with the child that has changed, if it is that. */
  forget(below: TreeNode | undefined): void {
    this.trieDigest = undefined;
    if (this.#inner === undefined) return;
    this.#inner.digest = undefined;
    if (below !== undefined) this.#inner.children.touch(below.key);
  }
}

/** Gives a name that is a whole number in its only spelling as that number. */
function numberOf(name: string): string | number {
  if (name.length > 9) return name;
  const number = Number(name);
  return String(number) === name ? number : name;
}

// Functions, not private methods: those would cost each node a field that says whose it is.

function touchOwn(node: TreeNode): void {
  node.forgetOwn();
  touch(node);
}

/** Forgets the hashes from a node to the root. */
function touch(node: TreeNode): void {
  node.forget(undefined);
  let below = node;
  for (let above = node.parent; above !== undefined; above = above.parent) {
    above.forget(below);
    below = above;
  }
}
