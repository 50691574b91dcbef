// Comparison of secrets and digests. In plain JavaScript, so that Node and browsers behave alike; the engine gives no
// hard promise about timing, but nothing here branches on the content.

/**
 * Compares two byte strings in time that depends on their lengths only.
 *
 * @returns false at once when the lengths differ: lengths are not secret here.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
