/** Tells errors after which it is certain that a call changed nothing from those after which nobody knows. */
import { isWeftError } from "@weftos/interface";

const REFUSALS = /^(?:GOVERNANCE|APPROVAL|CAPABILITY)_/;
const before: ReadonlySet<string> = new Set([
  "API_FORBIDDEN",
  "API_INVALID_PARAMS",
  "API_METHOD_NOT_FOUND",
  "API_UNAUTHENTICATED",
  "API_USAGE",
]);

/** Tells whether an error is a refusal: what was asked for did not run, and will not by itself. */
export function isRefusal(error: unknown): boolean {
  return isWeftError(error) && (REFUSALS.test(error.code) || before.has(error.code));
}
