import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/hex.ts";
import { mlDsa65 as browserMlDsa65 } from "../../../src/ml-dsa/ml-dsa-65-browser.ts";
import { mlDsa65 as nodeMlDsa65 } from "../../../src/ml-dsa/ml-dsa-65-node.ts";
import { nobleMlDsa65 } from "../../../src/ml-dsa/noble-ml-dsa-65.ts";
import { nativeMlDsa65 } from "../../../src/ml-dsa/node-ml-dsa-65.ts";

const native = nativeMlDsa65();
const providers = [...(native === undefined ? [] : [["node", native] as const]), ["noble", nobleMlDsa65] as const];
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.uint8Array({ maxLength: 300 });

// NIST ACVP-Server, gen-val/json-files/ML-DSA-keyGen-FIPS204, group ML-DSA-65: seed, and the first and last 32 bytes
// of the published public key.
const KEYS = [
  {
    test: 26,
    seed: "8ab6448bf58f897d528a8de9f8e59329ac929a9cde7edf3e27e01bc9ef128a67",
    first: "49de190622b0681761a9db044015bf812760429001fdff5fc897166546277e84",
    last: "95b29744763675bbabebdce1b816769d66f9bc72de319e1ec39e8f979e49b61c",
  },
  {
    test: 27,
    seed: "e67d4e94e36225f5e360dbe043099a96078174a054631bc673100d218a71c448",
    first: "a11e04721b8d823aebfd8cd4663cc5e864bfb0c33df9d350fc6b20e1de4d857d",
  },
];

describe.each(providers)("ML-DSA-65 of %s", (_, scheme) => {
  test.each(KEYS)("gives the published public key of ACVP test $test", ({ seed, first, last }) => {
    const { publicKey } = scheme.signer(fromHex(seed));
    expect(publicKey.length).toBe(1952);
    expect(toHex(publicKey.subarray(0, 32))).toBe(first);
    if (last !== undefined) expect(toHex(publicKey.subarray(-32))).toBe(last);
  });

  test("hedges: two signatures of one message differ and both verify", () => {
    const signer = scheme.signer(new Uint8Array(32).fill(1));
    const message = new TextEncoder().encode("checkpoint");
    const verifier = scheme.verifier(signer.publicKey);
    const [first, second] = [signer.sign(message), signer.sign(message)];
    expect(first).not.toEqual(second);
    expect(verifier.verify(message, first)).toBe(true);
    expect(verifier.verify(message, second)).toBe(true);
  });

  test("refuses keys of a wrong length, and signatures of one verify nothing", () => {
    const invalid = expect.objectContaining({ code: "CHAIN_BYTES_INVALID" });
    expect(() => scheme.signer(new Uint8Array(33))).toThrow(invalid);
    expect(() => scheme.verifier(new Uint8Array(1951))).toThrow(invalid);
    const signer = scheme.signer(new Uint8Array(32));
    const signature = signer.sign(new Uint8Array(0));
    const verifier = scheme.verifier(signer.publicKey);
    expect(verifier.verify(new Uint8Array(0), signature.subarray(1))).toBe(false);
    expect(verifier.verify(new Uint8Array(0), new Uint8Array(3310))).toBe(false);
    expect(verifier.verify(new Uint8Array(0), signature)).toBe(true);
  });

  test("a key of bytes that mean nothing verifies nothing", () => {
    const signature = scheme.signer(new Uint8Array(32)).sign(new Uint8Array(1));
    const verifier = scheme.verifier(new Uint8Array(1952).fill(0xff));
    expect(verifier.verify(new Uint8Array(1), signature)).toBe(false);
    expect(verifier.verify(new Uint8Array(1), new Uint8Array(3309).fill(0xff))).toBe(false);
  });
});

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const promisesNative = major > 24 || (major === 24 && minor >= 6);
// Node has ML-DSA from 24.6 on; before, there is one provider and nothing to compare.
const nativeTest = test.skipIf(!promisesNative);

nativeTest("a Node that should have the algorithm has it, so that the two providers are really compared", () => {
  expect(native?.provider).toBe("node");
});

nativeTest("both providers give equal public keys and verify each other's signatures", () => {
  const scheme = native as NonNullable<typeof native>;
  fc.assert(
    fc.property(seeds, messages, (seed, message) => {
      const [a, b] = [scheme.signer(seed), nobleMlDsa65.signer(seed)];
      expect(a.publicKey).toEqual(b.publicKey);
      expect(scheme.verifier(a.publicKey).verify(message, b.sign(message))).toBe(true);
      expect(nobleMlDsa65.verifier(a.publicKey).verify(message, a.sign(message))).toBe(true);
    }),
    { numRuns: 10 },
  );
});

nativeTest("both providers refuse any changed byte of key, message and signature", () => {
  const scheme = native as NonNullable<typeof native>;
  fc.assert(
    fc.property(seeds, messages, fc.nat(), fc.integer({ min: 1, max: 255 }), (seed, message, at, change) => {
      const signer = scheme.signer(seed);
      const all = new Uint8Array(Buffer.concat([signer.publicKey, message, signer.sign(message)]));
      const index = at % all.length;
      all[index] = all[index]! ^ change;
      const end = 1952 + message.length;
      for (const each of [scheme, nobleMlDsa65]) {
        const verifier = each.verifier(all.subarray(0, 1952));
        expect(verifier.verify(all.subarray(1952, end), all.subarray(end))).toBe(false);
      }
    }),
    { numRuns: 25 },
  );
});

test("Node takes its own provider, the browser the JavaScript one", async () => {
  expect((await nodeMlDsa65()).provider).toBe(promisesNative ? "node" : "noble");
  expect((await browserMlDsa65()).provider).toBe("noble");
});
