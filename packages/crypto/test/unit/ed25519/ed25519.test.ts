import { ed25519 as curve } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/hex.ts";
import { ed25519 as noble } from "../../../src/ed25519/noble-ed25519.ts";
import { ed25519 as node } from "../../../src/ed25519/node-ed25519.ts";
import { isStrictPoint } from "../../../src/ed25519/strict-point.ts";

const { Point } = curve;
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.uint8Array({ maxLength: 200 });

// RFC 8032 §7.1: TEST 1, TEST 2, TEST 3
const VECTORS = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
];

const encode = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
const decode = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes.toReversed())}`);
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe.each([
  ["node", node],
  ["noble", noble],
])("Ed25519 of %s", (_, scheme) => {
  test.each(VECTORS)("gives the published key and signature of message '$message'", (vector) => {
    const signer = scheme.signer(fromHex(vector.seed));
    const message = fromHex(vector.message);
    expect(toHex(signer.publicKey)).toBe(vector.publicKey);
    expect(toHex(signer.sign(message))).toBe(vector.signature);
    expect(scheme.verifier(signer.publicKey).verify(message, fromHex(vector.signature))).toBe(true);
  });

  test("refuses seeds and public keys of a wrong length, and signatures of one verify nothing", () => {
    const invalid = expect.objectContaining({ code: "CHAIN_BYTES_INVALID" });
    expect(() => scheme.signer(new Uint8Array(31))).toThrow(invalid);
    expect(() => scheme.verifier(new Uint8Array(33))).toThrow(invalid);
    const signer = scheme.signer(new Uint8Array(32));
    const message = new Uint8Array(1);
    const signature = signer.sign(message);
    expect(scheme.verifier(signer.publicKey).verify(message, signature.subarray(1))).toBe(false);
    expect(scheme.verifier(signer.publicKey).verify(message, join(signature, new Uint8Array(1)))).toBe(false);
  });

  test("a change of the caller's key bytes afterwards changes nothing", () => {
    const seed = new Uint8Array(32).fill(3);
    const signer = scheme.signer(seed);
    const message = new Uint8Array(5);
    const signature = signer.sign(message);
    const key = new Uint8Array(signer.publicKey);
    const verifier = scheme.verifier(key);
    seed.fill(0);
    key.fill(0);
    expect(signer.sign(message)).toEqual(signature);
    expect(verifier.verify(message, signature)).toBe(true);
  });

  test("S with the group order added is no second signature", () => {
    const signer = scheme.signer(new Uint8Array(32).fill(5));
    const message = new Uint8Array(9);
    const signature = signer.sign(message);
    const shifted = join(signature.subarray(0, 32), encode(decode(signature.subarray(32)) + Point.Fn.ORDER));
    expect(scheme.verifier(signer.publicKey).verify(message, shifted)).toBe(false);
  });

  test("keys of small order, keys not below p and keys off the curve verify nothing", () => {
    // With A of small order and R = S·B, S·B − k·A equals R whenever 8 divides k: try messages until it would.
    const torsion = Point.fromBytes(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), true);
    expect(torsion.isSmallOrder()).toBe(true);
    const a = torsion.toBytes();
    const r = Point.BASE.multiply(7n).toBytes();
    const signature = join(r, encode(7n));
    const fitting = Array.from({ length: 200 }, (_, i) => Uint8Array.of(i)).filter(
      (message) => (decode(sha512(join(r, a, message))) % Point.Fn.ORDER) % 8n === 0n,
    );
    expect(fitting.length).toBeGreaterThan(0);
    for (const message of fitting) expect(scheme.verifier(a).verify(message, signature)).toBe(false);

    const notBelowP = encode(2n ** 255n - 19n + 3n);
    expect(scheme.verifier(notBelowP).verify(new Uint8Array(1), signature)).toBe(false);
    expect(() => Point.fromBytes(encode(2n))).toThrow();
    expect(scheme.verifier(encode(2n)).verify(new Uint8Array(1), signature)).toBe(false);
  });

  test("a signature that only the cofactored equation accepts is refused", () => {
    // The signer adds a point T of order 8 to its key: S·B = R + k·A holds only after multiplication by 8.
    const torsion = Point.fromBytes(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), true);
    const secret = 12345n;
    const key = Point.BASE.multiply(secret).add(torsion).toBytes();
    const nonce = 777n;
    const r = Point.BASE.multiply(nonce).toBytes();
    let cofactoredOnly = 0;
    for (let i = 0; i < 20; i++) {
      const message = Uint8Array.of(i);
      const k = decode(sha512(join(r, key, message))) % Point.Fn.ORDER;
      const signature = join(r, encode((nonce + k * secret) % Point.Fn.ORDER));
      expect(curve.verify(signature, message, key, { zip215: true })).toBe(true);
      const expected = k % 8n === 0n;
      if (!expected) cofactoredOnly += 1;
      expect(scheme.verifier(key).verify(message, signature)).toBe(expected);
    }
    expect(cofactoredOnly).toBeGreaterThan(0);
  });
});

test("both providers give equal keys and signatures", () => {
  fc.assert(
    fc.property(seeds, messages, (seed, message) => {
      const [a, b] = [node.signer(seed), noble.signer(seed)];
      expect(a.publicKey).toEqual(b.publicKey);
      const signature = a.sign(message);
      expect(b.sign(message)).toEqual(signature);
      expect(noble.verifier(a.publicKey).verify(message, signature)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("both providers refuse any changed byte of key, message and signature", () => {
  fc.assert(
    fc.property(seeds, messages, fc.nat(), fc.integer({ min: 1, max: 255 }), (seed, message, at, change) => {
      const { publicKey, sign } = node.signer(seed);
      const parts = [publicKey, message, sign(message)] as const;
      const all = join(...parts);
      const index = at % all.length;
      all[index] = all[index]! ^ change;
      const end = 32 + message.length;
      for (const scheme of [node, noble]) {
        const verifier = scheme.verifier(all.subarray(0, 32));
        expect(verifier.verify(all.subarray(32, end), all.subarray(end))).toBe(false);
      }
    }),
    { numRuns: 40 },
  );
});

test("the strict point test names exactly the eight points of small order", () => {
  const generator = Point.fromBytes(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), true);
  const smallOrder = new Set<string>();
  for (let i = 0, point = Point.ZERO; i < 8; i++, point = point.add(generator)) smallOrder.add(toHex(point.toBytes()));
  expect(smallOrder.size).toBe(8);
  for (const text of smallOrder) expect(isStrictPoint(fromHex(text))).toBe(false);
  expect(isStrictPoint(encode(2n ** 255n - 19n))).toBe(false);
  expect(isStrictPoint(encode(2n ** 255n - 21n))).toBe(true);
  expect(isStrictPoint(Point.BASE.toBytes())).toBe(true);
  expect(isStrictPoint(new Uint8Array(31))).toBe(false);
});
