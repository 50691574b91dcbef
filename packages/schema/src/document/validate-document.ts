/**
 * Joins a document with its schema: what does not fit is told with file, line and the key as the file spells it.
 */
import type { Schema } from "@weftos/interface";
import { type KeyPath, showPath } from "../input/key-path.ts";
import { safeParse } from "../input/parse.ts";
import { ConfigInvalidError, type ConfigIssue } from "./config-error.ts";
import type { ParsedDocument } from "./document.ts";
import { toSnakeCase } from "./key-spelling.ts";
import { normalizeKeys } from "./normalize-keys.ts";

/**
 * Checks a parsed document against a schema and gives what the schema makes of it.
 *
 * With a zod schema, keys may be spelled in snake_case or camelCase (both at once is an error), and a key that an
 * object schema does not name is an error with a suggestion, even if the schema would strip it; `z.looseObject`,
 * `z.catchall` and `z.record` take free keys, and these are left as they are. With a schema of another library the keys
 * are taken as the file spells them, and unknown ones are that schema's matter.
 *
 * @throws CONFIG_INVALID with file, line, column and key of the first issue, and at most 32 issues by line
 * @example
 * ```ts no-run
 * const document = await parseToml(text, { file: "weave.toml" });
 * const config = validateDocument(z.object({ maxProcesses: z.int().check(z.minimum(1)) }), document);
 * ```
 */
export function validateDocument<Output>(schema: Schema<unknown, Output>, document: ParsedDocument): Output {
  const normalized = normalizeKeys(schema, document.value, document.format);
  const issues: ConfigIssue[] = [];
  const add = (path: KeyPath, issue: { expected: string; received: string; message: string }): void => {
    const { expected, received, message } = issue;
    issues.push({ ...document.position(path), key: showPath(path), expected, received, message });
  };
  for (const problem of normalized.problems) add(problem.path, { ...problem, received: "another key" });

  const result = safeParse(schema, normalized.value, document.file);
  if (result.ok && issues.length === 0) return result.value;
  if (!result.ok) {
    for (const issue of result.problem.issues) add(fileSpelling(normalized.originalPath(issue.path), document), issue);
  }
  issues.sort((a, b) => a.line - b.line || a.column - b.column);
  const [first, ...others] = issues;
  const cause = result.ok ? undefined : result.problem.cause;
  const unexplained = { ...document.position([]), key: "", expected: "a valid document", received: "another" };
  const given = first ?? { ...unexplained, message: "expected a valid document, got another" };
  throw new ConfigInvalidError(document.file, given, others, cause);
}

// A key that is missing has no spelling in the file: TOML files are asked for snake_case.
function fileSpelling(path: KeyPath, document: ParsedDocument): KeyPath {
  if (document.format !== "toml") return path;
  let current: unknown = document.value;
  return path.map((step) => {
    const present = typeof current === "object" && current !== null && Object.hasOwn(current, step);
    current = present && typeof current === "object" && current !== null ? Reflect.get(current, step) : undefined;
    return present || typeof step === "number" ? step : toSnakeCase(step);
  });
}
