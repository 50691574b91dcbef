/**
 * Turns an issue of a validation library into an {@link InputIssue}. The library's own message is used only where it
 * cannot repeat the value: a refusal must not carry a secret into a log.
 */
import type { SchemaIssue } from "@weftos/interface";
import { childOf } from "../schema-node.ts";
import { describeSchema, oneOf } from "./describe-schema.ts";
import { describeMisfit, describeValue } from "./describe-value.ts";
import { type KeyPath, SHOWN_KEY_LENGTH, valueAt } from "./key-path.ts";
import type { InputIssue } from "./problem.ts";

const MAX_MESSAGE = 200;
const MAX_UNION_DEPTH = 8;
// What zod says when nobody gave a message; its own phrases add nothing to "expected …, got …".
const STOCK_MESSAGE = /^(Invalid|Too (small|big)|Unrecognized) ?/;

type Fields = Readonly<Record<string, unknown>>;

/** Where an issue was found: the schema, the whole input, and who made the schema. */
export interface IssueContext {
  readonly schema: unknown;
  readonly value: unknown;
  readonly vendor: string;
}

/** Explains one issue of a library; one with several keys or branches becomes several. */
export function explainIssue(issue: SchemaIssue, context: IssueContext): readonly InputIssue[] {
  return explain(issue, [], context, 0);
}

function explain(issue: SchemaIssue, base: KeyPath, context: IssueContext, depth: number): readonly InputIssue[] {
  const path = [...base, ...stepsOf(issue)];
  const fields: Fields = { ...issue };
  const received = valueAt(context.value, path);
  if (context.vendor !== "zod") return [explainForeign(issue, fields, path, received)];

  const code = typeof fields.code === "string" ? fields.code : "";
  if (code === "unrecognized_keys" && Array.isArray(fields.keys)) {
    return fields.keys.map((key) => makeIssue([...path, String(key)], "no such key", "one", "unknown key"));
  }
  if (code === "invalid_union" && depth < MAX_UNION_DEPTH) {
    const branch = bestBranch(fields.errors);
    if (branch !== undefined) return branch.flatMap((inner) => explain(inner, path, context, depth + 1));
  }
  const message = typeof issue.message === "string" ? issue.message : "";
  const own = message !== "" && !STOCK_MESSAGE.test(message) ? message.slice(0, MAX_MESSAGE) : undefined;
  const expected = describeSchema(schemaAt(context, path)) ?? expectedByCode(code, fields) ?? "a valid value";
  const kind =
    code === "invalid_type" || code === "invalid_union"
      ? describeKind(received, expected)
      : describeMisfit(received, code);
  return [makeIssue(path, own ?? expected, kind, own)];
}

function makeIssue(path: KeyPath, expected: string, received: string, message?: string): InputIssue {
  return { path, expected, received, message: message ?? `expected ${expected}, got ${received}` };
}

function stepsOf(issue: SchemaIssue): (string | number)[] {
  return (issue.path ?? []).map((step) => {
    const key = typeof step === "object" ? step.key : step;
    return typeof key === "number" ? key : String(key);
  });
}

function describeKind(value: unknown, expected: string): string {
  if (typeof value === "number" && !Number.isInteger(value) && expected.startsWith("integer")) return "a fraction";
  return describeValue(value);
}

// Of the branches of a union, the one that got furthest: its value had the right kind, and it has the fewest complaints.
function bestBranch(errors: unknown): readonly SchemaIssue[] | undefined {
  if (!Array.isArray(errors)) return undefined;
  let best: SchemaIssue[] | undefined;
  for (const branch of errors) {
    if (!Array.isArray(branch) || branch.length === 0) continue;
    const issues = branch.filter(isIssue);
    const inside = issues.every((issue) => (issue.path ?? []).length > 0 || "keys" in issue);
    if (inside && issues.length > 0 && (best === undefined || issues.length < best.length)) best = issues;
  }
  return best;
}

function isIssue(value: unknown): value is SchemaIssue {
  return typeof value === "object" && value !== null && "message" in value && typeof value.message === "string";
}

function schemaAt(context: IssueContext, path: KeyPath): unknown {
  let schema = context.schema;
  let value = context.value;
  for (const step of path) {
    schema = childOf(schema, step, value);
    value = valueAt(value, [step]);
  }
  return schema;
}

function expectedByCode(code: string, fields: Fields): string | undefined {
  if (code === "invalid_type" && typeof fields.expected === "string") return fields.expected;
  if (code === "invalid_value" && Array.isArray(fields.values)) return oneOf(fields.values);
  if (code === "invalid_union" && Array.isArray(fields.options)) return oneOf(fields.options);
  if (code === "too_small") return `at least ${String(fields.minimum)}`;
  if (code === "too_big") return `at most ${String(fields.maximum)}`;
  if (code === "invalid_key") return "another key";
  return undefined;
}

// Other libraries may quote the value in their message (valibot, arktype do), so what they expect is preferred.
function explainForeign(issue: SchemaIssue, fields: Fields, path: KeyPath, received: unknown): InputIssue {
  const kind = describeValue(received);
  const expected = fields.expected;
  if (typeof expected === "string" && expected !== "") return makeIssue(path, expected.slice(0, MAX_MESSAGE), kind);
  const message = typeof issue.message === "string" ? issue.message : "";
  if (message !== "" && !mayQuote(message, received))
    return makeIssue(path, message.slice(0, MAX_MESSAGE), kind, message.slice(0, MAX_MESSAGE));
  return makeIssue(path, "a valid value", kind);
}

function mayQuote(message: string, value: unknown): boolean {
  if (value === undefined || value === null || typeof value === "boolean") return false;
  if (typeof value === "object" || typeof value === "function") return true;
  const text = String(value);
  const start = text.slice(0, Math.min(4, SHOWN_KEY_LENGTH));
  return start !== "" && (message.includes(start) || message.includes(JSON.stringify(start).slice(1, -1)));
}
