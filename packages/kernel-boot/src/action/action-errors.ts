import { WeftError } from "@weftos/interface";
import type { InputIssue } from "@weftos/schema";

/** Raised when the input of an action does not fit its schema. Nothing was asked and nothing ran. */
export class ActionInputError extends WeftError<{ readonly action: string; readonly issues: readonly InputIssue[] }> {
  override readonly code = "KERNEL_INPUT_INVALID";
}

/** Raised when an approved action cannot run because no feature and no host declares it in this kernel any more. */
export class ActionUnknownError extends WeftError<{ readonly action: string }> {
  override readonly code = "KERNEL_ACTION_UNKNOWN";
}
