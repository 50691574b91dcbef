// Base64 by Node's Buffer, for the kilobytes of a signature: what Buffer reads is right when it writes the same text again.
import { fromBase64 as readStrictly } from "./base64.ts";

/** Writes bytes as padded standard base64 on one line. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/**
 * Reads padded standard base64.
 *
 * @throws BytesInvalidError `CHAIN_BYTES_INVALID` for missing padding, foreign characters (white space too), or unused
 * bits that are not zero.
 */
export function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : readStrictly(text);
}
