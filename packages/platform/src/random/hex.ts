const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Gives bytes as lower-case hexadecimal text. */
export function toHex(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte & 0xff];
  return text;
}
