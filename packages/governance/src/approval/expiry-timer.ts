/** Calls when the next question expires. The wall clock may be set, so it calls once an hour at least. */
import type { Clock, Timer } from "@weftos/interface";

const LONGEST_MS = 3_600_000;

export class ExpiryTimer {
  readonly #clock: Pick<Clock, "schedule">;
  readonly #due: () => void;
  #timer: Timer | undefined;

  constructor(clock: Pick<Clock, "schedule">, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Sets it anew. @param next - milliseconds until the next expiry; undefined when nothing expires */
  set(next: number | undefined): void {
    this.stop();
    if (next === undefined) return;
    const wait = Math.min(Math.max(next, 1), LONGEST_MS);
    this.#timer = this.#clock.schedule(wait, this.#due, { background: true });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
