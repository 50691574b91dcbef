/**
 * Records refusals without drowning the record: the first of a kind at once, the same again within a second counted
 * into one event when the second is over. Bounded: when too many kinds are open, the oldest is closed early.
 */
import type { AuditEvent, AuditLog, Clock, Logger, Timer } from "@weftos/interface";

const WINDOW_MS = 1000;
const MAX_OPEN = 1024;

interface Open {
  readonly event: AuditEvent;
  readonly timer: Timer;
  repeats: number;
}

export class FoldedRefusals {
  readonly #audit: () => AuditLog;
  readonly #clock: Pick<Clock, "schedule">;
  readonly #logger: Logger;
  readonly #open = new Map<string, Open>();

  constructor(audit: () => AuditLog, clock: Pick<Clock, "schedule">, logger: Logger) {
    this.#audit = audit;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Records or counts one refusal. Never throws: a refusal stays a refusal when it cannot be written. */
  record(event: AuditEvent, key: string): void {
    const open = this.#open.get(key);
    if (open !== undefined) {
      open.repeats++;
      return;
    }
    for (const oldest of this.#open.keys()) {
      if (this.#open.size < MAX_OPEN) break;
      this.#close(oldest);
    }
    this.#append(event);
    const timer = this.#clock.schedule(WINDOW_MS, () => this.#close(key), { background: true });
    this.#open.set(key, { event, timer, repeats: 0 });
  }

  /** Writes all counts now. */
  flush(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    open.timer.cancel();
    if (open.repeats === 0) return;
    this.#append({ ...open.event, payload: { ...open.event.payload, count: open.repeats } });
  }

  #append(event: AuditEvent): void {
    try {
      this.#audit()
        .append(event)
        .durable.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#logger.error("a refusal could not be recorded", {
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
