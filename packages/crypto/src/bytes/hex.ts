// Lower-case hex: the only text form of hashes and ids at the edges. Upper case is refused, so that one value has one
// spelling and texts can be compared.
import { BytesInvalidError } from "../error/bytes-invalid-error.ts";

const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Writes bytes as lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += PAIRS[bytes[i] as number];
  return text;
}

/**
 * Reads lower-case hex.
 *
 * @param text - an even number of digits `0-9a-f`; the empty string gives no bytes.
 * @throws BytesInvalidError `CHAIN_BYTES_INVALID` for an odd number of digits or any other character, upper case too.
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new BytesInvalidError("hex", "an even number of digits", `${text.length} characters`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digit(text, 2 * i) << 4) | digit(text, 2 * i + 1);
  return bytes;
}

function digit(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57;
  throw new BytesInvalidError("hex", "digits 0-9 and a-f", `another character at position ${at}`);
}
