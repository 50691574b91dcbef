/**
 * Who may answer a question, and which answers count: by the role that a principal has now, and by the rules of now. Nobody answers
 * their own request, nor what an agent asks that they started, or that was started below one of theirs.
 */
import type { Approval, Defer, Role, Subject } from "@weftos/interface";
import { ApprovalNotGrantedError, ApprovalOwnRequestError, ApprovalRoleError } from "./approval-errors.ts";

const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, approver: 2, admin: 3 };
const MAX_NAME = 128;

/** What is known of those who answer. */
export interface Authority {
  /** Whether a principal may answer questions about its own requests. */
  readonly ownRequests: () => boolean;
  /** Whether a principal may answer what the agents ask that it started: one person alone runs the kernel. */
  readonly ownAgents: (principal: string) => boolean;
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

/** Who wants something: a principal itself, or an agent that one started. */
export interface Requester {
  readonly subject: Subject;
  readonly principal?: string | undefined;
}

/** Tells who asked. */
export function requesterOf({ request, principal }: Pick<Approval, "request" | "principal">): Requester {
  return { subject: request.subject, principal };
}

/** Checks that somebody was asked, and not about their own request. @throws `APPROVAL_ROLE`, `APPROVAL_OWN_REQUEST` */
export function checkApprover(authority: Authority, approval: Approval, principal: string, role: Role): void {
  const { id, request, approvers } = approval;
  checkRole(approval, principal, role);
  if (approvers?.includes(principal) === false) {
    const details = { approval: id, expected: approvers.slice(0, 8).join(", "), actual: principal };
    throw new ApprovalRoleError(`approval ${id} asks ${details.expected}, got ${principal}`, { details });
  }
  if (!isOwn(authority, requesterOf(approval), principal)) return;
  const { subject } = request;
  const said =
    subject.kind === "principal"
      ? `is about a request of ${principal}, and nobody answers their own`
      : `is asked by ${approval.agent ?? "an agent"} (process ${subject.id}), which acts for ${principal}, who started it or an agent above it, and nobody answers what their own agents ask`;
  throw new ApprovalOwnRequestError(`approval ${id} ${said}`, {
    details: { approval: id, principal, ...(subject.kind === "process" ? { pid: Number(subject.id) } : {}) },
  });
}

/** Whether a request is somebody's own, who may not answer these. */
function isOwn(authority: Authority, { subject, principal: starter }: Requester, principal: string): boolean {
  if (subject.kind === "principal") return subject.id === principal && !authority.ownRequests();
  return starter === principal && !authority.ownAgents(principal);
}

/** Names of those who approved and whose answer counts no more. */
export function countlessOf(authority: Authority, approval: Approval): readonly string[] {
  const { answers, to } = approval;
  const requester = requesterOf(approval);
  return answers
    .filter(
      ({ verdict, principal }) => verdict === "approve" && !counts(authority, requester, principal, { to, least: to }),
    )
    .map(({ principal }) => principal);
}

/** Whether enough of those who approved may still do so, as the rules of now ask, where this requester acts under it. */
export function isAgreed(
  authority: Authority,
  approval: Approval,
  terms: Defer | undefined,
  requester: Requester = requesterOf(approval),
): boolean {
  return countOf(authority, approval, terms, requester) >= quorumOf(approval, terms);
}

/** @throws `APPROVAL_NOT_GRANTED` unless {@link isAgreed} */
export function checkAgreed(
  authority: Authority,
  approval: Approval,
  terms: Defer | undefined,
  requester: Requester,
): void {
  if (isAgreed(authority, approval, terms, requester)) return;
  const { id, state } = approval;
  const counted = `${countOf(authority, approval, terms, requester)} of ${quorumOf(approval, terms)}`;
  throw new ApprovalNotGrantedError(`approval ${id} has ${counted} answers that count now`, {
    details: { approval: id, state },
  });
}

function countOf(
  authority: Authority,
  { answers, to }: Approval,
  terms: Defer | undefined,
  requester: Requester,
): number {
  const least = terms !== undefined && ranks[terms.to] > ranks[to] ? terms.to : to;
  return answers.filter(({ verdict, principal }) => {
    if (verdict !== "approve" || terms?.approvers?.includes(principal) === false) return false;
    return counts(authority, requester, principal, { to, least });
  }).length;
}

/** @param roles - `to`: the role that was asked for then; `least`: the one that is asked for now */
function counts(
  authority: Authority,
  requester: Requester,
  principal: string,
  { to, least }: { readonly to: Role; readonly least: Role },
): boolean {
  return mayAnswer(authority.roleOf(principal), to, least) && !isOwn(authority, requester, principal);
}

/** @param to - the role that was asked for then @param least - the one that is asked for now */
function mayAnswer(role: Role | "unknown" | undefined, to: Role, least: Role): boolean {
  // Of whom nothing is known, the host vouched for the role that was asked for then.
  return role === "unknown" ? ranks[least] <= ranks[to] : role !== undefined && ranks[role] >= ranks[least];
}

function quorumOf({ quorum }: Approval, terms: Defer | undefined): number {
  return Math.max(quorum, terms?.quorum ?? 1);
}
