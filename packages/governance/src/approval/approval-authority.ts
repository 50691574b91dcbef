/** Who may answer a question, and which answers count: by the role that a principal has now, and by the rules of now. */
import type { Approval, Defer, Role } from "@weftos/interface";
import { ApprovalNotGrantedError, ApprovalOwnRequestError, ApprovalRoleError } from "./approval-errors.ts";

const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, approver: 2, admin: 3 };
const MAX_NAME = 128;

/** What is known of those who answer. */
export interface Authority {
  /** Whether a principal may answer questions about its own requests. */
  readonly ownRequests: () => boolean;
  /**
   * Tells the role that a principal has now; undefined for one that is not known or was revoked, `unknown` while nobody is
   * known.
   */
  readonly roleOf: (principal: string) => Role | "unknown" | undefined;
}

/** Checks that a role is high enough for a question. @throws `APPROVAL_ROLE` */
export function checkRole({ id, to }: Approval, principal: string, role: Role): void {
  if (principal === "" || principal.length > MAX_NAME || !((ranks[role] ?? -1) >= ranks[to])) {
    throw new ApprovalRoleError(`approval ${id} asks for a principal with the role ${to} or more, got ${role}`, {
      details: { approval: id, expected: to, actual: String(role) },
    });
  }
}

/** Checks that somebody was asked, and not about their own request. @throws `APPROVAL_ROLE`, `APPROVAL_OWN_REQUEST` */
export function checkApprover(authority: Authority, approval: Approval, principal: string, role: Role): void {
  const { id, request, approvers } = approval;
  checkRole(approval, principal, role);
  if (approvers?.includes(principal) === false) {
    const details = { approval: id, expected: approvers.slice(0, 8).join(", "), actual: principal };
    throw new ApprovalRoleError(`approval ${id} asks ${details.expected}, got ${principal}`, { details });
  }
  const own = request.subject.kind === "principal" && request.subject.id === principal;
  if (!own || authority.ownRequests()) return;
  throw new ApprovalOwnRequestError(`approval ${id} is about a request of ${principal}, and nobody answers their own`, {
    details: { approval: id, principal },
  });
}

/** Names of those who approved and whose answer counts no more. */
export function countlessOf({ roleOf }: Authority, { answers, to }: Approval): readonly string[] {
  return answers
    .filter(({ verdict, principal }) => verdict === "approve" && !mayAnswer(roleOf(principal), to, to))
    .map(({ principal }) => principal);
}

/** Whether enough of those who approved may still do so, as the rules of now ask. */
export function isAgreed(authority: Authority, approval: Approval, terms: Defer | undefined): boolean {
  return countOf(authority, approval, terms) >= quorumOf(approval, terms);
}

/** @throws `APPROVAL_NOT_GRANTED` unless {@link isAgreed} */
export function checkAgreed(authority: Authority, approval: Approval, terms: Defer | undefined): void {
  if (isAgreed(authority, approval, terms)) return;
  const { id, state } = approval;
  const counted = `${countOf(authority, approval, terms)} of ${quorumOf(approval, terms)}`;
  throw new ApprovalNotGrantedError(`approval ${id} has ${counted} answers that count now`, {
    details: { approval: id, state },
  });
}

function countOf({ roleOf }: Authority, { answers, to }: Approval, terms: Defer | undefined): number {
  const least = terms !== undefined && ranks[terms.to] > ranks[to] ? terms.to : to;
  return answers.filter(({ verdict, principal }) => {
    if (verdict !== "approve" || terms?.approvers?.includes(principal) === false) return false;
    return mayAnswer(roleOf(principal), to, least);
  }).length;
}

/** @param to - the role that was asked for then @param least - the one that is asked for now */
function mayAnswer(role: Role | "unknown" | undefined, to: Role, least: Role): boolean {
  // Of whom nothing is known, the host vouched for the role that was asked for then.
  return role === "unknown" ? ranks[least] <= ranks[to] : role !== undefined && ranks[role] >= ranks[least];
}

function quorumOf({ quorum }: Approval, terms: Defer | undefined): number {
  return Math.max(quorum, terms?.quorum ?? 1);
}
