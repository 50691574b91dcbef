/** Explains why nobody answers for a state directory, and what to do. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type JsonObject, WeftError } from "@weftos/interface";
import { lockHolder } from "./lock-holder.ts";
import { tokenOfUser } from "./token-of-user.ts";

/** Tells whether a folder is a state directory: a kernel ran there once. */
export function isStateDirectory(dir: string): boolean {
  return existsSync(join(dir, "run")) && existsSync(join(dir, "chain"));
}

/** What is known of a state directory for which nobody answers. */
export interface Absence {
  /** One sentence. */
  readonly reason: string;
  /** The process that holds the directory without answering; null when none does. */
  readonly pid: number | null;
  readonly exists: boolean;
}

/** Looks why nobody answers. */
export async function whyNoDaemon(dir: string): Promise<Absence> {
  if (!isStateDirectory(dir)) return { reason: "no kernel ran here yet", pid: null, exists: false };
  const holder = await lockHolder(dir);
  if (holder?.alive === true) {
    const { processId } = holder;
    return { reason: `process ${processId} holds it, and serves no socket`, pid: processId, exists: true };
  }
  const gone = holder === undefined ? undefined : `process ${holder.processId} on ${holder.host}`;
  if (gone !== undefined) return { reason: `${gone} left it without shutting down`, pid: null, exists: true };
  return { reason: "its last kernel was shut down", pid: null, exists: true };
}

/**
 * Makes the error of a command that needs a running kernel.
 *
 * @param typed - how a user types a command on this directory
 */
export async function noDaemonError(dir: string, typed: (words: string) => string): Promise<WeftError> {
  const { reason, pid } = await whyNoDaemon(dir);
  const start = typed("kernel start");
  // Without a kernel that runs, whoever reads the directory is its owner, and nobody else.
  const hint = tokenOfUser() === undefined ? start : `${start}, by its owner: without WEAVER_TOKEN`;
  const details: JsonObject = { dir, reason, pid, hint: pid === null ? hint : `end process ${pid} first` };
  const message = `no kernel answers for ${dir}: ${reason}`;
  return WeftError.fromJSON({ code: "API_NO_DAEMON", message, retryable: false, details });
}
