import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChildTrie, nameKey, rootFrom, type TrieLeaf } from "../../../src/tree/child-trie.ts";
import { type Digest, ZERO_DIGEST } from "../../../src/tree/tree-hash.ts";

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 40 });
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

const rootOf = (list: readonly string[]): Digest => trieOf(list).root();

describe("the trie over the children of a node", () => {
  test("has a root that does not depend on the order of inserts", () => {
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
        if (ask) trie.root();
        for (const name of extra) trie.remove(nameKey(name));
        expect(trie.root()).toBe(rootOf(kept));
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
        const before = trie.root();
        for (const child of trie.values()) {
          if (child.name !== changed) continue;
          child.digest = hashFor(changed, 1);
          child.trieDigest = undefined;
        }
        trie.touch(nameKey(changed));
        expect(trie.root()).not.toBe(before);
        expect(rootFrom(nameKey(changed), hashFor(changed, 1), trie.prove(nameKey(changed)))).toBe(trie.root());
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
        expect(rootFrom(key, hashFor(name), steps)).toBe(trie.root());
        expect(rootFrom(key, hashFor(name, 1), steps)).not.toEqual(trie.root());
        expect(rootFrom(nameKey(`${name}!`), hashFor(name), steps)).not.toEqual(trie.root());
      }),
    );
  });

  test("refuses steps that do not go up", () => {
    const sibling = ZERO_DIGEST;
    const key = nameKey("a");
    const value = hashFor("a");
    const step = (bit: number) => ({ bit, sibling });
    expect(rootFrom(key, value, [step(3), step(3)])).toBeUndefined();
    expect(rootFrom(key, value, [step(3), step(4)])).toBeUndefined();
    expect(rootFrom(key, value, [step(256)])).toBeUndefined();
    expect(rootFrom(key, value, [step(-1)])).toBeUndefined();
    expect(rootFrom(key, value, [{ bit: 3, sibling: ZERO_DIGEST.slice(1) }])).toBeUndefined();
  });

  test("is 32 zero bytes without children", () => {
    expect(new ChildTrie().root()).toBe(ZERO_DIGEST);
    const trie = trieOf(["only"]);
    trie.remove(nameKey("only"));
    expect(trie.root()).toBe("\0".repeat(32));
  });
});
