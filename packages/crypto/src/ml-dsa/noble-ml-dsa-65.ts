// ML-DSA-65 (FIPS 204) in JavaScript: about seven times slower than OpenSSL, and the only way in browsers and in Node
// releases before 24.6. Loaded on first use only: parsing it would cost every start of the kernel.
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { assertLength } from "../error/bytes-invalid-error.ts";
import type { SignatureScheme, Signer, Verifier } from "../signature/signature-scheme.ts";

/** ML-DSA-65 with an empty context string; signatures are hedged, so two of one message differ. */
export const nobleMlDsa65: SignatureScheme = {
  name: "ML-DSA-65",
  provider: "noble",
  seedBytes: 32,
  publicKeyBytes: 1952,
  signatureBytes: 3309,

  signer(seed: Uint8Array): Signer {
    assertLength("ML-DSA-65 seed", seed, 32);
    const { publicKey, secretKey } = ml_dsa65.keygen(new Uint8Array(seed));
    return { publicKey, sign: (message) => ml_dsa65.sign(message, secretKey) };
  },

  verifier(publicKey: Uint8Array): Verifier {
    assertLength("ML-DSA-65 public key", publicKey, 1952);
    const raw = new Uint8Array(publicKey);
    return {
      publicKey: raw,
      verify: (message, signature) => signature.length === 3309 && ml_dsa65.verify(signature, message, raw),
    };
  },
};
