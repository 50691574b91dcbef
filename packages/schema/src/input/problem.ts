/**
 * What was wrong with an input, apart from the error that a package makes of it.
 */
import { type KeyPath, showPath } from "./key-path.ts";

/** How many issues of one input are kept, and how many are told in its message. */
export const MAX_ISSUES = 32;
const MAX_TOLD = 5;

/** One thing wrong with an input. No field repeats the value. */
export interface InputIssue {
  /** The steps from the input's root to the value. */
  readonly path: KeyPath;
  /** What the schema expects there, in a few words: "integer ≥ 1". */
  readonly expected: string;
  /** The kind of what came: "string", "nothing". */
  readonly received: string;
  /** One phrase without the path: "expected integer ≥ 1, got string". */
  readonly message: string;
}

/** All that was wrong with an input, ready to become an error's message and details. */
export interface Problem {
  /** What was checked, as the caller named it: "the payload of fs.read". */
  readonly what: string;
  /** The issues in the order of the schema, at most 32. */
  readonly issues: readonly InputIssue[];
  /** One sentence: what was checked, and up to five issues. */
  readonly message: string;
  /** The error that a check of the schema threw, if that is the problem. */
  readonly cause?: unknown;
}

/** Builds a problem; `total` counts the issues found when more than the given ones were. */
export function problemOf(
  what: string,
  issues: readonly InputIssue[],
  total: number = issues.length,
  cause?: unknown,
): Problem {
  const told = issues.slice(0, MAX_TOLD).map(tell);
  const more = total - told.length;
  const message = `${what}: ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
  return { what, issues: issues.slice(0, MAX_ISSUES), message, ...(cause === undefined ? {} : { cause }) };
}

function tell(issue: InputIssue): string {
  return issue.path.length === 0 ? issue.message : `${showPath(issue.path)}: ${issue.message}`;
}
