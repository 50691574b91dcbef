// Proves that a node is in the tree of a root, without the rest of the tree. With the event that recorded the root, and that
// event's place in the chain, it is a proof for somebody who has neither.
import { fromHex, toHex } from "@weftos/crypto";
import type { JsonObject, ResourceKind } from "@weftos/interface";
import type { AccessEntry } from "./access-entry.ts";
import { nameKey, rootFrom } from "./child-trie.ts";
import { checkPath, nameOf, parentOf, ROOT } from "./resource-path.ts";
import type { Scoring } from "./scoring.ts";
import { bytesOf, digestOf } from "./tree-hash.ts";
import { nodeHash, ownHash, type TreeNode } from "./tree-node.ts";

const MAX_STEPS = 256;

/** A node and the way from it to the root. Hashes are lower-case hex. */
export interface ResourceProof {
  readonly path: string;
  readonly kind: ResourceKind;
  readonly metadata: JsonObject;
  /** Millionths: trust, performance, difficulty, reward, reliability, velocity. */
  readonly scoring: Scoring;
  /** Its access list; absent without one. */
  readonly access?: readonly AccessEntry[] | undefined;
  /** Root over its children; zeros without any. */
  readonly children: string;
  /** For each node above, the nearest first: its own hash, and the steps through the trie of its children. */
  readonly above: readonly {
    readonly own: string;
    readonly steps: readonly { readonly bit: number; readonly sibling: string }[];
  }[];
  readonly root: string;
}

/** Makes the proof of a node. */
export function proveNode(node: TreeNode): ResourceProof {
  const above: ResourceProof["above"][number][] = [];
  let root = node;
  for (let parent = node.parent; parent !== undefined; parent = parent.parent) {
    const steps = parent.prove(root).map(({ bit, sibling }) => ({ bit, sibling: toHex(bytesOf(sibling)) }));
    above.push({ own: toHex(bytesOf(parent.own)), steps });
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
    children: toHex(bytesOf(node.childrenRoot)),
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
    let hash = nodeHash(ownHash(proof), digestOf(fromHex(proof.children)));
    for (const { own, steps } of proof.above) {
      if (path === ROOT || steps.length > MAX_STEPS) return false;
      const read = steps.map(({ bit, sibling }) => ({ bit, sibling: digestOf(fromHex(sibling)) }));
      const children = rootFrom(nameKey(nameOf(path)), hash, read);
      if (children === undefined) return false;
      hash = nodeHash(digestOf(fromHex(own)), children);
      path = parentOf(path);
    }
    return path === ROOT && toHex(bytesOf(hash)) === root;
  } catch {
    return false;
  }
}
