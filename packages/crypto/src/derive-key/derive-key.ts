// One secret, many independent keys: HKDF-SHA256 (RFC 5869) with a fixed salt that separates WeftOS from other users of
// the same secret, and the label as `info` that separates the purposes.
import { BytesInvalidError } from "../error/bytes-invalid-error.ts";

/** HKDF-SHA256 of one provider. */
export type Hkdf = (secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number) => Uint8Array;

/**
 * Derives a key for one purpose from a secret.
 *
 * @param secret - at least 16 bytes with the entropy of a key; not a password, HKDF does not stretch
 * @param label - the purpose, 1 to 255 characters of printable ASCII such as `secret-store`; another label gives an
 * independent key
 * @param length - bytes of output, 1 to 8160, default 32
 * @throws BytesInvalidError `CHAIN_BYTES_INVALID` when an argument is out of its range
 */
export type DeriveKey = (secret: Uint8Array, label: string, length?: number) => Uint8Array;

const SALT: Uint8Array = new TextEncoder().encode("weftos/derive-key/v1");
const LABEL = /^[\x20-\x7e]{1,255}$/;

/** Makes `deriveKey` of a provider. */
export function deriveKeyWith(hkdf: Hkdf): DeriveKey {
  return (secret, label, length = 32) => {
    if (secret.length < 16) throw new BytesInvalidError("secret", "at least 16 bytes", `${secret.length} bytes`);
    if (!LABEL.test(label)) {
      throw new BytesInvalidError(
        "key label",
        "1 to 255 characters of printable ASCII",
        `another text of ${label.length} characters`,
      );
    }
    if (!Number.isInteger(length) || length < 1 || length > 8160) {
      throw new BytesInvalidError("key length", "1 to 8160 bytes", String(length));
    }
    return hkdf(secret, SALT, new TextEncoder().encode(label), length);
  };
}
