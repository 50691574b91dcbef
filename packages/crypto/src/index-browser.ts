// The entry that bundlers take for browsers: the same names as index.ts, and nothing of Node behind them.
export { fromBase64, toBase64 } from "./bytes/base64.ts";
export { equalBytes } from "./bytes/equal-bytes.ts";
export { fromHex, toHex } from "./bytes/hex.ts";
export { decodeCanonical, encodeCanonical } from "./cbor/canonical.ts";
export { CborReader, type CborType } from "./cbor/cbor-reader.ts";
export type { CborValue } from "./cbor/cbor-value.ts";
export { CborWriter } from "./cbor/cbor-writer.ts";
export { deriveKey } from "./derive-key/noble-derive-key.ts";
export { ed25519 } from "./ed25519/noble-ed25519.ts";
export { isEd25519PublicKey } from "./ed25519/public-key.ts";
export { BytesInvalidError } from "./error/bytes-invalid-error.ts";
export { NotCanonicalError } from "./error/not-canonical-error.ts";
export { SealBrokenError } from "./error/seal-broken-error.ts";
export { sha256, sha256Text, shake256 } from "./hash/noble-hashes.ts";
export { mlDsa65 } from "./ml-dsa/ml-dsa-65-browser.ts";
export { open, seal } from "./seal/noble-seal.ts";
export type { SignatureScheme, Signer, Verifier } from "./signature/signature-scheme.ts";
