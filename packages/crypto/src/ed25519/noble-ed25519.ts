// Ed25519 (RFC 8032) without Node. Signing is the library's; the verification equation is written out, because the
// library's own is cofactored and would accept signatures that OpenSSL rejects.
import { ed25519 as curve } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { equalBytes } from "../bytes/equal-bytes.ts";
import { assertLength } from "../error/bytes-invalid-error.ts";
import type { SignatureScheme, Signer, Verifier } from "../signature/signature-scheme.ts";
import { isStrictPoint } from "./strict-point.ts";

const { Point } = curve;
type CurvePoint = InstanceType<typeof Point>;

/** Ed25519 with strict verification; signatures are deterministic. */
export const ed25519: SignatureScheme = {
  name: "Ed25519",
  provider: "noble",
  seedBytes: 32,
  publicKeyBytes: 32,
  signatureBytes: 64,

  signer(seed: Uint8Array): Signer {
    assertLength("Ed25519 seed", seed, 32);
    const secret = new Uint8Array(seed);
    return { publicKey: curve.getPublicKey(secret), sign: (message) => curve.sign(message, secret) };
  },

  verifier(publicKey: Uint8Array): Verifier {
    assertLength("Ed25519 public key", publicKey, 32);
    const raw = new Uint8Array(publicKey);
    const point = decodePoint(raw);
    if (point === undefined) return { publicKey: raw, verify: () => false };
    return { publicKey: raw, verify: (message, signature) => verifyStrict(point, raw, message, signature) };
  },
};

function decodePoint(raw: Uint8Array): CurvePoint | undefined {
  if (!isStrictPoint(raw)) return undefined;
  try {
    return Point.fromBytes(raw);
  } catch {
    return undefined; // not on the curve: a key that verifies nothing, as on the other provider
  }
}

/** Checks that S·B − k·A encodes to R, with S below the group order. */
function verifyStrict(key: CurvePoint, rawKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= Point.Fn.ORDER || !isStrictPoint(r)) return false;
  const hash = sha512.create().update(r).update(rawKey).update(message).digest();
  const k = littleEndian(hash) % Point.Fn.ORDER;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}
