// What Ed25519 and ML-DSA-65 have in common. Keys live in the objects returned here, not in a cache behind them:
// whoever signs or verifies often keeps the object.

/** A private key that signs. */
export interface Signer {
  /** Raw public key that belongs to the seed. */
  readonly publicKey: Uint8Array;
  /**
   * Signs a message of any length.
   *
   * @returns the raw signature, `signatureBytes` of the scheme long.
   */
  sign(message: Uint8Array): Uint8Array;
}

/** A public key that verifies. */
export interface Verifier {
  /** Raw public key. */
  readonly publicKey: Uint8Array;
  /**
   * Tells whether the signature is the key's over exactly this message.
   *
   * @returns false for every defect: wrong length, a malformed or weak key, a foreign or changed signature.
   */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** A signature algorithm with raw keys and signatures. */
export interface SignatureScheme {
  readonly name: "Ed25519" | "ML-DSA-65";
  /** Where the arithmetic is done: `node` is OpenSSL through node:crypto, `noble` is JavaScript. */
  readonly provider: "node" | "noble";
  /** Length of the seed that makes a key pair. */
  readonly seedBytes: number;
  readonly publicKeyBytes: number;
  readonly signatureBytes: number;
  /**
   * Makes the key pair of a seed. The seed is the private key: equal seeds give equal keys on every provider.
   *
   * @param seed - `seedBytes` secret random bytes; copied.
   * @throws BytesInvalidError `CHAIN_BYTES_INVALID` when the seed has another length.
   */
  signer(seed: Uint8Array): Signer;
  /**
   * Takes a raw public key for verifying.
   *
   * @param publicKey - `publicKeyBytes` bytes; copied.
   * @throws BytesInvalidError `CHAIN_BYTES_INVALID` when the key has another length. A key of the right length that is
   * no valid key is accepted here and verifies nothing.
   */
  verifier(publicKey: Uint8Array): Verifier;
}
