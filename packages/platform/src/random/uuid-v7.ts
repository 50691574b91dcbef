/**
 * UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, version, 12 + 20 bits of counter, 42 random bits.
 *
 * The counter (RFC 9562 §6.2, method 1) makes ids of one source and one millisecond ascend. It starts at a random
 * number of 31 bits, so that it cannot overflow within a millisecond. Ids follow the time they are given: when a wall
 * clock jumps back, so do they.
 */
import { toHex } from "./hex.ts";

const LATEST_MS = 2 ** 48 - 1;

/**
 * Makes a source of UUIDs version 7.
 *
 * @param randomBytes - gives fresh random bytes
 * @returns a function from milliseconds UTC (integer, 0 to 2^48 - 1) to a UUID in lower-case text
 */
export function uuidV7Source(randomBytes: (length: number) => Uint8Array): (nowMs: number) => string {
  let lastMs = -1;
  let counter = 0;
  return (nowMs) => {
    if (!Number.isInteger(nowMs) || nowMs < 0 || nowMs > LATEST_MS) {
      throw new RangeError(`nowMs: expected an integer from 0 to 2^48 - 1, got ${nowMs}`);
    }
    const random = randomBytes(10);
    const view = new DataView(random.buffer, random.byteOffset, random.byteLength);
    if (nowMs === lastMs) counter = (counter + 1) >>> 0;
    else counter = view.getUint32(6) >>> 1;
    lastMs = nowMs;
    const low = nowMs % 2 ** 32;
    const text = (...bytes: readonly number[]): string => toHex(bytes);
    const high = (nowMs - low) / 2 ** 32;
    return [
      text(high >>> 8, high, low >>> 24, low >>> 16),
      text(low >>> 8, low),
      text(0x70 | (counter >>> 28), counter >>> 20),
      text(0x80 | ((counter >>> 14) & 0x3f), counter >>> 6),
      text(((counter & 0x3f) << 2) | (view.getUint8(0) & 3)) +
        text(view.getUint8(1), view.getUint8(2), view.getUint8(3), view.getUint8(4), view.getUint8(5)),
    ].join("-");
  };
}
