// Ed25519 (RFC 8032) on node:crypto. Raw keys travel in the fixed DER frames of RFC 8410.
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { assertLength } from "../error/bytes-invalid-error.ts";
import type { SignatureScheme, Signer, Verifier } from "../signature/signature-scheme.ts";
import { isStrictPoint } from "./strict-point.ts";

const PKCS8_PREFIX: Uint8Array = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX: Uint8Array = Buffer.from("302a300506032b6570032100", "hex");

/** Ed25519 with strict verification; signatures are deterministic. */
export const ed25519: SignatureScheme = {
  name: "Ed25519",
  provider: "node",
  seedBytes: 32,
  publicKeyBytes: 32,
  signatureBytes: 64,

  signer(seed: Uint8Array): Signer {
    assertLength("Ed25519 seed", seed, 32);
    const frame = Buffer.concat([PKCS8_PREFIX, seed]);
    const key = createPrivateKey({ key: frame, format: "der", type: "pkcs8" });
    frame.fill(0);
    const spki = createPublicKey(key).export({ format: "der", type: "spki" });
    return {
      publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
      sign: (message) => new Uint8Array(sign(null, message, key)),
    };
  },

  verifier(publicKey: Uint8Array): Verifier {
    assertLength("Ed25519 public key", publicKey, 32);
    const raw = new Uint8Array(publicKey);
    if (!isStrictPoint(raw)) return { publicKey: raw, verify: () => false };
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
    return {
      publicKey: raw,
      verify: (message, signature) =>
        signature.length === 64 && isStrictPoint(signature.subarray(0, 32)) && verify(null, message, key, signature),
    };
  },
};
