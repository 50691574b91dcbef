/**
 * The sink for log lines on disk: JSON lines in `<folder>/kernel.log`, written by sonic-boom, which is loaded when the first
 * sink opens. It is the writer of pino; pino around it would cost a kernel 5 MB and 11 ms for formatting one kind of line.
 *
 * At 16 MiB the file becomes `kernel.1.log`, and so on; three older files are kept. Lines go out without waiting for the
 * disk, and what waits when the process exits is written then; when the disk is full or slow, lines are lost rather than the
 * kernel stopped, and at most 4 MiB wait.
 */
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogSink, LogSinkOptions } from "@weftos/interface";
import { silentSink } from "../log/files-log-sink.ts";
import { KEPT_LOG_FILES, LOG_FILE_BYTES, logFilePath, logLine } from "../log/log-line.ts";

const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Opens the log file in `folder`; without one, a sink that keeps nothing. */
export async function openNodeLogSink(options: LogSinkOptions): Promise<LogSink> {
  const { folder } = options;
  if (folder === undefined) return silentSink;
  await nextTurn(); // who opens a sink gets on first
  const { default: sonic } = await import("sonic-boom");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = logFilePath(folder, 0);
  let bytes = existsSync(path) ? statSync(path).size : 0;
  if (bytes >= LOG_FILE_BYTES) {
    rotate(folder);
    bytes = 0;
  }
  const destination = new sonic.SonicBoom({ dest: path, sync: false, mode: 0o600, maxLength: MAX_WAITING_BYTES });
  await once(destination, "ready");
  destination.on("error", () => {}); // a full disk loses lines, no more
  const finish = (): void => {
    try {
      destination.flushSync();
    } catch {
      // The file cannot be written, or is being opened anew: these lines are lost.
    }
  };
  process.once("exit", finish);
  // The writer loses its end when it is asked to close while it opens a new file.
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
  const write = (line: string): void => {
    bytes += Buffer.byteLength(line);
    destination.write(line);
    if (bytes < LOG_FILE_BYTES || reopening !== undefined) return;
    bytes = 0;
    makeRoom();
  };
  let closed: Promise<void> | undefined;
  return {
    write: (record) => {
      if (closed === undefined) write(logLine(record, { pid: process.pid }));
    },
    close: () => {
      closed ??= (async () => {
        await reopening;
        await new Promise<void>((resolve) => {
          destination.once("close", resolve);
          destination.once("error", () => resolve());
          destination.end();
        });
        process.off("exit", finish);
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
