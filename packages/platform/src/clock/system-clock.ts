/**
 * The clock of the machine, for Node and the browser alike: both have `Date.now`, `performance.now` and `setTimeout`.
 *
 * Timers never fire early: `setTimeout` may, by up to a millisecond, so a timer looks at the monotonic clock again when
 * it fires. A delay above 2^31 - 1 ms, which `setTimeout` would take for 1, is waited for in parts.
 */
import type { Clock, Timer } from "@weftos/interface";

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

class SystemTimer implements Timer {
  readonly #deadlineMs: number;
  readonly #callback: () => void;
  readonly #background: boolean;
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, callback: () => void, background: boolean) {
    this.#deadlineMs = performance.now() + ms;
    this.#callback = callback;
    this.#background = background;
    this.#arm(ms);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #arm(ms: number): void {
    const handle: unknown = setTimeout(() => this.#fire(), Math.min(Math.ceil(ms), LONGEST_TIMEOUT_MS));
    this.#handle = handle as ReturnType<typeof setTimeout>;
    // Node gives an object, the browser a number that never keeps a program alive.
    if (this.#background && typeof handle === "object" && handle !== null && "unref" in handle) this.#handle.unref();
  }

  #fire(): void {
    const remainingMs = this.#deadlineMs - performance.now();
    if (remainingMs > 0) {
      this.#arm(remainingMs);
      return;
    }
    this.#handle = undefined;
    this.#callback();
  }
}

function delay(ms: number): number {
  if (Number.isNaN(ms)) throw new RangeError("ms: expected a number of milliseconds, got NaN");
  return Math.max(0, ms);
}

/** Gives the clock of the machine. */
export function systemClock(): Clock {
  const schedule: Clock["schedule"] = (ms, callback, options) =>
    new SystemTimer(delay(ms), callback, options?.background === true);
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    schedule,
    sleep: (ms, options) => sleepBy(schedule, ms, options?.signal),
  };
}

/** Builds `sleep` from `schedule`: rejects with the signal's reason, before the wait or during it. */
export function sleepBy(schedule: Clock["schedule"], ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = schedule(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
