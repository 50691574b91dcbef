// Secrets at rest: AES-256-GCM (NIST SP 800-38D) in a frame of our own. AES-GCM, because node:crypto has no XChaCha20;
// its 96-bit random nonce bounds one key to 2^32 seals (collision odds 2^-33), far above what a secret store writes.
//
// Frame: version 1 (1 byte) ‖ nonce (12) ‖ ciphertext (as long as the plaintext) ‖ tag (16).
import { assertLength } from "../error/bytes-invalid-error.ts";
import { SealBrokenError } from "../error/seal-broken-error.ts";

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES: number = 1 + NONCE_BYTES + TAG_BYTES;

/** AES-256-GCM of one provider; the tag is the end of `sealed`. */
export interface Gcm {
  encrypt(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Throws anything when the tag does not fit. */
  decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array;
}

/**
 * Encrypts and authenticates bytes under a key.
 *
 * @param key - 32 secret bytes; at most 2^32 seals a key
 * @param associatedData - bytes the seal is bound to, such as the secret's name; not stored, needed again to open
 * @param randomBytes - gives fresh random bytes; a nonce used twice with one key breaks the seal
 * @returns the frame, 29 bytes longer than the plaintext
 * @throws BytesInvalidError `CHAIN_BYTES_INVALID` when the key or the random bytes have another length
 */
export type Seal = (
  key: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
) => Uint8Array;

/**
 * Opens what `seal` made.
 *
 * @throws BytesInvalidError `CHAIN_BYTES_INVALID` when the key is not 32 bytes long
 * @throws SealBrokenError `CONFIG_SEAL_BROKEN` when the frame is malformed, or the key, the associated data or any byte
 * differ
 */
export type Open = (key: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array) => Uint8Array;

/** Makes `seal` of a provider. */
export function sealWith(gcm: Gcm): Seal {
  return (key, plaintext, associatedData, randomBytes) => {
    assertLength("sealing key", key, 32);
    const nonce = randomBytes(NONCE_BYTES);
    assertLength("nonce", nonce, NONCE_BYTES);
    const frame = new Uint8Array(OVERHEAD_BYTES + plaintext.length);
    frame[0] = VERSION;
    frame.set(nonce, 1);
    frame.set(gcm.encrypt(key, nonce, plaintext, associatedData), 1 + NONCE_BYTES);
    return frame;
  };
}

/** Makes `open` of a provider. */
export function openWith(gcm: Gcm): Open {
  return (key, sealed, associatedData) => {
    assertLength("sealing key", key, 32);
    if (sealed.length < OVERHEAD_BYTES || sealed[0] !== VERSION) throw new SealBrokenError("format", sealed.length);
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    try {
      return gcm.decrypt(key, nonce, sealed.subarray(1 + NONCE_BYTES), associatedData);
    } catch (cause) {
      throw new SealBrokenError("authentication", sealed.length, cause);
    }
  };
}
