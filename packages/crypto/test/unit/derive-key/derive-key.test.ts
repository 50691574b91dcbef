import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/hex.ts";
import { deriveKeyWith, type Hkdf } from "../../../src/derive-key/derive-key.ts";
import { deriveKey as noble } from "../../../src/derive-key/noble-derive-key.ts";
import { deriveKey as node } from "../../../src/derive-key/node-derive-key.ts";

const secret = new Uint8Array(32).fill(1);

describe.each([
  ["node", node],
  ["noble", noble],
])("deriveKey of %s", (_, deriveKey) => {
  test("separates labels and secrets, and is a prefix of the longer key", () => {
    const key = deriveKey(secret, "secret-store");
    expect(key.length).toBe(32);
    expect(deriveKey(secret, "secret-store2")).not.toEqual(key);
    expect(deriveKey(new Uint8Array(32).fill(2), "secret-store")).not.toEqual(key);
    expect(deriveKey(secret, "secret-store", 64).subarray(0, 32)).toEqual(key);
  });

  test("refuses short secrets, labels that are no printable ASCII and lengths out of range", () => {
    const invalid = expect.objectContaining({ code: "CHAIN_BYTES_INVALID" });
    expect(() => deriveKey(new Uint8Array(15), "a")).toThrow(invalid);
    for (const label of ["", "ä", "a\n", "a".repeat(256)]) expect(() => deriveKey(secret, label)).toThrow(invalid);
    for (const length of [0, 8161, 1.5, Number.NaN]) expect(() => deriveKey(secret, "a", length)).toThrow(invalid);
  });
});

test("both providers derive equal keys", () => {
  const label = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme-ascii" });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 80 }), label, fc.integer({ min: 1, max: 200 }), (s, l, n) => {
      expect(node(s, l, n)).toEqual(noble(s, l, n));
    }),
  );
});

test("the salt is that of version 1 and the label is the info", () => {
  let seen: string[] = [];
  const spy: Hkdf = (_secret, salt, info, length) => {
    seen = [new TextDecoder().decode(salt), new TextDecoder().decode(info)];
    return new Uint8Array(length);
  };
  deriveKeyWith(spy)(secret, "audit");
  expect(seen).toEqual(["weftos/derive-key/v1", "audit"]);
});

// HMAC-SHA256 by hand, RFC 5869 §2: PRK = HMAC(salt, secret), OKM = HMAC(PRK, info ‖ 0x01)
test("derives what RFC 5869 says", async () => {
  const { createHmac } = await import("node:crypto");
  const prk = createHmac("sha256", "weftos/derive-key/v1").update(secret).digest();
  const okm = createHmac("sha256", prk).update("audit").update(fromHex("01")).digest("hex");
  expect(toHex(node(secret, "audit"))).toBe(okm);
});
