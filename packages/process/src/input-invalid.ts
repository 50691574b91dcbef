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

/** Says where something stands that JSON has no word for, and what it is. */
export function notPlain(what: string, path: string, received: string): ProcessInputInvalidError {
  const where = path === "" ? what : `${what}: ${path}`;
  const message = `expected plain JSON of at most 64 levels, got ${received}`;
  return new ProcessInputInvalidError(`${where}: ${message}`, {
    details: { issues: [{ path: path === "" ? [] : [path], expected: "plain JSON", received, message }] },
  });
}

/** Makes the error of what a schema found. */
export function inputProblem(problem: Problem): ProcessInputInvalidError {
  return new ProcessInputInvalidError(problem.message, { details: { issues: problem.issues }, cause: problem.cause });
}
