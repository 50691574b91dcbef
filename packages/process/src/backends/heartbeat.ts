/**
 * Asks agents outside the kernel's thread for signs of life, all with one timer, and measures what they use by the way. An
 * answer comes when the agent's own thread turns; one that is overdue says that its code holds it.
 */
import type { AgentHealth, Clock } from "@weftos/interface";

/** How often to ask, and when silence is a hang. */
export interface HeartbeatTimes {
  readonly intervalMs: number;
  readonly hungMs: number;
}

/** What is asked. */
export interface Beating {
  /** Resolves with the agent's answer. Never rejects; may never resolve. */
  ping(): Promise<void>;
  /** Measures from outside what can be measured there. Never rejects. */
  measure(): Promise<void>;
}

/** One agent that is asked until `stop`. */
export interface Pulse extends AgentHealth {
  /** Whether an answer takes a tenth of what counts as a hang: its code does something, whatever it said before. */
  readonly late: boolean;
  /** Asks now, unless an answer is still awaited. */
  ask(): void;
  stop(): void;
}

export class Heartbeat {
  readonly #clock: Pick<Clock, "monotonic" | "schedule">;
  readonly #times: HeartbeatTimes;
  readonly #beats = new Set<Beat>();
  #timer: { cancel(): void } | undefined;

  constructor(clock: Pick<Clock, "monotonic" | "schedule">, times: HeartbeatTimes) {
    this.#clock = clock;
    this.#times = times;
  }

  /** Begins to ask. */
  follow(beating: Beating): Pulse {
    const beat = new Beat(beating, this.#clock, this.#times.hungMs, () => {
      this.#beats.delete(beat);
      if (this.#beats.size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    });
    this.#beats.add(beat);
    if (this.#timer === undefined) this.#wait();
    return beat;
  }

  #wait(): void {
    const tick = (): void => {
      for (const beat of this.#beats) beat.ask();
      this.#wait();
    };
    this.#timer = this.#clock.schedule(this.#times.intervalMs, tick, { background: true });
  }
}

class Beat implements Pulse {
  readonly #beating: Beating;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #hungMs: number;
  readonly #onStop: () => void;
  #lastSign: number;
  #askedAt: number | undefined;
  #measuring = false;

  constructor(beating: Beating, clock: Pick<Clock, "monotonic">, hungMs: number, onStop: () => void) {
    this.#beating = beating;
    this.#clock = clock;
    this.#hungMs = hungMs;
    this.#onStop = onStop;
    this.#lastSign = clock.monotonic();
  }

  silentMs(): number {
    return this.#clock.monotonic() - this.#lastSign;
  }

  get hung(): boolean {
    return this.#waitsFor(this.#hungMs);
  }

  get late(): boolean {
    return this.#waitsFor(this.#hungMs / 10);
  }

  stop(): void {
    this.#askedAt = undefined;
    this.#onStop();
  }

  #waitsFor(ms: number): boolean {
    return this.#askedAt !== undefined && this.#clock.monotonic() - this.#askedAt >= ms;
  }

  ask(): void {
    if (!this.#measuring) {
      this.#measuring = true;
      void this.#beating.measure().then(() => {
        this.#measuring = false;
      });
    }
    if (this.#askedAt !== undefined) return;
    this.#askedAt = this.#clock.monotonic();
    void this.#beating.ping().then(() => {
      this.#askedAt = undefined;
      this.#lastSign = this.#clock.monotonic();
    });
  }
}
