/**
 * Turns the conditions of a rule into predicates, once. What only depends on action, effect and environment is separate:
 * it is answered once for each action, and the rest once for each request.
 *
 * A part that cannot be judged makes the rule fail only where all its other parts hold, so that the order in which parts
 * are asked, and an index that skips some of them, never change what is decided.
 */
import type { ActionDeclaration, ActionRequest, AttributeValue, Effect } from "@weftos/interface";
import { compileGlob } from "@weftos/schema";
import { exceededLimits } from "../effect/effect-vector.ts";
import type { AttributeComparison, Rule, RuleCondition } from "../policy/rule-schema.ts";
import { compileTextGlob } from "../policy/text-glob.ts";
import { nameInLine, reachesBelow } from "./agent-line.ts";
import { citationOf, type MatchingRule } from "./conclude.ts";
import type { CapabilityFlag, Facts } from "./facts.ts";

/** A rule ready to be asked. */
export interface CompiledRule extends MatchingRule {
  /** Whether the rule can match this action with this effect at all. */
  concerns(declaration: ActionDeclaration): boolean;
  /** Whether it speaks of this subject, parts that must all hold; empty when it speaks of all. */
  readonly subject: readonly RuleTest[];
  /** Whether the request fits; empty when nothing of it is read. */
  readonly request: readonly RuleTest[];
  /** Parts that hold for few values only: a rule cannot match unless the place has one of them. */
  readonly keys: readonly RuleKey[];
}

/** One part of a condition. Throws when it cannot be judged. */
export type RuleTest = (request: ActionRequest, facts: Facts, effect: Effect) => boolean;

/** A part of a condition that is an equality. */
export interface RuleKey {
  readonly place: KeyPlace;
  readonly values: readonly AttributeValue[];
}

/** What an equality reads: `attribute:<name>`, the resource, or the names of the agent and those above it. */
export type KeyPlace = `attribute:${string}` | "resource" | "agent";

/** Compiles a rule; undefined when it can never match here: inactive, of another environment, or of a branch not in force. */
export function compileRule(
  rule: Rule,
  environment: { readonly name: string; readonly activeBranches: readonly Rule["branch"][] },
): CompiledRule | undefined {
  const { condition } = rule;
  if (!rule.active || !environment.activeBranches.includes(rule.branch)) return undefined;
  if (condition.environments !== undefined && !condition.environments.includes(environment.name)) return undefined;
  const actions = condition.actions?.map(compileGlob);
  const limits = condition.effect?.over;
  return {
    rule,
    matched: citationOf(rule),
    concerns: ({ name, effect, accumulates }) =>
      (actions === undefined || actions.some((glob) => glob.matches(name))) &&
      (limits === undefined || exceededLimits(effect, limits).length > 0) &&
      (condition.accumulated === undefined || accumulates === true),
    subject: subjectTests(rule),
    request: requestTests(condition),
    keys: keysOf(condition),
  };
}

/** Tells whether all parts hold: `failed` when one cannot be judged and no other is false. */
export function holds(
  tests: readonly RuleTest[],
  request: ActionRequest,
  facts: Facts,
  effect: Effect,
): boolean | "failed" {
  let failed = false;
  for (const test of tests) {
    try {
      if (!test(request, facts, effect)) return false;
    } catch {
      failed = true;
    }
  }
  return failed ? "failed" : true;
}

function keysOf({ attributes, resources, subjects }: RuleCondition): readonly RuleKey[] {
  const keys: RuleKey[] = [];
  for (const [name, wanted] of Object.entries(attributes ?? {})) {
    const values = equalTo(wanted);
    if (values !== undefined) keys.push({ place: `attribute:${name}`, values });
  }
  if (resources?.every(isExact)) keys.push({ place: "resource", values: resources });
  if (subjects?.agents?.every(isExact)) keys.push({ place: "agent", values: subjects.agents });
  return keys;
}

function isExact(pattern: string): boolean {
  return !pattern.includes("*");
}

function equalTo(wanted: Wanted): readonly AttributeValue[] | undefined {
  if (Array.isArray(wanted)) return wanted;
  if (typeof wanted !== "object") return [wanted];
  return wanted.is === undefined ? wanted.in : [wanted.is];
}

function subjectTests(rule: Rule): readonly RuleTest[] {
  const tests: RuleTest[] = [];
  const { kinds, agents, principals } = rule.condition.subjects ?? {};
  if (kinds !== undefined) tests.push(({ subject }) => kinds.includes(subject.kind));
  if (agents !== undefined) {
    const names = agents.map(compileTextGlob);
    const fits = (name: string): boolean => names.some((matches) => matches(name));
    const below = reachesBelow(rule);
    tests.push(({ subject }, facts) => nameInLine(subject, facts, below, fits) !== undefined);
  }
  if (principals !== undefined) {
    const ids = principals.map(compileTextGlob);
    tests.push(({ subject }) => subject.kind === "principal" && ids.some((matches) => matches(subject.id)));
  }
  return tests;
}

