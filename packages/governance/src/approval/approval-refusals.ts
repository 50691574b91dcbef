/** The refusals that the book and its rules share. */
import { type Approval, ApprovalExpiredError } from "@weftos/interface";
import {
  ApprovalChangedError,
  ApprovalClosedError,
  ApprovalNotFoundError,
  ApprovalNotStandingError,
  ApprovalQueueFullError,
} from "./approval-errors.ts";

/** The book is not open. */
export function closed(): ApprovalClosedError {
  return new ApprovalClosedError("the approvals are not open", { details: {}, retryable: true });
}

/** Nobody asked under this id, or it is forgotten by now. */
export function notFound(id: string): ApprovalNotFoundError {
  const shown = String(id).slice(0, 64);
  return new ApprovalNotFoundError(`there is no approval ${JSON.stringify(shown)}`, { details: { approval: shown } });
}

export function expired(id: string): ApprovalExpiredError {
  return new ApprovalExpiredError(`approval ${id} has expired`, { details: { approval: id } });
}

export function changed(id: string): ApprovalChangedError {
  return new ApprovalChangedError(`approval ${id} was given for another action, input, display or document`, {
    details: { approval: id },
  });
}

export function notStanding({ id, state }: Approval, expected: string): ApprovalNotStandingError {
  return new ApprovalNotStandingError(`${expected}, got the approval ${id}, which is ${state}`, {
    details: { approval: id, state },
  });
}

/** There is no room for more of something. */
export function full(what: string, limit: number): ApprovalQueueFullError {
  return new ApprovalQueueFullError(`expected at most ${limit} ${what}`, { details: { what, limit }, retryable: true });
}
