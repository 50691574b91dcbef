// Tells whether bytes can be somebody's Ed25519 key at all. A verifier refuses every signature under bytes that are none;
// who keeps keys wants to know before. Slow (a power in BigInt), and of public values alone.
import { isStrictPoint } from "./strict-point.ts";

const P = 2n ** 255n - 19n;
const D = (P - ((121665n * power(121666n, P - 2n)) % P)) % P;

/** Tells whether 32 bytes encode a point of the curve that is not of small order (RFC 8032 §5.1.3). */
export function isEd25519PublicKey(encoded: Uint8Array): boolean {
  if (!isStrictPoint(encoded)) return false;
  let y = 0n;
  for (let i = 31; i >= 0; i--)
    y = (y << 8n) | BigInt(i === 31 ? (encoded[i] as number) & 0x7f : (encoded[i] as number));
  const square = (y * y) % P;
  // x² = (y² − 1) / (d·y² + 1) has a root when the product of both is a square (Euler's criterion).
  const product = ((square + P - 1n) * ((D * square + 1n) % P)) % P;
  return power(product, (P - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = base % P;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * factor) % P;
    factor = (factor * factor) % P;
  }
  return result;
}
