/** Explains a recorded decision: the rules that matched, with the values that made them match, and what would have changed it. */
import type { ActionCatalogue, Decision } from "@weftos/interface";
import { compileRule, holds } from "../decision/compile-rule.ts";
import { compilePolicy, type DecisionEngine } from "../decision/decision-engine.ts";
import { EffectLedger } from "../effect/effect-ledger.ts";
import { magnitude } from "../effect/effect-vector.ts";
import { policyOf } from "../policy/policy.ts";
import type { Rule } from "../policy/rule-schema.ts";
import { declarationOf, factsOf, type RecordedDecision } from "./recorded-decision.ts";
import { decideAgain } from "./rehearse.ts";

/** One part of a rule's condition, and what the request had there. */
export interface ExplainedPart {
  /** Such as `attributes.kind`. */
  readonly part: string;
  /** What the rule demands, as JSON. */
  readonly wanted: string;
  /** What the request had. */
  readonly had: string;
  /** `unknown` where the record does not say. */
  readonly holds: boolean | "unknown";
}

/** A rule that matched. */
export interface ExplainedRule {
  readonly id: string;
  readonly description: string;
  readonly branch: Rule["branch"];
  readonly severity: Rule["severity"];
  readonly outcome: Rule["outcome"]["kind"];
  /** Whether the decision rests on it. */
  readonly decisive: boolean;
  readonly parts: readonly ExplainedPart[];
}

/**
 * By which rules a decision is explained: those that made it, with the version of the law and the event since which they were
 * in force, or those of now, since the chain does not say the others whole.
 */
export type JudgedBy =
  | { readonly policy: "then"; readonly version: number; readonly since: number; readonly inForce: boolean }
  | { readonly policy: "now"; readonly version: number };

/** Why a decision was made. */
export interface Explanation {
  readonly decision: RecordedDecision;
  readonly magnitude: number;
  readonly threshold: number;
  readonly environment: string;
  /** By which rules it is explained. */
  readonly judgedBy: JudgedBy;
  readonly rules: readonly ExplainedRule[];
  /** Rules that matched and are no more. */
  readonly gone: readonly string[];
  /** What would have changed the outcome, one sentence each. */
  readonly otherwise: readonly string[];
}

/** Explains a decision under a policy. */
export function explainDecision(
  recorded: RecordedDecision,
  { engine, judgedBy }: { readonly engine: DecisionEngine; readonly judgedBy: JudgedBy },
  catalogue: Pick<ActionCatalogue, "find">,
): Explanation {
  const { policy, environment } = engine;
  const byId = new Map(policy.rules.map((rule) => [rule.id, rule]));
  const matched = recorded.rules.flatMap((id) => byId.get(id) ?? []);
  const decisive = matched.filter((rule) => isDecisive(rule, recorded.verdict));
  const rules = matched.map((rule) => explainedRule(rule, recorded, decisive.includes(rule)));
  return {
    decision: recorded,
    magnitude: magnitude(recorded.effect),
    threshold: environment.threshold,
    environment: environment.name,
    judgedBy,
    rules,
    gone: recorded.rules.filter((id) => !byId.has(id)),
    otherwise: otherwise(recorded, engine, catalogue, rules),
  };
}

/** A permit rests on the rules that lift the threshold. */
function isDecisive({ outcome, severity }: Rule, verdict: RecordedDecision["verdict"]): boolean {
  return outcome.kind === verdict && !(verdict === "permit" && severity === "advisory");
}

function explainedRule(rule: Rule, recorded: RecordedDecision, decisive: boolean): ExplainedRule {
  const { id, description, branch, severity, outcome } = rule;
  const parts = partsOf(rule).map(({ part, wanted, alone }) => ({
    part,
    wanted: JSON.stringify(wanted),
    had: hadOf(part, recorded),
    holds: holdsAlone({ ...rule, condition: alone }, recorded),
  }));
  return { id, description, branch, severity, outcome: outcome.kind, decisive, parts };
}

interface Part {
  readonly part: string;
  readonly wanted: unknown;
  /** The condition with this part only. */
  readonly alone: Rule["condition"];
}

