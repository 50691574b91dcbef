/** Errors about the law of a chain and its amendments. */
import { WeftError } from "@weftos/interface";
import type { Loosening } from "../policy/policy-diff.ts";
import type { Lock } from "./lock.ts";

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

/** Raised when an amendment forbids acts that keep the law alive, and that was not said, or nobody could ever take it back. */
export class AmendmentLocksError extends WeftError<{
  readonly amendment: string;
  readonly locks: readonly Lock[];
  /** Whether it forbids amending to everybody, everywhere and at all times. */
  readonly forGood: boolean;
}> {
  override readonly code = "GOVERNANCE_AMENDMENT_LOCKS";
}

/** Raised at boot when the amendments of a chain and what is kept beside it do not check: the kernel runs under no such law. */
export class LawBrokenError extends WeftError<{ readonly number: number; readonly reason: string }> {
  override readonly code = "GOVERNANCE_LAW_BROKEN";
}

/** Says why an amendment, a stay or an environment cannot take its next step. */
export function amendmentState(amendment: string, reason: string): AmendmentStateError {
  const shown = /^[0-9a-f]{64}$/.test(amendment) ? amendment.slice(0, 16) : amendment.slice(0, 64);
  return new AmendmentStateError(`${shown}: ${reason}`, { details: { amendment, reason } });
}

/** Says that nothing of the law is named so. */
export function lawNotFound(id: string): LawNotFoundError {
  const shown = id.slice(0, 64);
  return new LawNotFoundError(`there is no ${JSON.stringify(shown)} in this chain's law`, { details: { id: shown } });
}

/** Says why the law of a chain does not check. @param number - of the amendment; 0 when it is none */
export function lawBroken(number: number, reason: string): LawBrokenError {
  const what = number === 0 ? "this chain's law" : `amendment ${number} of this chain`;
  return new LawBrokenError(`${what} does not check: ${reason}`, { details: { number, reason } });
}
