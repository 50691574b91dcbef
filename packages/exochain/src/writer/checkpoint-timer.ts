// Says when events that no checkpoint covers have waited long enough for one.
import type { Clock, Timer } from "@weftos/interface";

export class CheckpointTimer {
  readonly #clock: Pick<Clock, "schedule">;
  readonly #ms: number;
  readonly #onDue: () => void;
  #timer: Timer | undefined;
  #due = false;

  /** @param onDue - called when a checkpoint is due; it tells whether one may be taken now */
  constructor(clock: Pick<Clock, "schedule">, ms: number, onDue: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onDue = onDue;
  }

  get due(): boolean {
    return this.#due;
  }

  /** Begins to wait, unless it does already. */
  arm(): void {
    this.#timer ??= this.#clock.schedule(
      this.#ms,
      () => {
        this.#timer = undefined;
        this.#due = true;
        this.#onDue();
      },
      { background: true },
    );
  }

  /** A commit takes care of it. */
  taken(): boolean {
    const due = this.#due;
    this.#due = false;
    return due;
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
