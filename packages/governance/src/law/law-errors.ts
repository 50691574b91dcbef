/** Errors about the law of a chain and its amendments. */
import { WeftError } from "@weftos/interface";
import type { Loosening } from "../policy/policy-diff.ts";

/** Raised when no proposal, version or stay is named so. */
export class LawNotFoundError extends WeftError<{ readonly id: string }> {
  override readonly code = "GOVERNANCE_LAW_NOT_FOUND";
}

/** Raised when an amendment cannot take its next step: it changes nothing, is outdated, not rehearsed, or lacks signatures. */
export class AmendmentStateError extends WeftError<{ readonly amendment: string; readonly reason: string }> {
  override readonly code = "GOVERNANCE_AMENDMENT_STATE";
}

/** Raised when an amendment loosens the law of a chain whose genesis does not allow that. */
export class AmendmentLoosensError extends WeftError<{ readonly loosens: readonly Loosening[] }> {
  override readonly code = "GOVERNANCE_AMENDMENT_LOOSENS";
}

/** Raised at boot when the amendments of a chain and what is kept beside it do not check: the kernel runs under no such law. */
export class LawBrokenError extends WeftError<{ readonly number: number; readonly reason: string }> {
  override readonly code = "GOVERNANCE_LAW_BROKEN";
}
