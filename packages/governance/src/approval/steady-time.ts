/** The time by which approvals expire: never before one that was seen, also when somebody sets the wall clock back. */
import type { Clock } from "@weftos/interface";

export class SteadyTime {
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  #latest = 0;
  #at = 0;

  constructor(clock: Pick<Clock, "now" | "monotonic">) {
    this.#clock = clock;
  }

  /** Milliseconds UTC; goes on by the monotonic clock while the wall clock is behind. */
  now(): number {
    const at = this.#clock.monotonic();
    this.#latest = Math.max(this.#clock.now(), this.#latest + Math.floor(at - this.#at));
    this.#at = at;
    return this.#latest;
  }

  /** Notes a time that has been. */
  saw(time: number): void {
    this.#latest = Math.max(this.now(), time);
  }
}
