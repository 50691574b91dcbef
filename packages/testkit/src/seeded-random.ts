/**
 * Randomness that a seed replays: xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c),
 * its state filled from the seed by SplitMix32 steps. Never for secrets outside a test.
 */
import type { Random } from "@weftos/interface";
import { uuidV7Source } from "@weftos/platform";

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Fills four words from a seed, none of them by chance all zero (Steele, Lea and Flood, 2014, in 32 bits). */
function expandSeed(seed: number): [number, number, number, number] {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
  const word = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return [word(), word(), word(), word()];
}

/**
 * Makes a random source that gives the same for the same seed.
 *
 * @param seed - a safe integer
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a safe integer, got ${seed}`);
  let [a, b, c, d] = expandSeed(seed);
  const word = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
  const bytes = (length: number): Uint8Array => {
    const filled = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 4) {
      const value = word();
      for (let index = 0; index < 4 && offset + index < length; index += 1)
        filled[offset + index] = value >>> (8 * index);
    }
    return filled;
  };
  return { bytes, fraction: () => word() / 2 ** 32, uuidV7: uuidV7Source(bytes) };
}