const flags = {
  spawn: "canSpawn",
  ipc: "canIpc",
  tool: "canExecTools",
  network: "canNetwork",
} as const satisfies Record<string, CapabilityFlag>;

function requestTests(condition: RuleCondition): readonly RuleTest[] {
  const tests: RuleTest[] = [];
  const { resources, attributes, accumulated, time } = condition;
  const capabilities = condition.subjects?.capabilities;
  // Rights may be taken away at any time, so they are asked with each request and never cached.
  if (capabilities !== undefined) {
    tests.push(({ subject }, facts) => {
      if (subject.kind !== "process") return false;
      const held = required(facts.process(subject.id), "the process").capabilities;
      return capabilities.every((name) => held[flags[name]]);
    });
  }
  // Decisions are cached by the subject's kind and id alone, so its role is asked with each request too.
  const roles = condition.subjects?.roles;
  if (roles !== undefined) {
    tests.push(({ subject }) => {
      if (subject.kind !== "principal") return false;
      return roles.includes(required(subject.role, "the principal's role"));
    });
  }
  if (resources !== undefined) {
    const patterns = resources.map(compileTextGlob);
    tests.push((request) => patterns.some((matches) => matches(request.resource)));
  }
  for (const [name, wanted] of Object.entries(attributes ?? {})) {
    const test = attributeTest(wanted);
    tests.push((request) => test(attributeOf(request, name)));
  }
  if (accumulated !== undefined) {
    const { over, windowMs, halfLifeMs } = accumulated;
    tests.push(({ subject }, facts, effect) => {
      const account = facts.account(subject);
      if (account === undefined) return false;
      const done = facts.accumulated(account, windowMs, halfLifeMs);
      const total: Record<string, number> = { ...effect };
      for (const [dimension, value] of Object.entries(done)) total[dimension] = (total[dimension] ?? 0) + value;
      return exceededLimits({ ...effect, ...total }, over).length > 0;
    });
  }
  if (time !== undefined) tests.push((_request, facts) => withinWindow(time, facts.now()));
  return tests;
}

/** Reads an attribute; undefined when the request has none of this name itself. */
export function attributeOf({ attributes }: ActionRequest, name: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function required<T>(fact: T | undefined, what: string): T {
  if (fact === undefined) throw new Error(`${what} is not known`);
  return fact;
}

type Wanted = NonNullable<RuleCondition["attributes"]>[string];

function attributeTest(wanted: Wanted): (value: AttributeValue | undefined) => boolean {
  if (Array.isArray(wanted)) return (value) => wanted.some((one) => one === value);
  if (typeof wanted === "object") return comparisonTest(wanted);
  return (value) => value === wanted;
}

function comparisonTest(parts: AttributeComparison): (value: AttributeValue | undefined) => boolean {
  const matches = parts.matches === undefined ? undefined : compileTextGlob(parts.matches);
  const bound = (
    value: unknown,
    limit: number | undefined,
    holds: (value: number, limit: number) => boolean,
  ): boolean => limit === undefined || (typeof value === "number" && holds(value, limit));
  return (value) =>
    (parts.present === undefined || parts.present === (value !== undefined)) &&
    (parts.is === undefined || value === parts.is) &&
    (parts.not === undefined || value !== parts.not) &&
    (parts.in === undefined || parts.in.some((one) => one === value)) &&
    bound(value, parts.over, (a, b) => a > b) &&
    bound(value, parts.under, (a, b) => a < b) &&
    bound(value, parts.atLeast, (a, b) => a >= b) &&
    bound(value, parts.atMost, (a, b) => a <= b) &&
    (matches === undefined || (typeof value === "string" && matches(value)));
}

const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const DAY_MINUTES = 1440;

/** A window over midnight belongs to the day on which it began. */
function withinWindow(window: NonNullable<RuleCondition["time"]>, now: number): boolean {
  const at = new Date(now);
  const minute = at.getUTCHours() * 60 + at.getUTCMinutes();
  const today = at.getUTCDay();
  const on = (day: number): boolean =>
    window.days === undefined || window.days.includes(weekdays[(day + 7) % 7] ?? "sun");
  if (window.from === undefined || window.to === undefined) return on(today);
  const from = minuteOf(window.from);
  const to = minuteOf(window.to);
  if (from < to) return on(today) && minute >= from && minute < to;
  return (on(today) && minute >= from && minute < DAY_MINUTES) || (on(today - 1) && minute < to);
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
