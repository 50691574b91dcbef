import type { Port } from "../feature/port.ts";
import type { StandingTerms } from "../gate/approvals.ts";
import type { Subject } from "../identity/subject.ts";
import type { JsonValue } from "../schema/json-value.ts";

/** A tool as an agent or a model sees it. */
export interface ToolInfo {
  readonly name: string;
  readonly description: string;
  /** JSON Schema (2020-12) of the input. */
  readonly inputSchema: JsonValue;
  /** The action under which each call is guarded. */
  readonly action: string;
}

/** Options of a tool call. */
export interface ToolCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** `reject` (default) fails with `APPROVAL_PENDING` when a person must be asked; `wait` waits for the answer. */
  readonly onDefer?: "reject" | "wait" | undefined;
  /** Id of an approval granted for exactly this call. */
  readonly approval?: string | undefined;
  /** What the call recurs under, such as a cron job: a standing grant for exactly this document covers it. */
  readonly standing?: StandingTerms | undefined;
  /**
   * Told what rules want the caller to know: just before the run; to an agent outside the kernel's thread together with the result.
   * An agent finds it in its log in any case.
   */
  readonly onWarnings?: ((warnings: readonly string[]) => void) | undefined;
}

/**
 * Runs tools by name under the guard.
 *
 * *Errors*: `TOOL_NOT_FOUND`, `TOOL_INPUT_INVALID`, `TOOL_FAILED`, and what the guard raises.
 */
export interface ToolRunner {
  call(as: Subject, name: string, input: JsonValue, options?: ToolCallOptions): Promise<JsonValue>;
  /** Lists the tools that the subject's capabilities cover, by name; schemas are written when first asked for. */
  list(as: Subject): Promise<readonly ToolInfo[]>;
}

export const toolRunner: Port<ToolRunner, "one"> = { name: "ToolRunner", arity: "one" };
