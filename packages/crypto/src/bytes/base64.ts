// Base64 with the standard alphabet and padding (RFC 4648 §4), read strictly: signed notes and stored keys have one
// spelling. `Uint8Array.fromBase64` is not in Node 24, and Buffer's decoder skips what it does not know.
import { BytesInvalidError } from "../error/bytes-invalid-error.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: Int8Array = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Writes bytes as padded standard base64 on one line. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const rest = bytes.length - i;
    const group =
      ((bytes[i] as number) << 16) |
      ((rest > 1 ? (bytes[i + 1] as number) : 0) << 8) |
      (rest > 2 ? (bytes[i + 2] as number) : 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += rest > 1 ? ALPHABET.charAt((group >> 6) & 63) : "=";
    text += rest > 2 ? ALPHABET.charAt(group & 63) : "=";
  }
  return text;
}

/**
 * Reads padded standard base64.
 *
 * @throws BytesInvalidError `CHAIN_BYTES_INVALID` for missing padding, foreign characters (white space too), or unused
 * bits that are not zero.
 */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw new BytesInvalidError("base64", "a multiple of 4 characters", `${text.length} characters`);
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let written = 0;
  let bits = 0;
  let group = 0;
  for (let i = 0; i < digits; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1;
    if (value < 0)
      throw new BytesInvalidError("base64", "letters, digits, + and /", `another character at position ${i}`);
    group = (group << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = group >> bits;
      group &= (1 << bits) - 1;
    }
  }
  if (group !== 0) throw new BytesInvalidError("base64", "unused bits of zero", "bits that no byte uses");
  return bytes;
}
