import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChildTrie, nameKey, nodeFrom } from "../../../src/tree/child-trie.ts";
import type { Digest } from "../../../src/tree/tree-hash.ts";
import type { TrieLeaf } from "../../../src/tree/trie-fork.ts";

// Enough of them that forks of many and of few stand over one another.
const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 150, size: "max" });
const OWN = nameKey("own");
const hashFor = (name: string, version = 0): Digest => nameKey(`value of ${name} ${version}`);

interface Named extends TrieLeaf {
  readonly name: string;
  digest: Digest;
}

function trieOf(list: readonly string[]): ChildTrie<Named> {
  const trie = new ChildTrie<Named>();
  for (const name of list) trie.add({ name, key: nameKey(name), digest: hashFor(name), trieDigest: undefined });
  return trie;
}

const rootOf = (list: readonly string[]): Digest => trieOf(list).digestUnder(OWN);

describe("the trie over the children of a node", () => {
  test("has a hash that does not depend on the order of inserts", () => {
    fc.assert(
      fc.property(
        names.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(rootOf(shuffled)).toBe(rootOf(list));
        },
      ),
    );
  });

  test("forgets what was removed, whatever was asked in between", () => {
    fc.assert(
      fc.property(names, names, fc.boolean(), (kept, passing, ask) => {
        const extra = passing.filter((name) => !kept.includes(name));
        const trie = trieOf([...kept, ...extra]);
        if (ask) trie.digestUnder(OWN);
        for (const name of extra) trie.remove(nameKey(name));
        expect(trie.digestUnder(OWN)).toBe(rootOf(kept));
        expect(trie.size).toBe(kept.length);
        expect([...trie.values()].map(({ name }) => name).sort()).toEqual([...kept].sort());
      }),
    );
  });

  test("has another root when one child has another hash", () => {
    fc.assert(
      fc.property(names, fc.nat(), (list, pick) => {
        const changed = list[pick % list.length] as string;
        const trie = trieOf(list);
        const before = trie.digestUnder(OWN);
        for (const child of trie.values()) {
          if (child.name !== changed) continue;
          child.digest = hashFor(changed, 1);
          child.trieDigest = undefined;
        }
        trie.touch(nameKey(changed));
        expect(trie.digestUnder(OWN)).not.toBe(before);
        expect(nodeFrom(nameKey(changed), hashFor(changed, 1), OWN, trie.prove(nameKey(changed)))).toBe(
          trie.digestUnder(OWN),
        );
      }),
    );
  });

  test("proves each child, and nothing else", () => {
    fc.assert(
      fc.property(names, fc.nat(), (list, pick) => {
        const trie = trieOf(list);
        const name = list[pick % list.length] as string;
        const key = nameKey(name);
        const steps = trie.prove(key);
        expect(nodeFrom(key, hashFor(name), OWN, steps)).toBe(trie.digestUnder(OWN));
        expect(nodeFrom(key, hashFor(name, 1), OWN, steps)).not.toEqual(trie.digestUnder(OWN));
        expect(nodeFrom(key, hashFor(name), hashFor(name, 1), steps)).not.toEqual(trie.digestUnder(OWN));
      }),
    );
  });

  test("keeps right hashes while forks become wide and narrow again, whatever was asked in between", () => {
    const name = fc.integer({ min: 0, max: 60 }).map((at) => `n${at}`);
    const step = fc.record({ name, act: fc.constantFrom("flip", "change"), ask: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), (steps) => {
        const trie = new ChildTrie<Named>();
        const model = new Map<string, Digest>();
        for (const [at, { name, act, ask }] of steps.entries()) {
          const key = nameKey(name);
          const digest = hashFor(name, at);
          const child = trie.nearest(key);
          if (child?.name !== name) trie.add({ name, key, digest, trieDigest: undefined });
          else if (act === "flip") trie.remove(key);
          else {
            child.digest = digest;
            child.trieDigest = undefined;
            trie.touch(key);
          }
          if (child?.name === name && act === "flip") model.delete(name);
          else model.set(name, digest);
          if (!ask) continue;
          const fresh = new ChildTrie<Named>();
          for (const [each, hash] of model)
            fresh.add({ name: each, key: nameKey(each), digest: hash, trieDigest: undefined });
          expect(trie.digestUnder(OWN)).toBe(fresh.digestUnder(OWN));
          expect(trie.slots()).toEqual(fresh.slots());
          for (const each of model.keys()) expect(trie.prove(nameKey(each))).toEqual(fresh.prove(nameKey(each)));
        }
        expect(trie.size).toBe(model.size);
      }),
      { numRuns: 20 },
    );
  });

  test("refuses steps that are no path", () => {
    const key = nameKey("a");
    const value = hashFor("a");
    const own = 1 << (key.charCodeAt(0) >> 4);
    const other = own === 1 ? 2 : 1;
    const sibling = hashFor("b");
    const from = (slots: number, siblings: readonly Digest[]) => nodeFrom(key, value, OWN, [{ slots, siblings }]);
    expect(from(own | other, [sibling])).toHaveLength(32);
    expect(nodeFrom(key, value, OWN, [])).toBeUndefined();
    expect(from(other, [])).toBeUndefined();
    expect(from(own | other, [])).toBeUndefined();
    expect(from(own | other, [sibling, sibling])).toBeUndefined();
    expect(from(own | other, [sibling.slice(1)])).toBeUndefined();
    expect(from(own | 0x1_0000, [sibling])).toBeUndefined();
    expect(from(own + 0.5, [])).toBeUndefined();
    expect(from(-1, [])).toBeUndefined();
    const alone = { slots: 0xffff, siblings: new Array<Digest>(15).fill(sibling) };
    expect(nodeFrom(key, value, OWN, new Array(64).fill(alone))).toHaveLength(32);
    expect(nodeFrom(key, value, OWN, new Array(65).fill(alone))).toBeUndefined();
  });

  test("gives what the node says of itself without children", () => {
    expect(new ChildTrie().digestUnder(OWN)).toBe(OWN);
    const trie = trieOf(["only"]);
    expect(trie.digestUnder(OWN)).not.toBe(OWN);
    trie.remove(nameKey("only"));
    expect(trie.digestUnder(OWN)).toBe(OWN);
    expect(trie.slots()).toHaveLength(0);
  });
});
