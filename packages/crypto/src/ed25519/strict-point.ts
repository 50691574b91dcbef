// Which point encodings Ed25519 accepts here. RFC 8032 §5.1.7 leaves room (cofactored or cofactorless equation, small
// orders, encodings with y ≥ p), and libraries differ. Both providers apply these tests first and then check the
// cofactorless equation by comparing the encoding of S·B − k·A with R, so that no signature is valid on one and invalid
// on the other. The result is the rule set known as "verify_strict" in the Rust world.

/** Little-endian y coordinates, sign bit cleared, of the eight points whose order divides 8. */
const SMALL_ORDER_Y: readonly string[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

const SMALL_ORDER: readonly Uint8Array[] = SMALL_ORDER_Y.map((text) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)),
);

/**
 * Tells whether 32 bytes may stand for a public key or for R: y is below p = 2^255 − 19, and the point is not one of
 * the eight of small order. Does not test that the point is on the curve; the equation does.
 */
export function isStrictPoint(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  return isBelowP(encoded) && !SMALL_ORDER.some((point) => sameY(point, encoded));
}

function isBelowP(encoded: Uint8Array): boolean {
  if (((encoded[31] as number) & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (encoded[i] !== 0xff) return true;
  return (encoded[0] as number) < 0xed;
}

function sameY(point: Uint8Array, encoded: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (point[i] !== encoded[i]) return false;
  return point[31] === ((encoded[31] as number) & 0x7f);
}
