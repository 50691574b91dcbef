/**
 * The generator xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c) and the SplitMix32
 * steps that fill its state from a seed. Good statistics, period 2^128 - 1, no secrecy.
 */
export type XoshiroState = readonly [number, number, number, number];

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Gives a function whose calls give unsigned 32-bit words, starting from a state that is not all zero. */
export function xoshiro128(state: XoshiroState): () => number {
  let [a, b, c, d] = state;
  return () => {
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
}

/** Fills a state from a seed: two words from its lower 32 bits and two from those above, so that no two seeds share one. */
export function stateOf(seed: number): XoshiroState {
  const lower = splitMix32(seed | 0);
  const upper = splitMix32(Math.floor(seed / 2 ** 32) ^ 0x5bd1e995);
  return [lower(), lower(), upper(), upper()];
}

function splitMix32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}
