import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../../../src/bytes/hex.ts";
import * as noble from "../../../src/hash/noble-hashes.ts";
import * as node from "../../../src/hash/node-hashes.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const empty = new Uint8Array(0);
const chunks = fc.array(fc.uint8Array({ maxLength: 1500 }), { maxLength: 6 });
const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe.each([
  ["node", node],
  ["noble", noble],
])("hashes of %s", (_, { sha256, sha256Text, shake256 }) => {
  // NIST: SHAKE256_Msg0 (first 64 of 512 bytes) and the empty and "abc" examples of FIPS 180-4
  test("give the published digests", () => {
    expect(toHex(shake256(empty))).toBe("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f");
    expect(toHex(shake256(empty, 64))).toBe(
      "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f" +
        "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be",
    );
    expect(toHex(sha256(empty))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(toHex(sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  test("hash chunks as if joined, short and long", () => {
    fc.assert(
      fc.property(chunks, (parts) => {
        expect(shake256(parts)).toEqual(shake256(join(parts)));
        expect(sha256(parts)).toEqual(sha256(join(parts)));
      }),
    );
  });

  test("give a text with a character for each byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(Uint8Array.from(sha256Text(data), (character) => character.charCodeAt(0))).toEqual(sha256(data));
      }),
    );
  });

  test("give plain byte arrays that own no more than they show", () => {
    for (const digest of [shake256(empty), sha256(empty), shake256([empty]), sha256([empty])]) {
      expect(Object.getPrototypeOf(digest)).toBe(Uint8Array.prototype);
    }
  });
});

test("both providers give equal digests of any length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6000 }), fc.integer({ min: 1, max: 500 }), (data, length) => {
      const digest = node.shake256(data, length);
      expect(digest).toEqual(noble.shake256(data, length));
      expect(digest.length).toBe(length);
      expect(node.incrementalShake256(data, length)).toEqual(digest);
      expect(node.sha256(data)).toEqual(noble.sha256(data));
    }),
  );
});
