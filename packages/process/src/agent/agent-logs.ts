/**
 * The newest lines that agents wrote, for `agent.logs`: what the log's levels let through, without the fields, which may hold what
 * only the log file masks, but for what their code printed. Bounded for all agents together, and for each line.
 */
import type { Clock, LogFields, Logger, LogLevel } from "@weftos/interface";

/** Lines that are kept. */
export const MAX_LINES = 4096;
const MAX_LENGTH = 4096;
/** Readers that wait at once. */
const MAX_WAITING = 256;

/** As backends tell what an agent's code printed. */
const printed: ReadonlyMap<string, string> = new Map([
  ["standard output", "stdout"],
  ["standard error", "stderr"],
]);

/** A line that an agent wrote. */
export interface AgentLine {
  /** Counts from 1 in each kernel, over all agents. */
  readonly index: number;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly pid: number;
  readonly agent: string;
  readonly level: LogLevel;
  readonly message: string;
}

/** Which lines to give. */
export interface LineFilter {
  readonly pid?: number | undefined;
  /** Of all starts of agents of this name. */
  readonly agent?: string | undefined;
  /** Only those after this index. */
  readonly since?: number | undefined;
  /** At most so many, the newest. */
  readonly tail?: number | undefined;
}

export class AgentLogs {
  readonly #clock: Pick<Clock, "now" | "schedule">;
  readonly #lines: (AgentLine | undefined)[] = [];
  readonly #waiting = new Set<() => void>();
  #last = 0;

  constructor(clock: Pick<Clock, "now" | "schedule">) {
    this.#clock = clock;
  }

  /** Index of the newest line; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Gives the logger for agents: it writes on, and keeps the lines of those who say who they are. */
  over(logger: Logger): Logger {
    const at =
      (level: LogLevel) =>
      (message: string, fields?: LogFields): void => {
        logger[level](message, fields);
        if (logger.enabled(level)) this.#push(level, message, fields);
      };
    return {
      trace: at("trace"),
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      enabled: (level) => logger.enabled(level),
    };
  }

  /** Gives lines that are still kept, oldest first. */
  read({ pid, agent, since = 0, tail = MAX_LINES }: LineFilter): readonly AgentLine[] {
    const found: AgentLine[] = [];
    const from = Math.max(since, this.#last - MAX_LINES, 0);
    for (let at = this.#last; at > from && found.length < tail; at -= 1) {
      const line = this.#lines[(at - 1) % MAX_LINES];
      if (line === undefined || (pid !== undefined && line.pid !== pid)) continue;
      if (agent === undefined || line.agent === agent) found.push(line);
    }
    return found.reverse();
  }

  /** Resolves when there is a line of the filter, the time is over, or the signal aborts. */
  async wait(filter: LineFilter, waitMs: number, signal: AbortSignal): Promise<void> {
    if (waitMs === 0 || this.#waiting.size >= MAX_WAITING) return;
    let over = false;
    const timer = this.#clock.schedule(waitMs, () => this.#wake(), { background: true });
    const deadline = this.#clock.now() + waitMs;
    const onAbort = (): void => {
      over = true;
      this.#wake();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (
        !over &&
        !signal.aborted &&
        this.#clock.now() < deadline &&
        this.read({ ...filter, tail: 1 }).length === 0
      ) {
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  #push(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const pid = fields?.processId;
    const agent = fields?.agent;
    if (typeof pid !== "number" || typeof agent !== "string") return;
    this.#last += 1;
    const line = {
      index: this.#last,
      time: this.#clock.now(),
      pid,
      agent,
      level,
      message: told(message, fields).slice(0, MAX_LENGTH),
    };
    this.#lines[(this.#last - 1) % MAX_LINES] = line;
    this.#wake();
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** What its code printed says so in a field. */
function told(message: string, { line }: LogFields = {}): string {
  const from = printed.get(message);
  return from === undefined || typeof line !== "string" ? message : `${from}: ${line}`;
}
