import { ed25519 as curve } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ed25519, fromHex, isEd25519PublicKey } from "../../../src/index.ts";

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

function onCurve(bytes: Uint8Array): boolean {
  try {
    return !curve.Point.fromBytes(bytes).isSmallOrder();
  } catch {
    return false;
  }
}

describe("a public key", () => {
  it("is what a seed makes", () => {
    fc.assert(
      fc.property(seeds, (seed) => isEd25519PublicKey(ed25519.signer(seed).publicKey)),
      { numRuns: 20 },
    );
  });

  it("is no other bytes than those of a point, as another implementation says", () => {
    fc.assert(
      fc.property(seeds, (bytes) => isEd25519PublicKey(bytes) === onCurve(bytes)),
      { numRuns: 60 },
    );
  });

  it.each([
    ["all ones", "ff".repeat(32)],
    ["zeros, of order 4", "00".repeat(32)],
    ["the neutral point", `01${"00".repeat(31)}`],
    ["y = 2, which is on no point", `02${"00".repeat(31)}`],
    ["31 bytes", "03".repeat(31)],
  ])("is not %s", (_, hex) => {
    expect(isEd25519PublicKey(fromHex(hex))).toBe(false);
  });
});
