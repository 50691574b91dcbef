// ML-DSA-65 (FIPS 204) on node:crypto, where OpenSSL 3.5 has it (Node 24.6 and later). Raw keys travel in the DER
// frames of RFC 9881: the private key as the seed alone, context tag [0].
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { assertLength } from "../error/bytes-invalid-error.ts";
import type { SignatureScheme, Signer, Verifier } from "../signature/signature-scheme.ts";

const PKCS8_SEED_PREFIX: Uint8Array = Buffer.from("3034020100300b060960864801650304031204228020", "hex");
const SPKI_PREFIX: Uint8Array = Buffer.from("308207b2300b0609608648016503040312038207a100", "hex");

const native: SignatureScheme = {
  name: "ML-DSA-65",
  provider: "node",
  seedBytes: 32,
  publicKeyBytes: 1952,
  signatureBytes: 3309,

  signer(seed: Uint8Array): Signer {
    assertLength("ML-DSA-65 seed", seed, 32);
    const key = privateKeyOf(seed);
    const spki = createPublicKey(key).export({ format: "der", type: "spki" });
    return {
      publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
      sign: (message) => new Uint8Array(sign(null, message, key)),
    };
  },

  verifier(publicKey: Uint8Array): Verifier {
    assertLength("ML-DSA-65 public key", publicKey, 1952);
    const raw = new Uint8Array(publicKey);
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
    return {
      publicKey: raw,
      verify: (message, signature) => signature.length === 3309 && verify(null, message, key, signature),
    };
  },
};

function privateKeyOf(seed: Uint8Array): KeyObject {
  const frame = Buffer.concat([PKCS8_SEED_PREFIX, seed]);
  try {
    return createPrivateKey({ key: frame, format: "der", type: "pkcs8" });
  } finally {
    frame.fill(0);
  }
}

/** Gives ML-DSA-65 of node:crypto, or undefined where this Node cannot read such a key. */
export function nativeMlDsa65(): SignatureScheme | undefined {
  try {
    privateKeyOf(new Uint8Array(32));
    return native;
  } catch {
    return undefined;
  }
}
