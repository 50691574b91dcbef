/**
 * What a log line holds, in every sink: `level`, `time` (milliseconds UTC), `subsystem`, the line's fields, `message`.
 * A field whose name is taken gets `_` behind it.
 */
import type { JsonValue, LogRecord } from "@weftos/interface";

const TAKEN: ReadonlySet<string> = new Set(["level", "time", "subsystem", "message", "pid"]);

/** A log file that reached this size makes room for a new one. */
export const LOG_FILE_BYTES: number = 16 * 1024 * 1024;
/** Older log files that are kept: `kernel.1.log` is the youngest. */
export const KEPT_LOG_FILES = 3;

/** Gives the path of the log file (`age` 0) or of an older one. */
export function logFilePath(folder: string, age: number): string {
  return `${folder.replace(/\/+$/, "")}/kernel${age === 0 ? "" : `.${age}`}.log`;
}

/**
 * Writes a line, with its end.
 *
 * @param about - what a sink adds to each of its lines
 */
export function logLine(record: LogRecord, about: { readonly pid?: number } = {}): string {
  const { level, message, time, subsystem } = record;
  const fields: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(record.fields)) {
    if (value !== undefined) fields[TAKEN.has(name) ? `${name}_` : name] = value;
  }
  return `${JSON.stringify({ level, ...about, time, subsystem, ...fields, message })}\n`;
}
