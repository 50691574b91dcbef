/**
 * Counts what a JSON text is made of without reading it: a text of a few megabytes can hold a million values, and the time that it takes
 * to read and check them is the reader's.
 */

/** Most that a frame is made of: each value counts one, and three more with a key, as it costs about as much. */
export const MAX_PARTS = 262_144;

const [QUOTE, BACKSLASH, COMMA, COLON, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x7b] as const;

/** Whether a JSON text holds no more than that. @param text - UTF-8 */
export function hasFewParts(text: Uint8Array): boolean {
  // Each of them takes a byte at least.
  if (text.length <= MAX_PARTS / 2) return true;
  let parts = 0;
  for (let at = 0; at < text.length && parts <= MAX_PARTS; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) {
      at += 1;
      while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
    } else if (byte === COMMA || byte === BRACKET || byte === BRACE) parts += 1;
    else if (byte === COLON) parts += 3;
  }
  return parts <= MAX_PARTS;
}
