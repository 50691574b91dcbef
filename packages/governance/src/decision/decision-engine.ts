/**
 * Decides. Rules come first, then the environment's magnitude threshold. Precedence is critical > deny > defer > warn >
 * permit whatever the order of the rules. What is not known, malformed or failing is denied.
 *
 * A plan holds, for one declared action, the rules that can match it at all; a request then asks only those. Plans are
 * kept for at most 10 000 actions.
 */
import type { ActionDeclaration, ActionRequest, AuditLevel, Decision, Deny, MatchedRule } from "@weftos/interface";
import { effectFault, magnitude } from "../effect/effect-vector.ts";
import { longestWindow } from "../effect/rebuild-accounts.ts";
import type { Environment } from "../environment/environment.ts";
import type { Policy } from "../policy/policy.ts";
import { DEFAULT_EXPIRES_MS, type Rule } from "../policy/rule-schema.ts";
import { type CompiledRule, compileRule, holds } from "./compile-rule.ts";
import type { Facts } from "./facts.ts";
import { requestFault } from "./request-fault.ts";
import { RuleIndex } from "./rule-index.ts";

/** A policy made ready for one environment. */
export interface DecisionEngine {
  readonly policy: Policy;
  readonly environment: Environment;
  /** Whether a deferring rule puts a question where the threshold alone would refuse. */
  readonly mayAsk: (rule: string) => boolean;
  /** Decides a request; pure in its arguments. Never throws. */
  decide(request: ActionRequest, declaration: ActionDeclaration | undefined, facts: Facts): Decision;
}

interface Plan {
  readonly declaration: ActionDeclaration;
  readonly magnitude: number;
  readonly rules: RuleIndex;
  /** Whether it counts for a rule about what was accumulated: then its record says on whose account. */
  readonly counts: boolean;
  /** The decision, where it is the same for every subject and request. */
  readonly constant: Decision | undefined;
}

const MAX_PLANS = 10_000;

/**
 * Compiles a policy for an environment.
 *
 * @param mayAsk - tells whether a deferring rule puts a question where the threshold alone would refuse: a rule that was added
 *   by an amendment does not, since it may only tighten; by default all do
 */
export function compilePolicy(
  policy: Policy,
  environment: Environment,
  mayAsk: (rule: string) => boolean = () => true,
): DecisionEngine {
  const rules = policy.rules.flatMap((rule) => compileRule(rule, environment) ?? []);
  const plans = new Map<string, Plan>();
  const engine: DecisionEngine = {
    policy,
    environment,
    mayAsk,
    decide(request, declaration, facts) {
      try {
        const fault = requestFault(request);
        if (fault !== undefined) return refuse(engine, fault);
        const kept = plans.get(request.action);
        const plan =
          kept !== undefined && kept.declaration === declaration ? kept : makePlan(engine, rules, request, declaration);
        if ("verdict" in plan) return plan;
        if (plan !== kept && (kept !== undefined || plans.size < MAX_PLANS)) plans.set(request.action, plan);
        const decision = plan.constant ?? judge(engine, plan, request, facts);
        return plan.counts ? counted(decision, facts.account(request.subject)) : decision;
      } catch {
        return refuse(engine, "the request cannot be read, which denies");
      }
    },
  };
  return engine;
}

function makePlan(
  engine: DecisionEngine,
  rules: readonly CompiledRule[],
  request: ActionRequest,
  declaration: ActionDeclaration | undefined,
): Plan | Deny {
  const { action } = request;
  if (declaration === undefined || declaration.name !== action) {
    return refuse(engine, `the action ${JSON.stringify(action)} is not known here`);
  }
  const fault = effectFault(declaration.effect);
  if (fault !== undefined) return refuse(engine, `the effect of ${action} is malformed: ${fault}`);
  const concerned = rules.filter((rule) => rule.concerns(declaration));
  const size = magnitude(declaration.effect);
  const alike = concerned.every((rule) => rule.subject.length === 0 && rule.request.length === 0);
  const constant = alike ? Object.freeze(conclude(engine, size, concerned, true)) : undefined;
  const counts = declaration.accumulates === true && longestWindow(rules.map(({ rule }) => rule)) > 0;
  return { declaration, magnitude: size, rules: new RuleIndex(concerned), counts, constant };
}

