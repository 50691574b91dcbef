import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/hex.ts";
import * as noble from "../../../src/seal/noble-seal.ts";
import * as node from "../../../src/seal/node-seal.ts";

const key = new Uint8Array(32).fill(7);
const fixed = (nonce: Uint8Array) => (): Uint8Array => nonce;
const small = fc.uint8Array({ maxLength: 100 });
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonces = fc.uint8Array({ minLength: 12, maxLength: 12 });

describe.each([
  ["node", node],
  ["noble", noble],
])("sealing of %s", (_, { open, seal }) => {
  // The Galois/Counter Mode of Operation (McGrew, Viega), test cases 13, 14 and 16
  test("gives the published AES-256-GCM bytes inside its frame", () => {
    const zeroKey = new Uint8Array(32);
    const zeroNonce = new Uint8Array(12);
    const none = new Uint8Array(0);
    const frame = `01${"00".repeat(12)}`;
    expect(toHex(seal(zeroKey, none, none, fixed(zeroNonce)))).toBe(`${frame}530f8afbc74536b9a963b4f1c4cb738b`);
    expect(toHex(seal(zeroKey, new Uint8Array(16), none, fixed(zeroNonce)))).toBe(
      `${frame}cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919`,
    );
    const key16 = fromHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const plaintext = fromHex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    const associated = fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const nonce = fromHex("cafebabefacedbaddecaf888");
    expect(toHex(seal(key16, plaintext, associated, fixed(nonce)))).toBe(
      "01cafebabefacedbaddecaf888" +
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
        "76fc6ece0f4e1768cddf8853bb2d551b",
    );
    expect(open(key16, seal(key16, plaintext, associated, fixed(nonce)), associated)).toEqual(plaintext);
  });

  test("opens only with the same key, associated data and bytes", () => {
    const broken = expect.objectContaining({ code: "CONFIG_SEAL_BROKEN" });
    const name = new TextEncoder().encode("api-key");
    const sealed = seal(key, new Uint8Array([1, 2, 3]), name, fixed(new Uint8Array(12).fill(9)));
    expect(open(key, sealed, name)).toEqual(new Uint8Array([1, 2, 3]));
    expect(() => open(new Uint8Array(32), sealed, name)).toThrow(broken);
    expect(() => open(key, sealed, new TextEncoder().encode("other"))).toThrow(broken);
    for (let i = 0; i < sealed.length; i++) {
      const changed = new Uint8Array(sealed);
      changed[i] = changed[i]! ^ 1;
      expect(() => open(key, changed, name)).toThrow(broken);
      expect(() => open(key, sealed.subarray(0, i), name)).toThrow(broken);
    }
  });

  test("refuses a key or a nonce of another length", () => {
    const invalid = expect.objectContaining({ code: "CHAIN_BYTES_INVALID" });
    const none = new Uint8Array(0);
    expect(() => seal(new Uint8Array(16), none, none, fixed(new Uint8Array(12)))).toThrow(invalid);
    expect(() => seal(key, none, none, fixed(new Uint8Array(11)))).toThrow(invalid);
    expect(() => open(new Uint8Array(16), none, none)).toThrow(invalid);
  });
});

test("both providers seal to equal bytes and open each other's", () => {
  fc.assert(
    fc.property(keys, nonces, small, small, (anyKey, nonce, plaintext, associated) => {
      const sealed = node.seal(anyKey, plaintext, associated, fixed(nonce));
      expect(noble.seal(anyKey, plaintext, associated, fixed(nonce))).toEqual(sealed);
      expect(noble.open(anyKey, sealed, associated)).toEqual(plaintext);
      expect(node.open(anyKey, sealed, associated)).toEqual(plaintext);
    }),
  );
});
