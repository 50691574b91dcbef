/** Makes one decision of several gates' decisions: deny beats defer beats permit, and the strictest terms hold. */
import type { AuditLevel, Decision, Defer, Permit, Role } from "@weftos/interface";

const roles: readonly Role[] = ["viewer", "operator", "approver", "admin"];
const levels: readonly AuditLevel[] = ["none", "digest", "logged", "durable"];

/** Joins two decisions about the same request. What decides is told first; what the other says of the request stays known. */
export function joinDecisions(a: Decision, b: Decision): Decision {
  if (a.verdict === "deny")
    return b.verdict === "deny" ? { ...a, ...facts(a, b), suspend: a.suspend || b.suspend } : { ...a, ...facts(a, b) };
  if (b.verdict === "deny") return { ...b, ...facts(b, a) };
  if (a.verdict === "defer") return b.verdict === "defer" ? askable(joinDefers(a, b)) : besidePermit(a, b);
  return b.verdict === "defer" ? besidePermit(b, a) : joinPermits(a, b);
}

/** What is known of a request through either of them. */
function facts(a: Decision, b: Decision): Pick<Decision, "rules" | "policy" | "account"> {
  const account = a.account ?? b.account;
  return {
    rules: [...a.rules, ...b.rules],
    policy: a.policy === "" ? b.policy : a.policy,
    ...(account === undefined ? {} : { account }),
  };
}

function besidePermit(defer: Defer, permit: Permit): Defer {
  const warnings = [...(defer.warnings ?? []), ...permit.warnings];
  const audit = strictest(defer.audit, permit.audit);
  return {
    ...defer,
    ...facts(defer, permit),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(audit === undefined ? {} : { audit }),
  };
}

/** Where gates ask for different people, so that too few may answer, nobody can be asked. */
function askable(defer: Defer): Decision {
  const { approvers, quorum, reason, rules, policy, account } = defer;
  if (approvers === undefined || approvers.length >= quorum) return defer;
  const told = `${reason}; of those who may answer, ${approvers.length} may answer all of it, and ${quorum} must`;
  return { verdict: "deny", by: "rule", suspend: false, reason: told, rules, policy, account };
}

function joinDefers(a: Defer, b: Defer): Defer {
  const { approvers } = a;
  return {
    ...a,
    ...facts(a, b),
    approvers: approvers === undefined ? b.approvers : approvers.filter((name) => b.approvers?.includes(name) ?? true),
    reason: `${a.reason}; ${b.reason}`,
    to: later(roles, a.to, b.to),
    quorum: Math.max(a.quorum, b.quorum),
    expiresMs: Math.min(a.expiresMs, b.expiresMs),
    audit: strictest(a.audit, b.audit),
    warnings: [...(a.warnings ?? []), ...(b.warnings ?? [])],
  };
}

function joinPermits(a: Permit, b: Permit): Permit {
  return {
    verdict: "permit",
    reason: a.reason,
    ...facts(a, b),
    warnings: [...a.warnings, ...b.warnings],
    cacheable: a.cacheable && b.cacheable,
    audit: strictest(a.audit, b.audit),
  };
}

function strictest(a: AuditLevel | undefined, b: AuditLevel | undefined): AuditLevel | undefined {
  return a === undefined ? b : b === undefined ? a : later(levels, a, b);
}

function later<T>(scale: readonly T[], a: T, b: T): T {
  return scale.indexOf(a) >= scale.indexOf(b) ? a : b;
}
