/** Ids of messages: 6 random bytes of this boot and 6 bytes of a counter, so no two boots of a kernel share one. */
import type { Random } from "@weftos/interface";

/** Makes ids of 24 lower-case hex characters. */
export class MessageIds {
  readonly #boot: string;
  #counter = 0;

  constructor(random: Pick<Random, "bytes">) {
    this.#boot = Array.from(random.bytes(6), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  next(): string {
    this.#counter += 1;
    return this.#boot + this.#counter.toString(16).padStart(12, "0");
  }
}
