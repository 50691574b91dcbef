// Raised where a caller hands over bytes or text that cannot be what the function needs: keys of a wrong length,
// text that is no lower-case hex or no base64. The value itself is never shown: it may be a secret.
import { WeftError } from "@weftos/interface";

/** Says that an argument is not the bytes (or not the text of bytes) the function needs. */
export class BytesInvalidError extends WeftError<{ what: string; expected: string; actual: string }> {
  override readonly code = "CHAIN_BYTES_INVALID";

  constructor(what: string, expected: string, actual: string) {
    super(`${what}: expected ${expected}, got ${actual}`, { details: { what, expected, actual } });
  }
}

/**
 * Checks that a value is a `Uint8Array` of one exact length.
 *
 * @throws BytesInvalidError `CHAIN_BYTES_INVALID`
 */
export function assertLength(what: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new BytesInvalidError(what, `${length} bytes`, typeof bytes);
  if (bytes.length !== length) throw new BytesInvalidError(what, `${length} bytes`, `${bytes.length} bytes`);
}
