/** Randomness by `node:crypto`. Small requests come from a pool, as each call into the library costs about 1 µs. */
import { randomFillSync } from "node:crypto";
import type { Random } from "@weftos/interface";
import { uuidV7Source } from "../random/uuid-v7.ts";

const POOL_BYTES = 4096;
const LARGEST_POOLED_BYTES = 64;

/** Gives randomness from the operating system's generator. */
export function nodeRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  const bytes = (length: number): Uint8Array => {
    if (length > LARGEST_POOLED_BYTES) return randomFillSync(new Uint8Array(length));
    if (used + length > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const taken = pool.slice(used, used + length);
    pool.fill(0, used, used + length); // what was given out must not stay readable here
    used += length;
    return taken;
  };
  return { bytes, fraction: () => Math.random(), uuidV7: uuidV7Source(bytes) };
}
