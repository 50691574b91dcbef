/** Answers `kernel.status` from the directory, for when no kernel answers. */
import { isWeftError, type JsonObject } from "@weftos/interface";
import type { OfflineAnswer } from "../commands/command.ts";
import { describeError } from "../failure/report-error.ts";
import { answer as chainStatus } from "./chain-files-status.ts";
import { whyNoDaemon } from "./no-daemon.ts";

/** Gives the status of a stopped kernel; of one that serves no socket, what its lock tells. */
export const answer: OfflineAnswer = async (dir, _params, typed) => {
  const { reason, pid, exists } = await whyNoDaemon(dir);
  const state = pid === null ? "stopped" : "running";
  return { pid, state, dir, note: reason, chain: exists ? await chainOf(dir, typed) : null };
};

/** The end of the chain; of a damaged one what is wrong, since that is what a person must know first. */
async function chainOf(dir: string, typed: (words: string) => string): Promise<JsonObject | null> {
  try {
    const { sequence = null, head = null } = await chainStatus(dir, {}, typed);
    return { sequence, head };
  } catch (error) {
    if (isWeftError(error, "CHAIN_ABSENT")) return null;
    const { code, message } = describeError(error);
    return { sequence: null, head: null, error: { code, message } };
  }
}
