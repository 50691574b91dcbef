// Proves that a node is in the tree of a root, without the rest of the tree. With the event that recorded the root, and that
// event's place in the chain, it is a proof for somebody who has neither.
import { fromHex, toHex } from "@weftos/crypto";
import type { JsonObject, ResourceKind } from "@weftos/interface";
import { HASH_BYTES } from "../format/domain-hash.ts";
import type { AccessEntry } from "./access-entry.ts";
import { isMask, nameKey, nodeFrom } from "./child-trie.ts";
import { checkPath, nameOf, parentOf, ROOT } from "./resource-path.ts";
import type { Scoring } from "./scoring.ts";
import { bytesOf, type Digest, digestOf, readDigest } from "./tree-hash.ts";
import { ownHash, type TreeNode } from "./tree-node.ts";
import { bitCount, digestOfSlots } from "./trie-fork.ts";

/** A node and the way from it to the root. Hashes are lower-case hex. */
export interface ResourceProof {
  readonly path: string;
  readonly kind: ResourceKind;
  readonly metadata: JsonObject;
  /** Millionths: trust, performance, difficulty, reward, reliability, velocity. */
  readonly scoring: Scoring;
  /** Its access list; absent without one. */
  readonly access?: readonly AccessEntry[] | undefined;
  /** The topmost slots of its children; empty without any. */
  readonly children: string;
  /** For each node above, the nearest first: its own hash, and the steps through the trie of its children, upwards. */
  readonly above: readonly {
    readonly own: string;
    /** Full slots, bit n for slot n; and the hashes of what the others of them hold. */
    readonly steps: readonly { readonly slots: number; readonly siblings: readonly string[] }[];
  }[];
  readonly root: string;
}

/** Makes the proof of a node. */
export function proveNode(node: TreeNode): ResourceProof {
  const above: ResourceProof["above"][number][] = [];
  let root = node;
  for (let parent = node.parent; parent !== undefined; parent = parent.parent) {
    const steps = parent.prove(root).map(({ slots, siblings }) => ({ slots, siblings: siblings.map(hexOf) }));
    above.push({ own: hexOf(parent.own), steps });
    root = parent;
  }
  const { path, kind, metadata, scoring, access } = node;
  const list = access.length === 0 ? {} : { access };
  return {
    path,
    kind,
    metadata,
    scoring,
    ...list,
    children: toHex(node.slots),
    above,
    root: toHex(root.hash),
  };
}

/**
 * Tells whether a proof holds for a root.
 *
 * @param proof - what {@link Resources.prove} gave
 * @param root - the root to hold it against, lower-case hex: `tree.root` of an event
 */
export function verifyResource(proof: ResourceProof, root: string): boolean {
  try {
    let path = checkPath(proof.path);
    let hash: Digest | undefined = hashUnder(ownHash(proof), fromHex(proof.children));
    for (const { own, steps } of proof.above) {
      if (hash === undefined || path === ROOT) return false;
      const read = steps.map(({ slots, siblings }) => ({ slots, siblings: siblings.map(digestOfHex) }));
      hash = nodeFrom(nameKey(nameOf(path)), hash, digestOfHex(own), read);
      path = parentOf(path);
    }
    return hash !== undefined && path === ROOT && hexOf(hash) === root;
  } catch {
    return false;
  }
}

/** The hash of a node whose topmost slots are given as they are hashed; undefined when they are none. */
function hashUnder(own: Digest, children: Uint8Array): Digest | undefined {
  if (children.length === 0) return own;
  const [low = 0, high = 0] = children;
  const mask = low | (high << 8);
  const count = bitCount(mask);
  if (!isMask(mask) || children.length !== 2 + count * HASH_BYTES) return undefined;
  const digests = Array.from({ length: count }, (_, at) => readDigest(children, 2 + at * HASH_BYTES));
  return digestOfSlots(mask, digests, own);
}

function hexOf(digest: Digest): string {
  return toHex(bytesOf(digest));
}

function digestOfHex(hex: string): Digest {
  return digestOf(fromHex(hex));
}