/** What counts leaves an event, so that a restart of the kernel does not forget it. */
function counted(decision: Decision, account: string | undefined): Decision {
  if (account === undefined) return decision;
  if (decision.verdict === "deny") return { ...decision, account };
  return { ...decision, account, audit: decision.audit === "durable" ? "durable" : "logged" };
}

function judge(engine: DecisionEngine, plan: Plan, request: ActionRequest, facts: Facts): Decision {
  const asked: Asked = { matched: [], failed: undefined, cacheable: !plan.rules.reads };
  askRules(plan.rules.always, plan, request, facts, asked);
  askRules(plan.rules.found(request, facts), plan, request, facts, asked);
  const decision = conclude(engine, plan.magnitude, plan.rules.sorted(asked.matched), asked.cacheable);
  const { failed } = asked;
  if (failed === undefined || decision.verdict === "deny") return decision;
  return { ...refuse(engine, `the rule ${failed.rule.id} ${UNJUDGED}`), rules: decision.rules };
}

const UNJUDGED = "cannot be judged, which denies";

/** Tells whether a decision denies only because a rule asks for what is not known: of a replay, because it was not recorded. */
export function isUnjudged(decision: Decision): boolean {
  return decision.verdict === "deny" && decision.by === "default" && decision.reason.endsWith(UNJUDGED);
}

interface Asked {
  readonly matched: CompiledRule[];
  failed: CompiledRule | undefined;
  cacheable: boolean;
}

function askRules(
  rules: readonly CompiledRule[],
  { declaration: { effect } }: Plan,
  request: ActionRequest,
  facts: Facts,
  asked: Asked,
): void {
  for (const candidate of rules) {
    const concerned = candidate.subject.length === 0 || holds(candidate.subject, request, facts, effect);
    if (concerned === false) continue;
    if (candidate.request.length > 0) {
      asked.cacheable = false;
      const fits = holds(candidate.request, request, facts, effect);
      if (fits === false) continue;
      if (fits === "failed") {
        asked.failed ??= candidate;
        continue;
      }
    }
    if (concerned === true) asked.matched.push(candidate);
    else asked.failed ??= candidate;
  }
}

function conclude(engine: DecisionEngine, size: number, rules: readonly CompiledRule[], cacheable: boolean): Decision {
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
      // Over the threshold a question is at least the one that would be put without the rule.
      const to = (overMax || overThreshold) && ranks[asked.to] < ranks.approver ? "approver" : asked.to;
      return { verdict: "defer", ...asked, to, warnings, ...audit, ...base };
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
function permits(rule: Rule): boolean {
  return rule.outcome.kind === "permit" && rule.severity !== "advisory";
}

const ranks = { viewer: 0, operator: 1, approver: 2, admin: 3 } as const;

/** Of several deferring rules the strictest of each part: highest role, largest quorum, shortest time, those whom all name. */
function askedOf(rules: readonly CompiledRule[]) {
  const deferring = rules.filter(({ rule }) => rule.outcome.kind === "defer");
  const outcomes = deferring.flatMap(({ rule }) => (rule.outcome.kind === "defer" ? [rule.outcome] : []));
  if (outcomes.length === 0) return undefined;
  const named = outcomes.flatMap(({ approvers }) => (approvers === undefined ? [] : [[...new Set(approvers)]]));
  const approvers = named.length === 0 ? undefined : named.reduce((a, b) => a.filter((name) => b.includes(name)));
  return {
    ...(approvers === undefined ? {} : { approvers }),
    to: outcomes.map((outcome) => outcome.to).reduce((a, b) => (ranks[a] >= ranks[b] ? a : b)),
    quorum: Math.max(...outcomes.map((outcome) => outcome.quorum)),
    expiresMs: Math.min(...outcomes.map((outcome) => outcome.expiresMs)),
    reason: tell(deferring),
  };
}

function tell(rules: readonly CompiledRule[]): string {
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

function refuse(engine: DecisionEngine, reason: string): Deny {
  return { verdict: "deny", by: "default", suspend: false, reason, rules: [], policy: engine.policy.digest };
}
