// Salts by the block: one call of the random source costs more than a salt's 32 bytes.
import type { Random } from "@weftos/interface";
import { SALT_BYTES } from "../format/event-record.ts";

const SALTS_PER_BLOCK = 64;

export class SaltPool {
  readonly #random: Pick<Random, "bytes">;
  #block = new Uint8Array(0);
  #at = 0;

  constructor(random: Pick<Random, "bytes">) {
    this.#random = random;
  }

  /** Gives 32 fresh bytes, never the same twice. */
  next(): Uint8Array {
    if (this.#at === this.#block.length) {
      this.#block = new Uint8Array(this.#random.bytes(SALTS_PER_BLOCK * SALT_BYTES));
      this.#at = 0;
    }
    this.#at += SALT_BYTES;
    return this.#block.subarray(this.#at - SALT_BYTES, this.#at);
  }
}
