/**
 * Measures from the kernel's thread what memory its worker threads take: V8 answers between two steps of a thread's code, also of a loop
 * that never ends. Only threads that do something are asked. What is measured holds garbage that V8 has not collected yet; what counts is
 * the least of some figures in a row, and near the limit what the thread itself tells (`thread-memory.ts`), as long as it does.
 */
import type { Clock, Timer } from "@weftos/interface";

const MEGABYTE = 1_048_576;
/** How often threads are looked at, and one that has passed its limit. */
const EVERY_MS = 100;
const OVER_MS = 25;
/** Figures of which the least counts. */
const FIGURES = 5;
/** Part of the time that a thread which is asked was at work. */
const BUSY = 0.1;

/**
 * How far V8's own limit lies above the agent's, in MiB. V8 that reaches its limit while it copies young objects or makes a table larger
 * ends the whole program, and not the thread alone: it must not come that far.
 */
export const NET_MB = 1024;
/**
 * What its heap may pass the limit by before a thread is ended at the next look, whatever of it is garbage. V8 collects at the latest
 * when half of what was free up to its own limit is taken; so a thread that keeps to its limit never gets here.
 */
const BEYOND_BYTES = 640 * MEGABYTE;

/** What is asked of a `Worker`. */
export interface Thread {
  readonly performance: { eventLoopUtilization(since?: Utilization): Utilization };
  getHeapStatistics(): Promise<{ readonly used_heap_size: number; readonly external_memory: number }>;
}

interface Utilization {
  readonly idle: number;
  readonly active: number;
  readonly utilization: number;
}

/** One thread that is looked at until `stop`. */
export interface Watched {
  /** Bytes of its heap and of what hangs on it, garbage included; undefined when it has not been at work long enough to know. */
  readonly bytes: number | undefined;
  stop(): void;
}

export class ThreadWatch {
  readonly #clock: Pick<Clock, "schedule">;
  readonly #threads = new Set<WatchedThread>();
  #timer: Timer | undefined;

  constructor(clock: Pick<Clock, "schedule">) {
    this.#clock = clock;
  }

  /** @param over - called once, when the thread endangers the kernel */
  follow(thread: Thread, limitBytes: number, over: () => void): Watched {
    const watched = new WatchedThread(thread, { clock: this.#clock, limitBytes, over }, () => {
      this.#threads.delete(watched);
      if (this.#threads.size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    });
    this.#threads.add(watched);
    this.#timer ??= this.#next();
    return watched;
  }

  #next(): Timer {
    const look = (): void => {
      for (const thread of this.#threads) thread.look();
      this.#timer = this.#next();
    };
    return this.#clock.schedule(EVERY_MS, look, { background: true });
  }
}

interface ThreadLimit {
  readonly clock: Pick<Clock, "schedule">;
  readonly limitBytes: number;
  readonly over: () => void;
}

class WatchedThread implements Watched {
  readonly #thread: Thread;
  readonly #limit: ThreadLimit;
  readonly #onStop: () => void;
  #since: Utilization | undefined;
  #figures: number[] = [];
  #asking = false;
  #again: Timer | undefined;
  #stopped = false;

  constructor(thread: Thread, limit: ThreadLimit, onStop: () => void) {
    this.#thread = thread;
    this.#limit = limit;
    this.#onStop = onStop;
  }

  get bytes(): number | undefined {
    return this.#figures.length < FIGURES ? undefined : Math.min(...this.#figures);
  }

  stop(): void {
    this.#stopped = true;
    this.#again?.cancel();
    this.#onStop();
  }

  look(): void {
    const { performance } = this.#thread;
    const now = performance.eventLoopUtilization();
    // One that loads its module has not begun to count.
    const isBusy = now.idle === 0 || performance.eventLoopUtilization(this.#since).utilization > BUSY;
    this.#since = now;
    if (isBusy) this.#ask();
    else this.#figures = [];
  }

  #ask(): void {
    if (this.#asking || this.#stopped) return;
    this.#asking = true;
    this.#thread.getHeapStatistics().then(
      ({ used_heap_size, external_memory }) => {
        this.#asking = false;
        this.#take(used_heap_size, used_heap_size + external_memory);
      },
      // It does not run yet, or no longer.
      () => {
        this.#asking = false;
      },
    );
  }

  #take(heap: number, all: number): void {
    if (this.#stopped) return;
    this.#figures = [...this.#figures, all].slice(-FIGURES);
    const { clock, limitBytes, over } = this.#limit;
    this.#again?.cancel();
    if (heap < limitBytes) return;
    if (heap >= limitBytes + BEYOND_BYTES) {
      this.stop();
      over();
      return;
    }
    this.#again = clock.schedule(OVER_MS, () => this.#ask(), { background: true });
  }
}
