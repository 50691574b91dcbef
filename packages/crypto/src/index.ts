/**
 * Hashes, signatures, sealing and canonical bytes for WeftOS.
 *
 * @packageDocumentation
 *
 * @example
 * ```ts
 * import { ed25519, encodeCanonical, shake256, toHex } from "@weftos/crypto";
 *
 * const bytes = encodeCanonical({ kind: "agent.spawn", pid: 7 });
 * const signer = ed25519.signer(new Uint8Array(32).fill(1)); // a real seed is random
 * const signature = signer.sign(bytes);
 * console.log(toHex(shake256(bytes)), ed25519.verifier(signer.publicKey).verify(bytes, signature));
 * ```
 */
export { equalBytes } from "./bytes/equal-bytes.ts";
export { fromHex, toHex } from "./bytes/hex.ts";
export { fromBase64, toBase64 } from "./bytes/node-base64.ts";
export { decodeCanonical, encodeCanonical } from "./cbor/canonical.ts";
export { CborReader, type CborType } from "./cbor/cbor-reader.ts";
export type { CborValue } from "./cbor/cbor-value.ts";
export { CborWriter } from "./cbor/cbor-writer.ts";
export { deriveKey } from "./derive-key/node-derive-key.ts";
export { ed25519 } from "./ed25519/node-ed25519.ts";
export { isEd25519PublicKey } from "./ed25519/public-key.ts";
export { BytesInvalidError } from "./error/bytes-invalid-error.ts";
export { NotCanonicalError } from "./error/not-canonical-error.ts";
export { SealBrokenError } from "./error/seal-broken-error.ts";
export { sha256, sha256Text, shake256 } from "./hash/node-hashes.ts";
export { mlDsa65 } from "./ml-dsa/ml-dsa-65-node.ts";
export { open, seal } from "./seal/node-seal.ts";
export type { SignatureScheme, Signer, Verifier } from "./signature/signature-scheme.ts";
