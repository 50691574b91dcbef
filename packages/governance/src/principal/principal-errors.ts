/** Errors about principals, their signatures and their branches. */
import { type Branch, WeftError } from "@weftos/interface";

/** Which principal. */
export interface PrincipalDetails {
  readonly principal: string;
}

/** Raised when nobody of this name is known, or they were revoked. */
export class PrincipalUnknownError extends WeftError<PrincipalDetails> {
  override readonly code = "GOVERNANCE_PRINCIPAL_UNKNOWN";
}

/** Raised when a principal cannot be added or changed as asked: a name or key that is taken, one before there is an owner, or too many. */
export class PrincipalConflictError extends WeftError<PrincipalDetails & { readonly reason: string }> {
  override readonly code = "GOVERNANCE_PRINCIPAL_CONFLICT";
}

/** Raised when a signature is missing, or is not that of the principal's key over exactly what it must be over. */
export class SignatureError extends WeftError<PrincipalDetails & { readonly over: string }> {
  override readonly code = "GOVERNANCE_SIGNATURE";
}

/** Raised when a principal acts for a branch that it does not hold: one branch never acts in another's place. */
export class BranchError extends WeftError<
  PrincipalDetails & { readonly branch: Branch; readonly holds: readonly Branch[] }
> {
  override readonly code = "GOVERNANCE_BRANCH";
}

/** Raised at boot when a journal of governance holds what this kernel did not write. */
export class GovernanceJournalError extends WeftError<{
  readonly path: string;
  readonly record: number;
  readonly reason: string;
}> {
  override readonly code = "GOVERNANCE_JOURNAL_BROKEN";
}
