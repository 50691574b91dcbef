/** Why an approval does not help. Expiry has its error in the interface package (`APPROVAL_EXPIRED`). */
import { type ApprovalState, WeftError } from "@weftos/interface";

/** Which approval. */
export interface ApprovalDetails {
  readonly approval: string;
}

/** Raised when no approval has this id; finished ones are forgotten after a thousand others. */
export class ApprovalNotFoundError extends WeftError<ApprovalDetails> {
  override readonly code = "APPROVAL_NOT_FOUND";
}

/** Raised to an approver when the question was answered already. */
export class ApprovalNotPendingError extends WeftError<ApprovalDetails & { readonly state: ApprovalState }> {
  override readonly code = "APPROVAL_NOT_PENDING";
}

/** Raised to a requester when the approval was not given, or not yet. */
export class ApprovalNotGrantedError extends WeftError<ApprovalDetails & { readonly state: ApprovalState }> {
  override readonly code = "APPROVAL_NOT_GRANTED";
}

/** Raised to a requester when the action is not the one that was approved: ask again. */
export class ApprovalChangedError extends WeftError<ApprovalDetails> {
  override readonly code = "APPROVAL_CHANGED";
}

/** Raised when a question offers no standing grant, or what is to be revoked is none. */
export class ApprovalNotStandingError extends WeftError<ApprovalDetails & { readonly state: ApprovalState }> {
  override readonly code = "APPROVAL_NOT_STANDING";
}

/** Raised when an approval was used up before; it is good for one run. */
export class ApprovalUsedError extends WeftError<ApprovalDetails> {
  override readonly code = "APPROVAL_USED";
}

/** Raised when the role of who answers is below the one that was asked for, or others were asked by name. */
export class ApprovalRoleError extends WeftError<
  ApprovalDetails & { readonly expected: string; readonly actual: string }
> {
  override readonly code = "APPROVAL_ROLE";
}

/** Raised when somebody answers a question about their own request, or what an agent asks that they started. */
export class ApprovalOwnRequestError extends WeftError<
  ApprovalDetails & {
    readonly principal: string;
    /** The agent that asks. */
    readonly pid?: number;
  }
> {
  override readonly code = "APPROVAL_OWN_REQUEST";
}

/** Raised when too many questions are open, in all or of one asker, or too many wait for one answer. */
export class ApprovalQueueFullError extends WeftError<{ readonly what: string; readonly limit: number }> {
  override readonly code = "APPROVAL_QUEUE_FULL";
}

/** Raised when what would be kept with a question is larger than 256 KiB. */
export class ApprovalTooLargeError extends WeftError<{ readonly bytes: number; readonly limit: number }> {
  override readonly code = "APPROVAL_TOO_LARGE";
}

/** Raised before the approvals are open, and after they were closed. */
export class ApprovalClosedError extends WeftError {
  override readonly code = "APPROVAL_CLOSED";
}

/** Raised at boot when the journal of approvals holds what this kernel did not write: it was changed, or the key is another. */
export class ApprovalJournalError extends WeftError<{
  readonly path: string;
  readonly record: number;
  readonly reason: string;
}> {
  override readonly code = "APPROVAL_JOURNAL_BROKEN";
}

/** Raised at boot when the file of the sealing key is not 32 bytes long. */
export class SealKeyError extends WeftError<{ readonly path: string; readonly bytes: number }> {
  override readonly code = "GOVERNANCE_SEAL_KEY";
}
