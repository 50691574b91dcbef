/** The errors of tool calls. */
import { WeftError } from "@weftos/interface";
import type { InputIssue } from "@weftos/schema";

/** Raised when no tool has the name. `tool.list` tells which there are. */
export class ToolNotFoundError extends WeftError<{ readonly tool: string }> {
  override readonly code = "TOOL_NOT_FOUND";
}

/** Raised when the input of a call does not fit the tool. `details.issues` says where and what was expected. */
export class ToolInputError extends WeftError<{ readonly tool: string; readonly issues: readonly InputIssue[] }> {
  override readonly code = "TOOL_INPUT_INVALID";

  /** Makes the error of one field that a schema cannot judge. */
  static of(tool: string, field: string, expected: string, received: string): ToolInputError {
    const message = `expected ${expected}, got ${received}`;
    const issues = [{ path: [field], expected, received, message }];
    return new ToolInputError(`the input of ${tool}: ${field}: ${message}`, { details: { tool, issues } });
  }
}

/** Raised when a permitted call did not succeed. `details.reason` is the system's own code where it has one. */
export class ToolFailedError extends WeftError<{ readonly tool: string; readonly reason: string }> {
  override readonly code = "TOOL_FAILED";
}

/** Raised when the result would be larger than the call allows. */
export class ToolOutputTooLargeError extends WeftError<{ readonly tool: string; readonly limit: number }> {
  override readonly code = "TOOL_OUTPUT_TOO_LARGE";
}

/** Raised when a tool took longer than its call allows. Whether its work was done is not known. */
export class ToolTimeoutError extends WeftError<{ readonly tool: string; readonly timeoutMs: number }> {
  override readonly code = "TOOL_TIMEOUT";
}

/** Raised when a tool would touch the state directory of the kernel, whoever asks. */
export class PathProtectedError extends WeftError<{ readonly tool: string }> {
  override readonly code = "TOOL_PATH_PROTECTED";
}

/** Raised when a path no longer leads to what was decided on: a link or another kind of entry took its place. */
export class PathChangedError extends WeftError<{ readonly tool: string }> {
  override readonly code = "TOOL_PATH_CHANGED";
}

/** Raised when too many calls run at once; a later try may succeed. */
export class ToolBusyError extends WeftError<{ readonly tool: string; readonly limit: number }> {
  override readonly code = "TOOL_BUSY";
}

/** Raised when the tools given to the feature cannot stand together. */
export class ToolDefinitionError extends WeftError<{ readonly tool: string }> {
  override readonly code = "TOOL_DEFINITION_INVALID";
}
