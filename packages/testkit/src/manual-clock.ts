/**
 * A clock that a test moves by hand. Time stands still until `advance`; timers then fire in the order of their due
 * times, and between two of them everything that is ready runs.
 */
import type { Clock, Timer } from "@weftos/interface";
import { sleepBy } from "@weftos/platform";

// Taken once, so that fake timers of a test runner do not reach it.
const nextTurn: (callback: () => void) => void = setImmediate;

/** A clock whose time is moved by the test. */
export interface ManualClock extends Clock {
  /** Moves both clocks on, firing each timer that gets due in order; resolves when what they started is idle. */
  advance(ms: number): Promise<void>;
  /** Lets everything that is ready run, without moving time. */
  settle(): Promise<void>;
  /** Sets the wall clock, as an administrator or NTP does; timers do not notice. */
  setNow(ms: number): void;
  /** Timers that wait, background ones included. */
  readonly waiting: number;
}

export interface ManualClockInit {
  /** Where the wall clock starts, in milliseconds UTC. @defaultValue 1 700 000 000 000 */
  readonly now?: number | undefined;
}

interface Entry {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Makes a clock that stands still. A timer of 0 ms fires by itself in the next turn, as no time must pass for it. */
export function manualClock(init: ManualClockInit = {}): ManualClock {
  let wallOffset = init.now ?? 1_700_000_000_000;
  let monotonicMs = 0;
  const entries = new Set<Entry>();

  const schedule = (ms: number, callback: () => void): Timer => {
    if (Number.isNaN(ms)) throw new RangeError("ms: expected a number of milliseconds, got NaN");
    const entry: Entry = { dueMs: monotonicMs + Math.max(0, ms), callback };
    entries.add(entry);
    if (ms <= 0) nextTurn(() => fire(entry));
    return { cancel: () => void entries.delete(entry) };
  };
  const fire = (entry: Entry): void => {
    if (entries.delete(entry)) entry.callback();
  };
  /** The first due entry; of equal ones the oldest, as a set keeps the order of insertion. */
  const firstDue = (limitMs: number): Entry | undefined => {
    let first: Entry | undefined;
    for (const entry of entries) {
      if (entry.dueMs <= limitMs && (first === undefined || entry.dueMs < first.dueMs)) first = entry;
    }
    return first;
  };
  const settle = (): Promise<void> => new Promise((resolve) => nextTurn(resolve));

  return {
    now: () => Math.trunc(wallOffset + monotonicMs),
    monotonic: () => monotonicMs,
    schedule,
    sleep: (ms, options) => sleepBy(schedule, ms, options?.signal),
    settle,
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`ms: expected 0 or more milliseconds, got ${ms}`);
      const target = monotonicMs + ms;
      await settle();
      for (let entry = firstDue(target); entry !== undefined; entry = firstDue(target)) {
        monotonicMs = Math.max(monotonicMs, entry.dueMs);
        fire(entry);
        await settle();
      }
      monotonicMs = target;
      await settle();
    },
    setNow(ms) {
      wallOffset = ms - monotonicMs;
    },
    get waiting() {
      return entries.size;
    },
  };
}
