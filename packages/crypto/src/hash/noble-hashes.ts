// SHAKE-256 and SHA-256 without Node: the browser's provider, and the yardstick of the Node one in tests.
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { shake256 as nobleShake256 } from "@noble/hashes/sha3.js";

/**
 * Hashes with SHAKE-256 (FIPS 202).
 *
 * @param data - the bytes, or chunks that are hashed as if joined; no lengths are added between chunks.
 * @param length - bytes of output, default 32.
 */
export function shake256(data: Uint8Array | readonly Uint8Array[], length = 32): Uint8Array {
  if (data instanceof Uint8Array) return nobleShake256(data, { dkLen: length });
  const hash = nobleShake256.create({ dkLen: length });
  for (const chunk of data) hash.update(chunk);
  return hash.digest();
}

/**
 * Hashes with SHA-256 (FIPS 180-4).
 *
 * @param data - the bytes, or chunks that are hashed as if joined; no lengths are added between chunks.
 */
export function sha256(data: Uint8Array | readonly Uint8Array[]): Uint8Array {
  if (data instanceof Uint8Array) return nobleSha256(data);
  const hash = nobleSha256.create();
  for (const chunk of data) hash.update(chunk);
  return hash.digest();
}

/**
 * Hashes with SHA-256 (FIPS 180-4) into a text of 32 characters, one for each byte (0 to 255): kept by the thousand, it
 * takes a fifth of the memory of an array of bytes.
 */
export function sha256Text(data: Uint8Array): string {
  return String.fromCharCode(...nobleSha256(data));
}
