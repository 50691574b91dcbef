/**
 * Decides: finds the rules that match, of which a decision is concluded. What is not known, malformed or failing is denied.
 *
 * A plan holds, for one declared action, the rules that can match it at all; a request then asks only those. Plans are
 * kept for at most 10 000 actions.
 */
import type { ActionDeclaration, ActionRequest, Decision, Deny } from "@weftos/interface";
import { effectFault, magnitude } from "../effect/effect-vector.ts";
import { longestWindow } from "../effect/rebuild-accounts.ts";
import type { Environment } from "../environment/environment.ts";
import type { Policy } from "../policy/policy.ts";
import { type CompiledRule, compileRule, holds } from "./compile-rule.ts";
import { conclude } from "./conclude.ts";
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
/** What people say of questions: nobody is asked about it, so rules that defer do not count. */
const ANSWERS: ReadonlySet<string> = new Set(["approval.answer", "approval.revoke"]);

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
  // A rule that asks about everything would have every answer wait for an answer.
  const asked = ANSWERS.has(action) ? rules.filter(({ rule }) => rule.outcome.kind !== "defer") : rules;
  const concerned = asked.filter((rule) => rule.concerns(declaration));
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

function refuse(engine: DecisionEngine, reason: string): Deny {
  return { verdict: "deny", by: "default", suspend: false, reason, rules: [], policy: engine.policy.digest };
}
