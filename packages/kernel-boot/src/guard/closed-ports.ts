/** What the guard asks while nobody provides the port, or before its provider runs: everything is refused. */
import { type Approvals, type AuditLog, type CapabilityCheck, WeftError } from "@weftos/interface";
import { PortNotReadyError } from "../graph/port-errors.ts";

/** Raised when a person would have to be asked and no feature keeps approvals. Add one, such as `@weftos/governance`. */
export class ApprovalUnavailableError extends WeftError<{ readonly action: string | undefined }> {
  override readonly code = "APPROVAL_UNAVAILABLE";
}

/** Lets the kernel itself pass, and nobody else. */
export const closedCapabilities: CapabilityCheck = {
  check: ({ subject }) => (subject.kind === "kernel" ? undefined : "no running feature checks capabilities"),
  snapshot: () => null,
  checkSnapshot: () => "no running feature checks capabilities",
};

/** Cannot ask anybody. */
export const closedApprovals: Approvals = {
  ask: (draft) => Promise.reject(unavailable(draft.request.action)),
  find: () => undefined,
  list: () => [],
  answer: () => Promise.reject(unavailable(undefined)),
  revoke: () => Promise.reject(unavailable(undefined)),
  covering: () => undefined,
  holds: () => false,
  wait: () => Promise.reject(unavailable(undefined)),
  awaited: () => false,
  redeem: (_id, draft) => Promise.reject(unavailable(draft.request.action)),
  giveUp: () => Promise.resolve(),
  stored: () => Promise.resolve(undefined),
};

/** Stands for an audit log that a feature will provide and that has not started. */
export function auditBeforeStart(provider: string): AuditLog {
  const fail = (): never => {
    throw new PortNotReadyError(`the audit log of the feature ${provider} has not started yet`, {
      details: { port: "AuditLog", calledBy: "kernel", provider },
      retryable: true,
    });
  };
  return { append: fail, digest: fail, ready: async () => fail(), persistent: false };
}

function unavailable(action: string | undefined): ApprovalUnavailableError {
  const what = action === undefined ? "an approval" : `an approval of ${action}`;
  return new ApprovalUnavailableError(`${what} is needed, and no running feature keeps approvals`, {
    details: { action },
  });
}
