/**
 * Bounds what an agent outside the kernel's thread may say, so that one that talks without end leaves the kernel time for others. One
 * that keeps to the protocol comes nowhere near: it waits for the answers to its calls, the return of its log window, and messages to take.
 */
import type { Clock } from "@weftos/interface";
import { nextTurn } from "./next-turn.ts";

/** Messages in one turn of the kernel's thread. */
export const MAX_A_TURN = 8192;
/** What comes to nothing in a second: calls that fit no schema, cancelled calls and answered pings that there are not. */
export const MAX_SLIPS = 1000;
const PERIOD_MS = 1000;

export class TalkBounds {
  readonly #clock: Pick<Clock, "monotonic">;
  #heard = 0;
  #since = Number.NEGATIVE_INFINITY;
  #slips = 0;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Counts a message. @returns false when it is one too many in this turn */
  hear(): boolean {
    if (this.#heard === 0) {
      nextTurn(() => {
        this.#heard = 0;
      });
    }
    this.#heard += 1;
    return this.#heard <= MAX_A_TURN;
  }

  /** Counts what came to nothing. @returns false when it is one too many in this second */
  slip(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#since >= PERIOD_MS) {
      this.#since = now;
      this.#slips = 0;
    }
    this.#slips += 1;
    return this.#slips <= MAX_SLIPS;
  }
}
