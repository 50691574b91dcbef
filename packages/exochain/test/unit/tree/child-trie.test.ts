import { toHex } from "@weftos/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChildTrie, nameKey, rootFrom } from "../../../src/tree/child-trie.ts";

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 40 });
const hashFor = (name: string, version = 0): Uint8Array => nameKey(`value of ${name} ${version}`);

function trieOf(list: readonly string[]): ChildTrie {
  const trie = new ChildTrie();
  for (const name of list) trie.add(nameKey(name), () => hashFor(name));
  return trie;
}

const rootOf = (list: readonly string[]): string => toHex(trieOf(list).root());

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
        expect(toHex(trie.root())).toBe(rootOf(kept));
      }),
    );
  });

  test("has another root when one child has another hash", () => {
    fc.assert(
      fc.property(names, fc.nat(), (list, pick) => {
        const changed = list[pick % list.length] as string;
        let version = 0;
        const trie = new ChildTrie();
        for (const name of list) trie.add(nameKey(name), () => hashFor(name, name === changed ? version : 0));
        const before = toHex(trie.root());
        version = 1;
        trie.touch(nameKey(changed));
        expect(toHex(trie.root())).not.toBe(before);
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
        expect(rootFrom(key, hashFor(name), steps)).toEqual(trie.root());
        expect(rootFrom(key, hashFor(name, 1), steps)).not.toEqual(trie.root());
        expect(rootFrom(nameKey(`${name}!`), hashFor(name), steps)).not.toEqual(trie.root());
      }),
    );
  });

  test("refuses steps that do not go up", () => {
    const sibling = new Uint8Array(32);
    const key = nameKey("a");
    const value = hashFor("a");
    const step = (bit: number) => ({ bit, sibling });
    expect(rootFrom(key, value, [step(3), step(3)])).toBeUndefined();
    expect(rootFrom(key, value, [step(3), step(4)])).toBeUndefined();
    expect(rootFrom(key, value, [step(256)])).toBeUndefined();
    expect(rootFrom(key, value, [step(-1)])).toBeUndefined();
    expect(rootFrom(key, value, [{ bit: 3, sibling: new Uint8Array(31) }])).toBeUndefined();
  });

  test("is 32 zero bytes without children", () => {
    expect(new ChildTrie().root()).toEqual(new Uint8Array(32));
    const trie = trieOf(["only"]);
    trie.remove(nameKey("only"));
    expect(trie.root()).toEqual(new Uint8Array(32));
  });
});
