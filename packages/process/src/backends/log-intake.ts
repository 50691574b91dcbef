/**
 * Bounds the log lines of one agent outside the kernel's thread: 5000 a second. Beyond them lines are not acknowledged before the
 * second is over, so that an honest agent drops and counts what its window does not hold; one that writes on past its window
 * breaks the protocol.
 */
import type { Clock, Timer } from "@weftos/interface";
import { LOG_WINDOW } from "./worker-protocol.ts";

const MAX_LINES = 5000;
const PERIOD_MS = 1000;

export class LogIntake {
  readonly #clock: Pick<Clock, "monotonic" | "schedule">;
  readonly #acknowledge: (count: number) => void;
  #since: number;
  #lines = 0;
  #held = 0;
  #timer: Timer | undefined;

  constructor(clock: Pick<Clock, "monotonic" | "schedule">, acknowledge: (count: number) => void) {
    this.#clock = clock;
    this.#acknowledge = acknowledge;
    this.#since = clock.monotonic();
  }

  /** Counts a line. @returns false when it came past the agent's window */
  take(): boolean {
    const passed = this.#clock.monotonic() - this.#since;
    if (passed >= PERIOD_MS) {
      this.#since += passed;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines <= MAX_LINES) {
      this.#acknowledge(1);
      return true;
    }
    this.#held += 1;
    this.#timer ??= this.#clock.schedule(PERIOD_MS - passed, () => this.#release(), { background: true });
    return this.#held <= LOG_WINDOW;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #release(): void {
    this.#timer = undefined;
    const held = this.#held;
    this.#held = 0;
    this.#acknowledge(held);
  }
}
