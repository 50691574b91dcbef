// Lower-case hex: the only text form of hashes and ids at the edges. Upper case is refused, so that one value has one
// spelling and texts can be compared.
import { BytesInvalidError } from "../error/bytes-invalid-error.ts";

const DIGITS: readonly number[] = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** Bytes of one piece: of a hash, that is all. Adding digit to digit makes thirty texts on the way to one. */
const PIECE = 32;
const piece = new Array<number>(2 * PIECE).fill(0);

/** Writes bytes as lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length === PIECE) return pieceToHex(bytes, 0);
  let text = "";
  let at = 0;
  for (; at + PIECE <= bytes.length; at += PIECE) text += pieceToHex(bytes, at);
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    text += String.fromCharCode(DIGITS[byte >> 4] as number, DIGITS[byte & 15] as number);
  }
  return text;
}

function pieceToHex(bytes: Uint8Array, from: number): string {
  for (let i = 0; i < PIECE; i++) {
    const byte = bytes[from + i] as number;
    piece[2 * i] = DIGITS[byte >> 4] as number;
    piece[2 * i + 1] = DIGITS[byte & 15] as number;
  }
  return String.fromCharCode.apply(null, piece);
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
