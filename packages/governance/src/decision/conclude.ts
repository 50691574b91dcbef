/**
 * What follows from the rules that match. Precedence is critical > deny > defer > warn > permit whatever the order of the
 * rules; what no rule speaks of is judged by the environment's magnitude threshold. Pure.
 */
import type { AuditLevel, Decision, MatchedRule, Role } from "@weftos/interface";
import type { Environment } from "../environment/environment.ts";
import type { Policy } from "../policy/policy.ts";
import { DEFAULT_EXPIRES_MS, type Rule } from "../policy/rule-schema.ts";

/** What concludes. */
export interface Concluding {
  readonly policy: Pick<Policy, "digest">;
  readonly environment: Environment;
  /** Whether a deferring rule puts a question where the threshold alone would refuse. */
  readonly mayAsk: (rule: string) => boolean;
}

/** A rule that matches, and how decisions cite it. */
export interface MatchingRule {
  readonly rule: Rule;
  readonly matched: MatchedRule;
}

/** Gives how decisions cite a rule. */
export function citationOf({ id, branch, severity, outcome }: Rule): MatchedRule {
  return Object.freeze({ id, branch, outcome: outcome.kind, severity });
}

/**
 * Concludes a decision.
 *
 * @param size - magnitude of the effect
 * @param rules - those that match, in the order of the policy
 * @param cacheable - whether a permit holds for every request alike
 */
export function conclude(
  engine: Concluding,
  size: number,
  rules: readonly MatchingRule[],
  cacheable: boolean,
): Decision {
  const { environment } = engine;
  const base = { rules: rules.map((rule) => rule.matched), policy: engine.policy.digest };
  const denying = rules.filter(({ rule }) => rule.outcome.kind === "deny");
  if (denying.length > 0) {
    const critical = denying.filter(({ rule }) => rule.severity === "critical");
    const reason = tell(critical.length > 0 ? critical : denying);
    return { verdict: "deny", by: "rule", suspend: critical.length > 0, reason, ...base };
  }
  const audit = auditOf(environment, size);
  const warnings = rules
    .filter(({ rule }) => rule.outcome.kind === "warn")
    .map(({ rule }) => `${rule.id}: ${rule.description}`);
  const asked = askedOf(rules);
  // Written so that a limit that is no number counts as exceeded.
  const overMax = !(size <= environment.maxMagnitude);
  const overThreshold = !(size <= environment.threshold) && !rules.some(({ rule }) => permits(rule));
  const exceeded = overMax ? environment.maxMagnitude : environment.threshold;
  const limit = overMax ? "the most that rules may permit" : "the threshold";
  const told = `magnitude ${size.toFixed(3)} is over ${limit} of ${exceeded} in ${environment.name}`;
  const mayAsk = rules.some(({ rule }) => rule.outcome.kind === "defer" && engine.mayAsk(rule.id));
  if ((overMax || (overThreshold && !mayAsk)) && !environment.humanApproval) {
    return { verdict: "deny", by: "threshold", suspend: false, reason: told, ...base };
  }
  if (asked !== undefined) {
    const { approvers, quorum, reason } = asked;
    if (approvers === undefined || approvers.length >= quorum) {
      return { verdict: "defer", ...asked, warnings, ...audit, ...base };
    }
    const nobody = `${reason}; of those who may answer, ${approvers.length} may answer all of it, and ${quorum} must`;
    return { verdict: "deny", by: "rule", suspend: false, reason: nobody, ...base };
  }
  if (overMax || overThreshold) {
    const terms = { to: "approver", quorum: 1, expiresMs: DEFAULT_EXPIRES_MS } as const;
    return { verdict: "defer", ...terms, reason: told, warnings, ...audit, ...base };
  }
  return {
    verdict: "permit",
    reason:
      base.rules.length === 0
        ? "no rule speaks against it, and its effect is within the threshold"
        : permitReason(base.rules),
    warnings,
    cacheable,
    ...audit,
    ...base,
  };
}

/** What has no effect, such as a message, is raised to a digest record at most: millions of these happen. */
function auditOf({ auditLevel }: Environment, size: number): { readonly audit?: AuditLevel } {
  if (auditLevel === "none") return {};
  return { audit: size > 0 ? auditLevel : "digest" };
}

/** An advisory rule is only recorded: it does not lift a threshold. */
export function permits(rule: Rule): boolean {
  return rule.outcome.kind === "permit" && rule.severity !== "advisory";
}

const ranks = { viewer: 0, operator: 1, approver: 2, admin: 3 } as const;

/** Of several deferring rules the strictest of each part: highest role, largest quorum, shortest time, those whom all name. */
function askedOf(rules: readonly MatchingRule[]) {
  const deferring = rules.filter(({ rule }) => rule.outcome.kind === "defer");
  const outcomes = deferring.flatMap(({ rule }) => (rule.outcome.kind === "defer" ? [rule.outcome] : []));
  if (outcomes.length === 0) return undefined;
  const named = outcomes.flatMap(({ approvers }) => (approvers === undefined ? [] : [[...new Set(approvers)]]));
  const approvers = named.length === 0 ? undefined : named.reduce((a, b) => a.filter((name) => b.includes(name)));
  return {
    ...(approvers === undefined ? {} : { approvers }),
    // Nobody below that answers anything.
    to: outcomes.reduce<Role>((to, outcome) => (ranks[outcome.to] > ranks[to] ? outcome.to : to), "approver"),
    quorum: Math.max(...outcomes.map((outcome) => outcome.quorum)),
    expiresMs: Math.min(...outcomes.map((outcome) => outcome.expiresMs)),
    reason: tell(deferring),
  };
}

function tell(rules: readonly MatchingRule[]): string {
  return rules
    .slice(0, 4)
    .map(({ rule }) => `${rule.id}: ${rule.description}`)
    .join("; ");
}

function permitReason(rules: readonly MatchedRule[]): string {
  return `permitted; ${rules.length === 1 ? "a rule" : "rules"} matched: ${rules
    .slice(0, 8)
    .map((rule) => rule.id)
    .join(", ")}`;
}
