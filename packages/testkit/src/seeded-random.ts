/** Randomness that a seed replays. Never for secrets outside a test. */
import type { Random } from "@weftos/interface";
import { uuidV7Source } from "@weftos/platform";
import { stateOf, xoshiro128 } from "./xoshiro128.ts";

/**
 * Makes a random source (xoshiro128**) that gives the same for the same seed.
 *
 * @param seed - a safe integer
 * @throws RangeError for another number
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a safe integer, got ${seed}`);
  const word = xoshiro128(stateOf(seed));
  const bytes = (length: number): Uint8Array => {
    const filled = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 4) {
      const value = word();
      for (let index = 0; index < 4 && offset + index < length; index += 1) {
        filled[offset + index] = value >>> (8 * index);
      }
    }
    return filled;
  };
  return { bytes, fraction: () => word() / 2 ** 32, uuidV7: uuidV7Source(bytes) };
}
