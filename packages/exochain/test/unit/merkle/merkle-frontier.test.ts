import { sha256, toHex } from "@weftos/crypto";
import { describe, expect, it } from "vitest";
import { leafHash, MerkleFrontier, merkleRoot, nodeHash, SubtreeRun } from "../../../src/merkle/merkle-frontier.ts";

/** The definition of RFC 6962 §2.1, word for word. */
function rootByDefinition(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0) return sha256(new Uint8Array(0));
  if (entries.length === 1) return leafHash(entries[0] as Uint8Array);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return nodeHash(rootByDefinition(entries.slice(0, k)), rootByDefinition(entries.slice(k)));
}

const entries = Array.from({ length: 70 }, (_, n) => sha256(Uint8Array.of(n)));

describe("the growing Merkle tree", () => {
  it("has the root of RFC 6962 at every size, and goes on from its own frontier", () => {
    let tree = new MerkleFrontier();
    for (let size = 0; size <= entries.length; size++) {
      expect(toHex(tree.root())).toBe(toHex(rootByDefinition(entries.slice(0, size))));
      expect(toHex(merkleRoot(entries.slice(0, size)))).toBe(toHex(tree.root()));
      tree = new MerkleFrontier(tree.size, tree.roots);
      if (size < entries.length) tree.append(entries[size] as Uint8Array);
    }
  });

  it("has the known root of one empty leaf", () => {
    expect(toHex(merkleRoot([new Uint8Array(0)]))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
  });

  it("takes whole runs of entries, cut anywhere", () => {
    for (let from = 0; from <= entries.length; from++) {
      for (let to = from; to <= entries.length; to += 3) {
        const tree = new MerkleFrontier();
        for (const entry of entries.slice(0, from)) tree.append(entry);
        const run = new SubtreeRun(from);
        // A run may be taken in parts.
        for (const [i, entry] of entries.slice(from, to).entries()) {
          run.append(entry);
          if (i === 7) for (const subtree of run.take()) tree.join(subtree);
        }
        for (const subtree of run.take()) tree.join(subtree);
        expect(tree.size).toBe(to);
        expect(toHex(tree.root())).toBe(toHex(merkleRoot(entries.slice(0, to))));
        if (to < entries.length) tree.append(entries[to] as Uint8Array);
        expect(toHex(tree.root())).toBe(toHex(merkleRoot(entries.slice(0, to + 1))));
      }
    }
  });

  it("refuses a frontier that is not of its size", () => {
    expect(() => new MerkleFrontier(3, [new Uint8Array(32)])).toThrow(RangeError);
  });
});
