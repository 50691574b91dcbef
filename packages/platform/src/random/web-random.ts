/** Randomness by the Web Crypto API, for the browser and for memory platforms that are given no other. */
import type { Random } from "@weftos/interface";
import { uuidV7Source } from "./uuid-v7.ts";

/** Most bytes that one call of `getRandomValues` gives (Web Cryptography API §10.1.1). */
const QUOTA_BYTES = 65_536;

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += QUOTA_BYTES) {
    crypto.getRandomValues(bytes.subarray(start, Math.min(start + QUOTA_BYTES, length)));
  }
  return bytes;
}

/** Gives randomness from `globalThis.crypto`. */
export function webRandom(): Random {
  return { bytes: randomBytes, fraction: () => Math.random(), uuidV7: uuidV7Source(randomBytes) };
}
