/**
 * Records what happened and cannot be refused any more, such as an end: where the log's queue is full, the record waits for
 * room. As many wait as processes end, which the table bounds. Where the log cannot record at all, the log lines say so.
 */
import { type AuditEvent, type AuditLog, isWeftError, type Logger } from "@weftos/interface";

export class PatientRecord {
  readonly #audit: Pick<AuditLog, "append" | "ready">;
  readonly #logger: Logger;
  readonly #waiting: AuditEvent[] = [];
  #draining: Promise<void> | undefined;

  constructor(audit: Pick<AuditLog, "append" | "ready">, logger: Logger) {
    this.#audit = audit;
    this.#logger = logger;
  }

  /** Records at once, or as soon as there is room; in the order of the calls. */
  append(event: AuditEvent): void {
    if (this.#waiting.length === 0 && this.#try(event)) return;
    this.#waiting.push(event);
    this.#draining ??= this.#drain();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    try {
      for (let event = this.#waiting[0]; event !== undefined; event = this.#waiting[0]) {
        await this.#audit.ready();
        while (event !== undefined && this.#try(event)) {
          this.#waiting.shift();
          event = this.#waiting[0];
        }
      }
    } catch (error) {
      for (const event of this.#waiting.splice(0)) this.#give(event, error);
    } finally {
      this.#draining = undefined;
    }
  }

  /** Tells whether the event is dealt with; one that only found no room is not. */
  #try(event: AuditEvent): boolean {
    try {
      this.#audit.append(event);
      return true;
    } catch (error) {
      if (isWeftError(error) && error.retryable) return false;
      this.#give(event, error);
      return true;
    }
  }

  #give({ kind, actor }: AuditEvent, error: unknown): void {
    const text = error instanceof Error ? error.message : "unknown";
    this.#logger.error("the end of a process could not be recorded", { processId: actor.pid, kind, error: text });
  }
}
