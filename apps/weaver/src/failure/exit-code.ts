/** The exit codes of weaver, which scripts rely on. */
import { isWeftError } from "@weftos/interface";

export const EXIT_OK = 0;
export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;
export const EXIT_NO_DAEMON = 3;

/** Maps an error to its exit code. The parameters of a method are what the user typed, so refused ones are usage. */
export function exitCodeOf(error: unknown): number {
  if (isWeftError(error, "API_USAGE") || isWeftError(error, "API_INVALID_PARAMS")) return EXIT_USAGE;
  if (isWeftError(error, "API_NO_DAEMON")) return EXIT_NO_DAEMON;
  return EXIT_FAILURE;
}
