/** Log levels per subsystem, written as `info` or `ipc=trace,process=debug` or both: `warn,ipc=trace`. */
import { type LogLevel, WeftError } from "@weftos/interface";

/** Least first. */
export const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

const SUBSYSTEM = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const MAX_SUBSYSTEMS = 256;

/** Raised when log levels cannot be read. */
export class LogLevelsError extends WeftError<{ readonly part: string }> {
  override readonly code = "KERNEL_LOG_LEVELS";
}

/** A level for all subsystems, and levels of single ones. */
export interface LogLevels {
  readonly base: LogLevel;
  readonly subsystems: ReadonlyMap<string, LogLevel>;
}

/**
 * Reads log levels. What is not named keeps what `before` says.
 *
 * @throws `KERNEL_LOG_LEVELS`
 */
export function parseLogLevels(text: string, before: LogLevels): LogLevels {
  if (typeof text !== "string") throw wrong(String(text));
  let base = before.base;
  const subsystems = new Map(before.subsystems);
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const [name, level, more] = part.split("=").map((one) => one.trim());
    if (more !== undefined) throw wrong(part);
    if (level === undefined) base = toLevel(name, part);
    else if (name === undefined || !SUBSYSTEM.test(name)) throw wrong(part);
    else subsystems.set(name, toLevel(level, part));
  }
  if (subsystems.size > MAX_SUBSYSTEMS) throw wrong(`${subsystems.size} subsystems`);
  return { base, subsystems };
}

/** Writes log levels as {@link parseLogLevels} reads them. */
export function showLogLevels(levels: LogLevels): string {
  return [levels.base, ...[...levels.subsystems].map(([name, level]) => `${name}=${level}`)].join(",");
}

function toLevel(text: string | undefined, part: string): LogLevel {
  const level = LEVELS.find((known) => known === text);
  if (level === undefined) throw wrong(part);
  return level;
}

function wrong(part: string): LogLevelsError {
  return new LogLevelsError(
    `expected log levels such as "info" or "ipc=trace,process=debug" (${LEVELS.join(", ")}), got ${JSON.stringify(part.slice(0, 80))}`,
    { details: { part: part.slice(0, 80) } },
  );
}