function partsOf({ condition }: Rule): readonly Part[] {
  const { subjects, attributes, ...others } = condition;
  const parts: Part[] = [];
  for (const [part, wanted] of Object.entries(others)) {
    if (wanted !== undefined) parts.push({ part, wanted, alone: { [part]: wanted } });
  }
  for (const [name, wanted] of Object.entries(subjects ?? {})) {
    if (wanted !== undefined) parts.push({ part: `subjects.${name}`, wanted, alone: { subjects: { [name]: wanted } } });
  }
  for (const [name, wanted] of Object.entries(attributes ?? {})) {
    parts.push({ part: `attributes.${name}`, wanted, alone: { attributes: { [name]: wanted } } });
  }
  return parts;
}

function holdsAlone(rule: Rule, recorded: RecordedDecision): boolean | "unknown" {
  const declaration = declarationOf(recorded, true);
  const name = rule.condition.environments?.[0] ?? "any";
  const compiled = compileRule({ ...rule, active: true }, { name, activeBranches: [rule.branch] });
  // What an agent had done by then takes a replay to know.
  if (rule.condition.accumulated !== undefined || rule.condition.environments !== undefined) return "unknown";
  if (compiled === undefined || !compiled.concerns(declaration)) return false;
  const facts = factsOf(recorded, () => ({}));
  const found = holds([...compiled.subject, ...compiled.request], recorded.request, facts, recorded.effect);
  return found === "failed" ? "unknown" : found;
}

function hadOf(part: string, { request, effect, agent, time }: RecordedDecision): string {
  const { subject, resource, action, attributes } = request;
  if (part.startsWith("attributes.")) {
    const value = attributes[part.slice("attributes.".length)];
    return value === undefined ? "nothing" : JSON.stringify(value);
  }
  switch (part) {
    case "actions":
      return action;
    case "resources":
      return resource;
    case "effect":
      return Object.entries(effect)
        .filter(([, value]) => value > 0)
        .map(([name, value]) => `${name} ${value}`)
        .concat(`magnitude ${magnitude(effect).toFixed(3)}`)
        .join(", ");
    case "time":
      return new Date(time).toISOString();
    case "subjects.agents":
      return agent ?? "no agent";
    case "subjects.kinds":
      return subject.kind;
    case "subjects.principals":
      return subject.kind === "principal" ? subject.id : "no principal";
    default:
      return "not recorded";
  }
}

function otherwise(
  recorded: RecordedDecision,
  engine: DecisionEngine,
  catalogue: Pick<ActionCatalogue, "find">,
  rules: readonly ExplainedRule[],
): readonly string[] {
  const said: string[] = [];
  const again = (ids: ReadonlySet<string>): Decision => {
    const left = engine.policy.rules.filter((rule) => !ids.has(rule.id));
    const without = compilePolicy(policyOf(left, engine.policy.dimensions), engine.environment, engine.mayAsk);
    return decideAgain(without, recorded, catalogue, new EffectLedger());
  };
  const decisive = rules.filter((rule) => rule.decisive);
  for (const rule of decisive) {
    const alone = again(new Set([rule.id])).verdict;
    if (alone === recorded.verdict) continue;
    for (const { part, wanted, had, holds: held } of rule.parts) {
      if (held === true) said.push(`${alone}, had ${part} not been ${had} (${rule.id} asks for ${wanted})`);
    }
    if (rule.parts.length === 0) said.push(`${alone}, without ${rule.id}, which matches everything`);
  }
  if (decisive.length > 1 && said.length === 0) {
    const ids = new Set(decisive.map((rule) => rule.id));
    const verdict = again(ids).verdict;
    if (verdict !== recorded.verdict) said.push(`${verdict}, had none of ${[...ids].join(", ")} matched`);
  }
  const size = magnitude(recorded.effect);
  const { threshold, name } = engine.environment;
  if (decisive.length === 0 && recorded.verdict !== "permit" && size > threshold)
    said.push(`permit, had its magnitude ${size.toFixed(3)} been at most the threshold ${threshold} of ${name}`);
  if (recorded.verdict === "permit" && size <= threshold)
    said.push(`defer or deny, had its magnitude ${size.toFixed(3)} been over the threshold ${threshold} of ${name}`);
  return said;
}
