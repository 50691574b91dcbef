import { WeftError } from "../error/weft-error.ts";

/** Facts of a refused action. */
export interface RefusalDetails {
  readonly action: string;
  readonly resource: string;
  /** `kind:id` of who asked. */
  readonly subject: string;
  /** Ids of the rules that matched; empty when no rule spoke. */
  readonly rules: readonly string[];
}

/** Raised when a capability does not cover an action. Grant the right, or act as somebody who holds it. */
export class CapabilityDeniedError extends WeftError<RefusalDetails> {
  override readonly code = "CAPABILITY_DENIED";
}

/** Raised when a rule, a threshold or the default denies an action. `details.rules` names the rules. */
export class GovernanceDeniedError extends WeftError<
  RefusalDetails & { readonly by: "rule" | "threshold" | "default" }
> {
  override readonly code = "GOVERNANCE_DENIED";
}

/** Raised when a person must be asked: call again with `{ approval: details.approval }` once it is approved. */
export class ApprovalPendingError extends WeftError<RefusalDetails & { readonly approval: string }> {
  override readonly code = "APPROVAL_PENDING";
}

/** Raised to a caller that waited, when the approver said no. */
export class ApprovalDeniedError extends WeftError<RefusalDetails & { readonly approval: string }> {
  override readonly code = "APPROVAL_DENIED";
}

/** Raised to a caller that waited, when nobody answered in time. */
export class ApprovalExpiredError extends WeftError<{ readonly approval: string }> {
  override readonly code = "APPROVAL_EXPIRED";
}
