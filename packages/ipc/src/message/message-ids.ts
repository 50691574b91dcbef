/**
 * Ids of messages: 6 random bytes of this boot and 6 bytes of a counter, so no two boots of a kernel share one. A message carries
 * the counter; the text is made when somebody reads it, which for most messages is never.
 */
import type { Random } from "@weftos/interface";

const FORM = /^[0-9a-f]{24}$/;

/** Counts messages, and writes and reads their ids of 24 lower-case hex characters. */
export class MessageIds {
  readonly #boot: string;
  #last = 0;

  constructor(random: Pick<Random, "bytes">) {
    this.#boot = Array.from(random.bytes(6), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Writes the id with this number. */
  format(number: number): string {
    return this.#boot + number.toString(16).padStart(12, "0");
  }

  /** Gives the number of an id; undefined when it is not of this boot. */
  parse(id: unknown): number | undefined {
    if (typeof id !== "string" || !FORM.test(id) || !id.startsWith(this.#boot)) return undefined;
    return Number.parseInt(id.slice(12), 16);
  }
}
