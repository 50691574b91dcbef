/** Names why a file or folder could not be read: the system's code where there is one, else that of the refusal. */
import { isWeftError } from "@weftos/interface";

/** Gives a code such as `EACCES`, `EISDIR` or `CAPABILITY_DENIED`. */
export function failureCode(error: unknown): string {
  if (!isWeftError(error)) return "UNKNOWN";
  const { details } = error;
  return "reason" in details && typeof details.reason === "string" ? details.reason : error.code;
}
