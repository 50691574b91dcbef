/**
 * The one way an input from outside becomes a typed value: checked by any Standard Schema, synchronously, refused with
 * an error of the package that asked.
 */
import type { Schema, SchemaResult, WeftError } from "@weftos/interface";
import { explainIssue } from "./explain-issue.ts";
import { type InputIssue, MAX_ISSUES, type Problem, problemOf } from "./problem.ts";

/** What {@link parse} needs to know besides schema and value. */
export interface ParseOptions {
  /** What the value is, for the message: "the payload of fs.read". */
  readonly what: string;
  /** Makes the error to throw of the problem found. */
  readonly error: (problem: Problem) => WeftError;
}

/** What {@link safeParse} gives. */
export type ParseResult<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Checks a value against a schema and gives what the schema makes of it; the value is not written to.
 *
 * @param schema - any Standard Schema (zod, valibot, arktype); it must check synchronously
 * @throws what `options.error` makes of the problem: a wrong value, a schema that checks asynchronously, or one whose
 * own check throws (then the problem has its `cause`)
 * @example
 * ```ts no-run
 * const { path } = parse(readInput, input, { what: "the input of fs.read", error: (problem) => new ToolInputError(problem) });
 * ```
 */
export function parse<Output>(schema: Schema<unknown, Output>, value: unknown, options: ParseOptions): Output {
  const result = safeParse(schema, value, options.what);
  if (result.ok) return result.value;
  throw options.error(result.problem);
}

/**
 * Checks a value like {@link parse}, and gives the problem instead of throwing.
 *
 * @param what - what the value is, for the message
 */
export function safeParse<Output>(schema: Schema<unknown, Output>, value: unknown, what: string): ParseResult<Output> {
  let result: SchemaResult<Output> | Promise<SchemaResult<Output>>;
  try {
    result = schema["~standard"].validate(value);
  } catch (cause) {
    return refuse(what, "a value that the schema can check", "one on which the check failed", cause);
  }
  if (result instanceof Promise) {
    // Its outcome is not awaited, so its failure must not stay unhandled.
    result.catch(() => undefined);
    return refuse(what, "a schema that checks synchronously", "one that answers later or whose check throws");
  }
  if (result.issues === undefined) return { ok: true, value: result.value };
  const context = { schema, value, vendor: schema["~standard"].vendor };
  const issues: InputIssue[] = [];
  for (const issue of result.issues) {
    if (issues.length >= MAX_ISSUES) break;
    issues.push(...explainIssue(issue, context));
  }
  return { ok: false, problem: problemOf(what, issues, Math.max(issues.length, result.issues.length)) };
}

function refuse(what: string, expected: string, received: string, cause?: unknown): { ok: false; problem: Problem } {
  const issue: InputIssue = { path: [], expected, received, message: `expected ${expected}, got ${received}` };
  return { ok: false, problem: problemOf(what, [issue], 1, cause) };
}
