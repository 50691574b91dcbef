/**
 * Puts what the kernel and its features warn of into the event ring too, where `kernel.logs` shows it: the message and which agent it
 * concerns, never another field, which may say more than a viewer is to see. Bounded, so that a storm of crashes does not push everything
 * else out: of lines beyond 32 a second it is said how many there were. What agents write themselves is not told here.
 */
import type { Clock, KernelEvent, LogFields, LogLevel } from "@weftos/interface";

const MAX_LINES = 32;
const PERIOD_MS = 1000;

/** What telling asks of its kernel. */
export interface ToldLinesDeps {
  readonly clock: Pick<Clock, "monotonic" | "schedule">;
  readonly tell: (event: Omit<KernelEvent, "index" | "time">) => void;
}

export class ToldLines {
  readonly #deps: ToldLinesDeps;
  #from = Number.NEGATIVE_INFINITY;
  #told = 0;
  #left = 0;

  constructor(deps: ToldLinesDeps) {
    this.#deps = deps;
  }

  line(source: string, level: LogLevel, message: string, fields: LogFields = {}): void {
    const now = this.#deps.clock.monotonic();
    if (now - this.#from >= PERIOD_MS) {
      this.#from = now;
      this.#told = 0;
    }
    if (this.#told < MAX_LINES) {
      this.#told += 1;
      const { agent, processId } = fields;
      const about = typeof agent === "string" && typeof processId === "number";
      const phase = about ? "agents" : "services";
      this.#deps.tell({ phase, level, source, message: about ? `${agent}[${processId}]: ${message}` : message });
      return;
    }
    this.#left += 1;
    if (this.#left > 1) return;
    const restMs = this.#from + PERIOD_MS - now;
    this.#deps.clock.schedule(restMs, () => this.#sayLeft(), { background: true });
  }

  #sayLeft(): void {
    const count = this.#left;
    this.#left = 0;
    const message = `${count} more ${count === 1 ? "warning" : "warnings"} in this second: see the log file`;
    this.#deps.tell({ phase: "services", level: "warn", source: "kernel", message });
  }
}
