/**
 * Connects to the daemon of a state directory. It reads two small files and opens a socket: the whole of Node's platform
 * would cost more time than the question.
 */
import { open } from "node:fs/promises";
import { type Client, connect } from "@weftos/api/client";
import type { Clock, Files } from "@weftos/interface";
import { tokenOfUser } from "./token-of-user.ts";

const CONNECT_TIMEOUT_MS = 5000;

const clock: Pick<Clock, "schedule"> = {
  schedule(ms, callback) {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

const files: Pick<Files, "read"> = {
  async read(path, options = {}) {
    const { maxBytes = Number.POSITIVE_INFINITY } = options;
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes)
        throw Object.assign(new Error(`${path} is larger than ${maxBytes} bytes`), { code: "EFBIG" });
      return await file.readFile();
    } finally {
      await file.close();
    }
  },
};

/**
 * Connects.
 *
 * @param timeoutMs - how long the daemon may take to let the command in, at most 5000
 * @throws `API_NO_DAEMON`, `API_TIMEOUT`, `API_UNAUTHENTICATED`
 */
export async function openDaemon(dir: string, timeoutMs: number = CONNECT_TIMEOUT_MS): Promise<Client> {
  return await connect(files, dir, { clock, token: tokenOfUser(), timeoutMs: Math.min(timeoutMs, CONNECT_TIMEOUT_MS) });
}
