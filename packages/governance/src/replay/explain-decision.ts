/** Explains a recorded decision: the rules that matched, with the values that made them match, and what would have changed it. */
import type { Effect } from "@weftos/interface";
import { nameInLine, reachesBelow } from "../decision/agent-line.ts";
import { compileRule, holds } from "../decision/compile-rule.ts";
import { permits } from "../decision/conclude.ts";
import type { DecisionEngine } from "../decision/decision-engine.ts";
import type { Facts } from "../decision/facts.ts";
import type { EffectLedger } from "../effect/effect-ledger.ts";
import { magnitude, ZERO_EFFECT } from "../effect/effect-vector.ts";
import type { Rule } from "../policy/rule-schema.ts";
import { compileTextGlob } from "../policy/text-glob.ts";
import { declarationOf, factsOf, type RecordedDecision } from "./recorded-decision.ts";
import { sayOtherwise } from "./say-otherwise.ts";
import type { SpawnTree } from "./spawn-tree.ts";
import { concludeWith, type ThoughtOver } from "./what-otherwise.ts";

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

/** What a decision is explained by. */
export interface ExplainedBy {
  readonly engine: DecisionEngine;
  readonly judgedBy: JudgedBy;
  /** What had been done before it; see `accountThen`. */
  readonly ledger: EffectLedger;
  /** Who started whom; see `spawnTree`. */
  readonly tree: SpawnTree;
}

/** Explains a decision under a policy. */
export function explainDecision(recorded: RecordedDecision, by: ExplainedBy): Explanation {
  const { engine, judgedBy } = by;
  const { policy, environment } = engine;
  const byId = new Map(policy.rules.map((rule) => [rule.id, rule]));
  const matched = recorded.rules.flatMap((id) => byId.get(id) ?? []);
  const over = thoughtOver(recorded, engine, matched);
  const decisive = decisiveOf(over);
  const rules = matched.map((rule) => explainedRule(rule, recorded, decisive.includes(rule), by));
  return {
    decision: recorded,
    magnitude: magnitude(recorded.effect),
    threshold: environment.threshold,
    environment: environment.name,
    judgedBy,
    rules,
    gone: recorded.rules.filter((id) => !byId.has(id)),
    otherwise: sayOtherwise(over, recorded.reason, rules, judgedBy.policy),
  };
}

function thoughtOver(recorded: RecordedDecision, engine: DecisionEngine, matched: readonly Rule[]): ThoughtOver {
  const { request, effect, ran } = recorded;
  const of = { engine, size: magnitude(effect), matched, upkeep: request.subject.kind === "kernel" };
  // What would have run unasked may still name an approval that was given before.
  const permitted = ran && concludeWith({ ...of, verdict: "permit" }, { without: [] }).verdict === "permit";
  return { ...of, verdict: permitted ? "permit" : recorded.verdict };
}

/** A permit rests on the rules that lift the threshold; a refusal that no rule demands, on questions that too few may answer. */
function decisiveOf(of: ThoughtOver): readonly Rule[] {
  const { matched, verdict } = of;
  if (verdict === "permit") return matched.filter(permits);
  const demanding = matched.filter(({ outcome }) => outcome.kind === verdict);
  if (demanding.length > 0 || verdict === "defer") return demanding;
  const decision = concludeWith(of, { without: [] });
  const asked = decision.verdict === "deny" && decision.by === "rule";
  return asked ? matched.filter(({ outcome }) => outcome.kind === "defer") : [];
}

function explainedRule(rule: Rule, recorded: RecordedDecision, decisive: boolean, by: ExplainedBy): ExplainedRule {
  const { id, description, branch, severity, outcome } = rule;
  const parts = partsOf(rule).map(({ part, wanted, alone }) => ({
    part,
    wanted: JSON.stringify(wanted),
    had: hadOf(part, { ...rule, condition: alone }, recorded, by),
    holds: holdsAlone({ ...rule, condition: alone }, recorded, by),
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

function holdsAlone(rule: Rule, recorded: RecordedDecision, by: ExplainedBy): boolean | "unknown" {
  const { condition } = rule;
  const declaration = declarationOf(recorded, true);
  const name = environmentThen(by);
  if (condition.environments !== undefined && name === undefined) return "unknown";
  if (condition.accumulated !== undefined && recorded.account === undefined) return "unknown";
  const compiled = compileRule({ ...rule, active: true }, { name: name ?? "", activeBranches: [rule.branch] });
  if (compiled === undefined || !compiled.concerns(declaration)) return false;
  const found = holds(
    [...compiled.subject, ...compiled.request],
    recorded.request,
    factsThen(recorded, by),
    recorded.effect,
  );
  return found === "failed" ? "unknown" : found;
}

function factsThen(recorded: RecordedDecision, { ledger, tree }: ExplainedBy): Facts {
  return factsOf(recorded, tree, (account, windowMs, halfLifeMs) =>
    ledger.within(account, windowMs, halfLifeMs, recorded.time),
  );
}

/** The environment is known together with the policy of then. */
function environmentThen({ judgedBy, engine }: ExplainedBy): string | undefined {
  return judgedBy.policy === "then" ? engine.environment.name : undefined;
}

/** The agent; where the rule names one above it, that one. */
function agentThen(rule: Rule, recorded: RecordedDecision, by: ExplainedBy): string {
  const { agent, request } = recorded;
  if (agent === undefined) return "no agent";
  const names = rule.condition.subjects?.agents?.map(compileTextGlob) ?? [];
  const fits = (name: string): boolean => names.some((matches) => matches(name));
  try {
    const found = nameInLine(request.subject, factsThen(recorded, by), reachesBelow(rule), fits);
    return found === undefined || found === agent ? agent : `${found}, above ${agent}`;
  } catch {
    return `${agent}; who started it is not recorded`;
  }
}

/** What was done within a window, this action included. */
function sumThen({ accumulated }: Rule["condition"], recorded: RecordedDecision, { ledger }: ExplainedBy): string {
  const { account, effect, time } = recorded;
  if (accumulated === undefined || account === undefined) return NOT_RECORDED;
  const before = ledger.within(account, accumulated.windowMs, accumulated.halfLifeMs, time);
  const total: Record<string, number> = { ...effect };
  for (const [name, value] of Object.entries(before)) total[name] = (total[name] ?? 0) + value;
  return `${shownEffect({ ...ZERO_EFFECT, ...total })} of ${account}`;
}

function shownEffect(effect: Effect): string {
  return Object.entries(effect)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${Number(value.toFixed(3))}`)
    .concat(`magnitude ${magnitude(effect).toFixed(3)}`)
    .join(", ");
}

const NOT_RECORDED = "not recorded";

function hadOf(part: string, rule: Rule, recorded: RecordedDecision, by: ExplainedBy): string {
  const { request, effect, time } = recorded;
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
      return shownEffect(effect);
    case "accumulated":
      return sumThen(rule.condition, recorded, by);
    case "environments":
      return environmentThen(by) ?? NOT_RECORDED;
    case "time":
      return new Date(time).toISOString();
    case "subjects.agents":
      return agentThen(rule, recorded, by);
    case "subjects.kinds":
      return subject.kind;
    case "subjects.principals":
      return subject.kind === "principal" ? subject.id : "no principal";
    case "subjects.roles":
      return subject.kind === "principal" ? (subject.role ?? NOT_RECORDED) : "no principal";
    default:
      return NOT_RECORDED;
  }
}
