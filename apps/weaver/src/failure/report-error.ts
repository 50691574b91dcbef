/**
 * Shows an error: for people one line and a hint on stderr, for programs with `--json` also
 * `{ "error": { code, message, details } }` on stdout. Stack traces only with `--verbose`.
 */
import { isWeftError } from "@weftos/interface";
import { hangAll } from "../view/fold.ts";
import { printable } from "../view/printable.ts";
import { styleFor } from "../view/style.ts";
import type { Terminal } from "../view/terminal.ts";

const MAX_CAUSES = 5;

/** How to show it. */
export interface ReportOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly terminal: Pick<Terminal, "out" | "err" | "color" | "width">;
  /** How a user types the program: lines with a command are left whole. */
  readonly typed: string;
  /** What to do next, where the error itself does not say. */
  readonly hint?: string | undefined;
}

/** Writes an error to the terminal. */
export function reportError(error: unknown, { json, verbose, terminal, typed, hint: next }: ReportOptions): void {
  const style = styleFor(terminal);
  const { code, message, details } = describeError(error);
  const lines = [`${style.bad(`error[${code}]:`)} ${printable(message)}`];
  for (const line of textsAt(details, "log")) lines.push(style.faint(`  | ${printable(line)}`));
  const [hint = next] = textsAt(details, "hint");
  if (hint !== undefined) lines.push(`  ${style.faint("hint:")} ${printable(hint)}`);
  const told = lines.map((line) => hangAll(line, terminal.width, typed));
  if (verbose) told.push(...stacks(error));
  terminal.err.write(`${told.join("\n")}\n`);
  if (json) terminal.out.write(`${JSON.stringify({ error: { code, message, details } }, null, 2)}\n`);
}

/** Gives code, message and details of any thrown value, causes included in the message. */
export function describeError(error: unknown): {
  readonly code: string;
  readonly message: string;
  readonly details: object;
} {
  const messages: string[] = [];
  let current = error;
  for (let depth = 0; current instanceof Error && depth < MAX_CAUSES; depth++) {
    if (current.message !== "" && !isTold(messages, current)) messages.push(current.message);
    current = current.cause;
  }
  const message = messages.length === 0 ? String(error) : messages.join(": ");
  if (isWeftError(error)) return { code: error.code, message, details: error.details };
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN";
  return { code, message, details: {} };
}

/** Whether what is told says it already: in its words, or by the system's code, such as ENOENT. */
function isTold(messages: readonly string[], { message, code }: NodeJS.ErrnoException): boolean {
  const isSystems = code !== undefined && /^E[A-Z]{2,}$/.test(code);
  return messages.some((told) => told.includes(message) || (isSystems && told.includes(code)));
}

function stacks(error: unknown): string[] {
  const found: string[] = [];
  let current = error;
  for (let depth = 0; current instanceof Error && depth < MAX_CAUSES; depth++) {
    found.push(current.stack ?? String(current));
    current = current.cause;
  }
  return found;
}

function textsAt(details: object, key: string): readonly string[] {
  const value: unknown = (details as Readonly<Record<string, unknown>>)[key];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((entry) => typeof entry === "string");
}
