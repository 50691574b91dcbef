/** Ids of messages: 6 random bytes of this boot and 6 bytes of a counter, so no two boots of a kernel share one. */
import type { Random } from "@weftos/interface";

const RUN = 256;
/** The last two digits of an id. Those before them stay the same for a run, so that an id is one concatenation. */
const ENDINGS: readonly string[] = Array.from({ length: RUN }, (_, end) => end.toString(16).padStart(2, "0"));

/** Makes ids of 24 lower-case hex characters. */
export class MessageIds {
  readonly #boot: string;
  #counter = 0;
  #start: string;

  constructor(random: Pick<Random, "bytes">) {
    this.#boot = Array.from(random.bytes(6), (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#start = this.#startOf(0);
  }

  next(): string {
    this.#counter += 1;
    const end = this.#counter % RUN;
    if (end === 0) this.#start = this.#startOf(this.#counter / RUN);
    return this.#start + ENDINGS[end];
  }

  #startOf(run: number): string {
    return this.#boot + run.toString(16).padStart(10, "0");
  }
}
