/** Makes the error of an input that is wrong in a way no schema says. */
import type { Problem } from "@weftos/schema";
import { ProcessInputInvalidError } from "./process-errors.ts";

/** Says what was expected and what kind of value came. */
export function inputInvalid(what: string, expected: string, value: unknown): ProcessInputInvalidError {
  const received = value === null ? "null" : typeof value;
  const message = `expected ${expected}, got ${received}`;
  return new ProcessInputInvalidError(`${what}: ${message}`, {
    details: { issues: [{ path: [], expected, received, message }] },
  });
}

/** Makes the error of what a schema found. */
export function inputProblem(problem: Problem): ProcessInputInvalidError {
  return new ProcessInputInvalidError(problem.message, { details: { issues: problem.issues }, cause: problem.cause });
}
