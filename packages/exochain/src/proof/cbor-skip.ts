// Steps over items of CBOR that were checked when they were written and whose segment's hash holds: to find one event among
// thousands without decoding them all.

/** Gives the offset behind the item at `at`. @throws RangeError when the bytes end within it */
export function skipItem(bytes: Uint8Array, at: number): number {
  const head = byteAt(bytes, at);
  const major = head >> 5;
  const short = head & 0x1f;
  const width = short < 24 ? 0 : 2 ** (short - 24);
  if (width > 8) throw new RangeError(`byte ${at} is not the head of an item`);
  let argument = short;
  if (width > 0) {
    argument = 0;
    for (let i = 1; i <= width; i++) argument = argument * 256 + byteAt(bytes, at + i);
  }
  let end = at + 1 + width;
  if (major === 2 || major === 3) end += argument;
  if (major === 4 || major === 5) {
    for (let left = major === 4 ? argument : 2 * argument; left > 0; left--) end = skipItem(bytes, end);
  }
  if (end > bytes.length) throw new RangeError(`the bytes end within the item at ${at}`);
  return end;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError(`there is no byte ${at}`);
  return byte;
}
