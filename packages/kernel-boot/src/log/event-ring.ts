/**
 * The newest 1024 lines of what the kernel says, each with an index that only grows, so that a reader can tail it and
 * knows what it missed.
 */
import type { KernelEvent, LogLevel } from "@weftos/interface";
import { LEVELS } from "./log-levels.ts";

/** The most lines that are kept. */
export const RING_SIZE = 1024;

/** Which lines to give. */
export interface EventFilter {
  /** The least level. @defaultValue `trace`, all */
  readonly level?: LogLevel | undefined;
  /** The most lines, the newest of them. @defaultValue all that are kept */
  readonly limit?: number | undefined;
}

export class EventRing {
  readonly #events: KernelEvent[] = [];
  readonly #size: number;
  readonly #deliver: (event: KernelEvent) => void;
  #last = 0;

  constructor(deliver: (event: KernelEvent) => void, size: number = RING_SIZE) {
    this.#deliver = deliver;
    this.#size = size;
  }

  /** Index of the newest line; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  push(event: Omit<KernelEvent, "index">): void {
    this.#last++;
    const whole: KernelEvent = { index: this.#last, ...event };
    this.#events[(this.#last - 1) % this.#size] = whole;
    this.#deliver(whole);
  }

  /** Gives the newest lines, oldest first. */
  tail(filter: EventFilter = {}): readonly KernelEvent[] {
    return this.since(0, filter);
  }

  /** Gives the lines after `index` that are still kept, oldest first. */
  since(index: number, filter: EventFilter = {}): readonly KernelEvent[] {
    const least = LEVELS.indexOf(filter.level ?? "trace");
    const found: KernelEvent[] = [];
    const from = Math.max(index, this.#last - this.#size, 0);
    const limit = filter.limit ?? this.#size;
    for (let at = this.#last; at > from && found.length < limit; at--) {
      const event = this.#events[(at - 1) % this.#size];
      if (event !== undefined && LEVELS.indexOf(event.level) >= least) found.push(event);
    }
    return found.reverse();
  }
}
