import type { JsonValue } from "../schema/json-value.ts";

/**
 * `error`: something was lost or refused that should not be; `warn`: it goes on, but a person should look; `info`: a
 * change of state; `debug`: one line for each step; `trace`: one line for each message.
 */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** Fields of a log line. A field named `pid` is the host's process: use `processId` for a process of the kernel. */
export type LogFields = Readonly<Record<string, JsonValue | undefined>>;

/** Writes log lines of one subsystem. The message is fixed text; data goes into fields; never a secret. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Tells whether a line of this level would be written, to spare the work of making it. */
  enabled(level: LogLevel): boolean;
}

/** One written line, as a sink gets it. */
export interface LogRecord {
  readonly time: number;
  readonly level: LogLevel;
  readonly subsystem: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Takes written lines: a file, a terminal, a test. Must not throw. */
export interface LogSink {
  write(record: LogRecord): void;
  /** Resolves when all lines are out. */
  close(): Promise<void>;
}
