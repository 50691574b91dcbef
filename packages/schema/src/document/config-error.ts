/** The errors about documents: broken text, and text that does not say what its schema asks. */
import { WeftError } from "@weftos/interface";
import { MAX_ISSUES } from "../input/problem.ts";
import type { Position } from "./position.ts";

/** Where in which file, and why. */
export interface ConfigSyntaxDetails extends Position {
  readonly file: string;
  /** What the parser refused. */
  readonly reason: string;
}

/** Raised when the text of a document is not TOML or JSON, is too large, or sets a key twice. */
export class ConfigSyntaxError extends WeftError<ConfigSyntaxDetails> {
  override readonly code = "CONFIG_SYNTAX";

  constructor(details: ConfigSyntaxDetails, cause?: unknown) {
    super(`${details.file}:${details.line}:${details.column}: ${details.reason}`, { details, cause });
  }
}

/** One value of a document that does not fit its schema. */
export interface ConfigIssue extends Position {
  /** The path of the value as the file spells it: `kernel.max_processes`. */
  readonly key: string;
  readonly expected: string;
  readonly received: string;
  readonly message: string;
}

/** The first issue's place, and the issues by line, at most 32. */
export interface ConfigInvalidDetails extends Position {
  readonly file: string;
  readonly key: string;
  readonly issues: readonly ConfigIssue[];
}

const MAX_TOLD = 5;

/** Raised when a document holds an unknown key, a key twice in two spellings, or a wrong value. */
export class ConfigInvalidError extends WeftError<ConfigInvalidDetails> {
  override readonly code = "CONFIG_INVALID";

  constructor(file: string, first: ConfigIssue, others: readonly ConfigIssue[], cause?: unknown) {
    const issues = [first, ...others.slice(0, MAX_ISSUES - 1)];
    const told = issues.slice(0, MAX_TOLD).map((issue) => `${file}:${issue.line}: ${tell(issue)}`);
    const more = others.length >= MAX_TOLD ? `; and ${others.length + 1 - MAX_TOLD} more` : "";
    const details = { file, line: first.line, column: first.column, key: first.key, issues };
    super(`${told.join("; ")}${more}`, { details, cause });
  }
}

function tell(issue: ConfigIssue): string {
  return issue.key === "" ? issue.message : `${issue.key}: ${issue.message}`;
}
