/**
 * A sink that writes JSON lines through a `Files`: where there is no disk, the log lies beside the other files in
 * memory. It rotates as the one on disk does. A line that cannot be written is lost: a log must not stop a kernel.
 */
import type { AppendFile, Files, LogSink, LogSinkOptions } from "@weftos/interface";
import { KEPT_LOG_FILES, LOG_FILE_BYTES, logFilePath, logLine } from "./log-line.ts";

/** Lines that may wait to be written; more are lost. */
const MAX_WAITING_LINES = 10_000;

/** A sink that keeps nothing. */
export const silentSink: LogSink = { write: () => {}, close: async () => {} };

/** Opens `<folder>/kernel.log`; without a folder, a sink that keeps nothing. */
export async function openFilesLogSink(files: Files, options: LogSinkOptions): Promise<LogSink> {
  const { folder } = options;
  if (folder === undefined) return silentSink;
  await files.makeFolder(folder);
  let file = await files.openAppend(logFilePath(folder, 0));
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;
  const put = async (line: Uint8Array): Promise<void> => {
    if (file.size > 0 && file.size + line.length > LOG_FILE_BYTES) file = await rotate(files, folder, file);
    await file.write(line);
  };
  return {
    write(record) {
      if (waiting >= MAX_WAITING_LINES) return;
      waiting += 1;
      const line = new TextEncoder().encode(logLine(record));
      tail = tail
        .then(() => put(line))
        .catch(() => undefined)
        .then(() => {
          waiting -= 1;
        });
    },
    async close() {
      await tail;
      await file.close();
    },
  };
}

async function rotate(files: Files, folder: string, file: AppendFile): Promise<AppendFile> {
  await file.close();
  for (let age = KEPT_LOG_FILES; age > 0; age -= 1) {
    const from = logFilePath(folder, age - 1);
    if ((await files.stat(from)) !== undefined) await files.rename(from, logFilePath(folder, age));
  }
  return files.openAppend(logFilePath(folder, 0));
}
