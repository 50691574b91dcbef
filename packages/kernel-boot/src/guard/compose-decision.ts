/** Makes one decision of several gates' decisions: deny beats defer beats permit, and the strictest terms hold. */
import type { AuditLevel, Decision, Defer, Permit, Role } from "@weftos/interface";

const roles: readonly Role[] = ["viewer", "operator", "approver", "admin"];
const levels: readonly AuditLevel[] = ["none", "digest", "logged", "durable"];

/** Joins two decisions about the same request. */
export function joinDecisions(a: Decision, b: Decision): Decision {
  if (a.verdict === "deny")
    return b.verdict === "deny" ? { ...a, suspend: a.suspend || b.suspend, rules: [...a.rules, ...b.rules] } : a;
  if (b.verdict === "deny") return b;
  if (a.verdict === "defer") return b.verdict === "defer" ? askable(joinDefers(a, b)) : withWarnings(a, b);
  return b.verdict === "defer" ? withWarnings(b, a) : joinPermits(a, b);
}

function withWarnings(defer: Defer, { warnings }: Permit): Defer {
  return warnings.length === 0 ? defer : { ...defer, warnings: [...(defer.warnings ?? []), ...warnings] };
}

/** Where gates ask for different people, so that too few may answer, nobody can be asked. */
function askable(defer: Defer): Decision {
  const { approvers, quorum, reason, rules, policy } = defer;
  if (approvers === undefined || approvers.length >= quorum) return defer;
  const told = `${reason}; of those who may answer, ${approvers.length} may answer all of it, and ${quorum} must`;
  return { verdict: "deny", by: "rule", suspend: false, reason: told, rules, policy };
}

function joinDefers(a: Defer, b: Defer): Defer {
  const { approvers } = a;
  return {
    ...a,
    approvers: approvers === undefined ? b.approvers : approvers.filter((name) => b.approvers?.includes(name) ?? true),
    reason: `${a.reason}; ${b.reason}`,
    rules: [...a.rules, ...b.rules],
    to: later(roles, a.to, b.to),
    quorum: Math.max(a.quorum, b.quorum),
    expiresMs: Math.min(a.expiresMs, b.expiresMs),
    audit: strictest(a.audit, b.audit),
    warnings: [...(a.warnings ?? []), ...(b.warnings ?? [])],
    account: a.account ?? b.account,
  };
}

function joinPermits(a: Permit, b: Permit): Permit {
  return {
    verdict: "permit",
    reason: a.reason,
    rules: [...a.rules, ...b.rules],
    policy: a.policy === "" ? b.policy : a.policy,
    warnings: [...a.warnings, ...b.warnings],
    cacheable: a.cacheable && b.cacheable,
    audit: strictest(a.audit, b.audit),
    account: a.account ?? b.account,
  };
}

function strictest(a: AuditLevel | undefined, b: AuditLevel | undefined): AuditLevel | undefined {
  return a === undefined ? b : b === undefined ? a : later(levels, a, b);
}

function later<T>(scale: readonly T[], a: T, b: T): T {
  return scale.indexOf(a) >= scale.indexOf(b) ? a : b;
}
