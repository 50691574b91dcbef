/**
 * Where log lines go. Nothing is written, and no sink opened, unless the kernel has a state directory or the host gave a
 * sink; the platform's sink is opened by the first line after the boot, and lines before it wait, bounded.
 */
import type { JsonValue, LogFields, Logger, LogLevel, LogRecord, LogSink } from "@weftos/interface";
import { LEVELS, type LogLevels, parseLogLevels, showLogLevels } from "./log-levels.ts";

const MAX_WAITING = 4096;

interface LogOutputInit {
  readonly now: () => number;
  readonly levels: LogLevels;
}

export class LogOutput {
  readonly #now: () => number;
  #levels: LogLevels;
  #sink: LogSink | undefined;
  #open: (() => Promise<LogSink>) | undefined;
  #opening: Promise<void> | undefined;
  #waiting: LogRecord[] = [];
  #lost = 0;
  #started = false;

  constructor(init: LogOutputInit) {
    this.#now = init.now;
    this.#levels = init.levels;
  }

  /** Says where lines go: a sink that is there, or how to open one. */
  useSink(sink: LogSink | (() => Promise<LogSink>)): void {
    if (typeof sink === "function") this.#open = sink;
    else this.#sink = sink;
  }

  /** Ends the boot: from now on the first line opens the sink. */
  start(): void {
    this.#started = true;
    if (this.#waiting.length > 0) this.#ensureOpen();
  }

  get levels(): string {
    return showLogLevels(this.#levels);
  }

  /** @throws `KERNEL_LOG_LEVELS` */
  setLevels(text: string): void {
    this.#levels = parseLogLevels(text, this.#levels);
  }

  enabled(subsystem: string, level: LogLevel): boolean {
    return (this.#sink !== undefined || this.#open !== undefined) && this.wanted(subsystem, level);
  }

  /** Whether the levels let it through, be there a sink or not. */
  wanted(subsystem: string, level: LogLevel): boolean {
    const least = this.#levels.subsystems.get(subsystem) ?? this.#levels.base;
    return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
  }

  write(subsystem: string, level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.enabled(subsystem, level)) return;
    const record: LogRecord = { time: this.#now(), level, subsystem, message, fields };
    if (this.#sink !== undefined) {
      this.#sink.write(record);
      return;
    }
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(record);
    else this.#lost++;
    if (this.#started) this.#ensureOpen();
  }

  /** Makes the logger of one subsystem. */
  logger(subsystem: string): Logger {
    const line =
      (level: LogLevel) =>
      (message: string, fields?: Readonly<Record<string, JsonValue | undefined>>): void =>
        this.write(subsystem, level, message, fields);
    return {
      trace: line("trace"),
      debug: line("debug"),
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
      enabled: (level) => this.enabled(subsystem, level),
    };
  }

  /** Writes what waits and closes the sink that this output opened. */
  async close(): Promise<void> {
    this.start();
    await this.#opening;
    if (this.#open === undefined) return;
    this.#open = undefined;
    const sink = this.#sink;
    this.#sink = undefined;
    await sink?.close();
  }

  #ensureOpen(): void {
    if (this.#opening !== undefined || this.#open === undefined) return;
    this.#opening = this.#open().then(
      (sink) => {
        this.#sink = sink;
        for (const record of this.#waiting) sink.write(record);
        this.#waiting = [];
        if (this.#lost > 0)
          this.write("kernel", "warn", "log lines were lost before the sink opened", { count: this.#lost });
      },
      () => {
        // Logs are no reason to stop a kernel: without a sink there are none.
        this.#open = undefined;
        this.#waiting = [];
      },
    );
  }
}
