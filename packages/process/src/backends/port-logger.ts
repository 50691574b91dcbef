/** The log of an agent outside the kernel's thread. */
import type { LogFields, Logger, LogLevel } from "@weftos/interface";
import { type FromWorker, LOG_WINDOW, MAX_LOG_FIELDS } from "./worker-protocol.ts";

/** Sends log lines while the kernel keeps up; others are counted, and the count goes with the next line. */
export class PortLogger implements Logger {
  readonly #levels: ReadonlySet<LogLevel>;
  readonly #post: (message: FromWorker) => void;
  #unread = 0;
  #dropped = 0;

  constructor(levels: readonly LogLevel[], post: (message: FromWorker) => void) {
    this.#levels = new Set(levels);
    this.#post = post;
  }

  trace(message: string, fields?: LogFields): void {
    this.#write("trace", message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  enabled(level: LogLevel): boolean {
    return this.#levels.has(level);
  }

  read(count: number): void {
    this.#unread -= count;
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.#levels.has(level)) return;
    if (this.#unread >= LOG_WINDOW) {
      this.#dropped += 1;
      return;
    }
    this.#unread += 1;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#post({ type: "log", level, message: message.slice(0, 16_384), fields: copyOf(fields), dropped });
  }
}

/** Through text: what is no JSON in the fields must break neither the port nor the agent. */
function copyOf(fields: LogFields): LogFields {
  let text: string;
  try {
    text = JSON.stringify(fields);
  } catch {
    return { fieldsUnreadable: true };
  }
  return text.length > MAX_LOG_FIELDS ? { fieldsTooLong: text.length } : (JSON.parse(text) as LogFields);
}
