/** Whose token the user's environment names, in place of the directory's own: then commands are that principal's. */
import { UsageError } from "../failure/usage-error.ts";

export function tokenOfUser(): string | undefined {
  return process.env.WEAVER_TOKEN || undefined;
}

/**
 * Refuses what only the owner of a state directory does, where a token says that somebody else is meant.
 *
 * @param why - completes the sentence
 * @throws `API_USAGE`
 */
export function checkOwner(why: string): void {
  if (tokenOfUser() === undefined) return;
  throw new UsageError(`WEAVER_TOKEN is that of a principal, and ${why}`, "unset WEAVER_TOKEN");
}
