/**
 * Turns the conditions of a rule into predicates, once. What only depends on action, effect and environment is separate:
 * it is answered once for each action, and the rest once for each request.
 */
import type { ActionRequest, AttributeValue, Effect, MatchedRule, Subject } from "@weftos/interface";
import { compileGlob } from "@weftos/schema";
import { exceededLimits } from "../effect/effect-vector.ts";
import type { AttributeComparison, Rule, RuleCondition } from "../policy/rule-schema.ts";
import { compileTextGlob } from "../policy/text-glob.ts";
import type { CapabilityFlag, Facts } from "./facts.ts";

/** A rule ready to be asked. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly matched: MatchedRule;
  /** Whether the rule can match this action with this effect at all. */
  concerns(action: string, effect: Effect): boolean;
  /** Whether it speaks of this subject; undefined when it speaks of all. */
  readonly subject: ((subject: Subject, facts: Facts) => boolean) | undefined;
  /** Whether the request fits; undefined when nothing of it is read. */
  readonly request: ((request: ActionRequest, facts: Facts) => boolean) | undefined;
}

type SubjectTest = (subject: Subject, facts: Facts) => boolean;
type RequestTest = (request: ActionRequest, facts: Facts) => boolean;

/** Compiles a rule; undefined when it can never match here: inactive, or of another environment. */
export function compileRule(rule: Rule, environment: string): CompiledRule | undefined {
  const { condition } = rule;
  if (!rule.active) return undefined;
  if (condition.environments !== undefined && !condition.environments.includes(environment)) return undefined;
  const actions = condition.actions?.map(compileGlob);
  const limits = condition.effect?.over;
  return {
    rule,
    matched: Object.freeze({ id: rule.id, branch: rule.branch, outcome: rule.outcome.kind, severity: rule.severity }),
    concerns: (action, effect) =>
      (actions === undefined || actions.some((glob) => glob.matches(action))) &&
      (limits === undefined || exceededLimits(effect, limits).length > 0),
    subject: all(subjectTests(condition)),
    request: all(requestTests(condition)),
  };
}

function all<Arguments extends readonly unknown[]>(
  tests: readonly ((...values: Arguments) => boolean)[],
): ((...values: Arguments) => boolean) | undefined {
  if (tests.length <= 1) return tests[0];
  return (...values) => tests.every((test) => test(...values));
}

function subjectTests({ subjects }: RuleCondition): SubjectTest[] {
  const tests: SubjectTest[] = [];
  const { kinds, agents, principals } = subjects ?? {};
  if (kinds !== undefined) tests.push((subject) => kinds.includes(subject.kind));
  if (agents !== undefined) {
    const names = agents.map(compileTextGlob);
    tests.push((subject, facts) => {
      if (subject.kind !== "process") return false;
      const { name } = required(facts.process(subject.id), "the process");
      return names.some((matches) => matches(name));
    });
  }
  if (principals !== undefined) {
    const ids = principals.map(compileTextGlob);
    tests.push((subject) => subject.kind === "principal" && ids.some((matches) => matches(subject.id)));
  }
  return tests;
}

const flags = {
  spawn: "canSpawn",
  ipc: "canIpc",
  tool: "canExecTools",
  network: "canNetwork",
} as const satisfies Record<string, CapabilityFlag>;

function requestTests(condition: RuleCondition): RequestTest[] {
  const tests: RequestTest[] = [];
  const { resources, attributes, time } = condition;
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
    tests.push((request) => test(Object.hasOwn(request.attributes, name) ? request.attributes[name] : undefined));
  }
  if (time !== undefined) tests.push((_request, facts) => withinWindow(time, facts.now()));
  return tests;
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
