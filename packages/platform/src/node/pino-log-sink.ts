/**
 * The sink for log lines on disk: pino, loaded when the first sink opens, writing JSON lines to `<folder>/kernel.log`.
 *
 * At 16 MiB the file becomes `kernel.1.log`, and so on; three older files are kept. The rotation is done here, as
 * pino's own needs a package and a worker thread more. Lines go out without waiting for the disk; when the disk is
 * full or slow, lines are lost rather than the kernel stopped, and at most 4 MiB wait.
 */
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogSink, LogSinkOptions } from "@weftos/interface";
import { silentSink } from "../log/files-log-sink.ts";
import { KEPT_LOG_FILES, LOG_FILE_BYTES, lineFields, logFilePath } from "../log/log-line.ts";

const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Opens the log file in `folder`; without one, a sink that keeps nothing. */
export async function openPinoLogSink(options: LogSinkOptions): Promise<LogSink> {
  const { folder } = options;
  if (folder === undefined) return silentSink;
  await nextTurn(); // loading pino takes longer than the rest of a boot: who opens a sink gets on first
  const { pino } = await import("pino");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = logFilePath(folder, 0);
  let bytes = existsSync(path) ? statSync(path).size : 0;
  if (bytes >= LOG_FILE_BYTES) {
    rotate(folder);
    bytes = 0;
  }
  const destination = pino.destination({ dest: path, sync: false, mode: 0o600, maxLength: MAX_WAITING_BYTES });
  await once(destination, "ready");
  destination.on("error", () => {}); // a full disk loses lines, no more
  // pino's destination loses its end when it is asked to close while it opens a new file.
  let reopening: Promise<void> | undefined;
  const makeRoom = (): void => {
    try {
      rotate(folder);
    } catch {
      return; // the folder is gone or read-only: the file goes on growing until the next try
    }
    reopening = new Promise<void>((resolve) => {
      destination.once("ready", resolve);
      destination.once("error", () => resolve());
    }).then(() => {
      reopening = undefined;
    });
    destination.reopen();
  };
  const stream = {
    write(line: string): void {
      bytes += Buffer.byteLength(line);
      destination.write(line);
      if (bytes < LOG_FILE_BYTES || reopening !== undefined) return;
      bytes = 0;
      makeRoom();
    },
  };
  const logger = pino(
    {
      level: "trace",
      base: { pid: process.pid },
      messageKey: "message",
      timestamp: false,
      formatters: { level: (level) => ({ level }) },
    },
    stream,
  );
  let closed: Promise<void> | undefined;
  return {
    write: (record) => {
      if (closed === undefined) logger[record.level](lineFields(record), record.message);
    },
    close: () => {
      closed ??= (async () => {
        await reopening;
        await new Promise<void>((resolve) => {
          destination.once("close", resolve);
          destination.once("error", () => resolve());
          destination.end();
        });
      })();
      return closed;
    },
  };
}

function rotate(folder: string): void {
  for (let age = KEPT_LOG_FILES; age > 0; age -= 1) {
    const from = logFilePath(folder, age - 1);
    if (existsSync(from)) renameSync(from, logFilePath(folder, age));
  }
}
