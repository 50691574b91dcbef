import type { AppendLog } from "./append-log.ts";
import type { Clock } from "./clock.ts";
import type { Files } from "./files.ts";
import type { Host } from "./host.ts";
import type { LogSink } from "./logger.ts";
import type { Random } from "./random.ts";

/** All that a kernel asks of the place it runs in. */
export interface Platform {
  readonly name: "node" | "browser" | "memory";
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly host: Host;
  /** Absolute path of the folder that relative paths are taken from. */
  workingFolder(): string;
  /** Environment variables, read once by `Kernel.boot` when `config` asks for it. */
  environment(): Readonly<Record<string, string | undefined>>;
  /** Opens or creates a journal over `files`. */
  openAppendLog(files: Files, path: string, options?: AppendLogOptions): Promise<AppendLog>;
  /** Opens the sink for log lines: a file of JSON lines in `folder`, or memory without one. Loaded on first use. */
  openLogSink(options: LogSinkOptions): Promise<LogSink>;
  /** An empty file system in memory, for a kernel without a state directory. */
  memoryFiles(): Files;
}

export interface AppendLogOptions {
  /** Largest record in bytes. @defaultValue 1 048 576 */
  readonly maxRecordBytes?: number | undefined;
}

export interface LogSinkOptions {
  /** Where log files go; absent: the sink keeps nothing. */
  readonly folder?: string | undefined;
}
