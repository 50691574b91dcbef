/**
 * Compares two policies, and tells which differences loosen. The test errs on the strict side: a change that it cannot see to
 * be as strict as before counts as loosening.
 */
import type { Policy } from "./policy.ts";
import { ruleDigest } from "./policy.ts";
import type { Rule } from "./rule-schema.ts";

/** What differs between two policies. */
export interface PolicyDiff {
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  readonly changed: readonly { readonly before: Rule; readonly after: Rule }[];
}

/** A difference that may permit what was not permitted. */
export interface Loosening {
  readonly rule: string;
  readonly why: string;
}

/** Lists what differs. */
export function diffPolicies(before: Pick<Policy, "rules">, after: Pick<Policy, "rules">): PolicyDiff {
  const old = new Map(before.rules.map((rule) => [rule.id, rule]));
  const fresh = new Set(after.rules.map((rule) => rule.id));
  return {
    added: after.rules.filter((rule) => !old.has(rule.id)),
    removed: before.rules.filter((rule) => !fresh.has(rule.id)),
    changed: after.rules.flatMap((rule) => {
      const was = old.get(rule.id);
      return was === undefined || was === rule || ruleDigest(was) === ruleDigest(rule)
        ? []
        : [{ before: was, after: rule }];
    }),
  };
}

/** Lists the differences that loosen: each but a rule more that restricts, or a stricter form of one that there is. */
export function loosenings({ added, removed, changed }: PolicyDiff): readonly Loosening[] {
  return [
    ...added
      .filter((rule) => rule.active && lifts(rule))
      .map(({ id }) => ({ rule: id, why: "it permits beyond the threshold" })),
    ...removed
      .filter((rule) => rule.active && restricts(rule))
      .map(({ id }) => ({ rule: id, why: "it restricts, and is removed" })),
    ...changed.flatMap(({ before, after }) => {
      const why = whyLooser(before, after);
      return why === undefined ? [] : [{ rule: after.id, why }];
    }),
  ];
}

const strictness = { permit: 0, warn: 1, defer: 2, deny: 3 } as const;
const ranks = { viewer: 0, operator: 1, approver: 2, admin: 3 } as const;

/** A permit of an advisory rule is only recorded. */
function lifts(rule: Rule): boolean {
  return rule.outcome.kind === "permit" && rule.severity !== "advisory";
}

function restricts(rule: Rule): boolean {
  return rule.outcome.kind === "defer" || rule.outcome.kind === "deny" || rule.outcome.kind === "warn";
}

function whyLooser(before: Rule, after: Rule): string | undefined {
  if (restricts(before) && before.active && !after.active) return "it restricts, and is switched off";
  if (!after.active) return undefined;
  if (strictness[after.outcome.kind] < strictness[before.outcome.kind] && before.active)
    return `its outcome falls from ${before.outcome.kind} to ${after.outcome.kind}`;
  if (before.active && before.severity === "critical" && after.severity !== "critical")
    return "it is critical no more, and suspends nobody";
  if (before.active && restricts(before) && after.branch !== before.branch)
    return "it restricts, and moves to a branch that an environment may leave out";
  if (lifts(after)) {
    if (!before.active || !lifts(before)) return "it permits beyond the threshold";
    if (after.branch !== before.branch)
      return "it permits, and moves to a branch that an environment may ask where it asks not its own";
    return same(before.condition, after.condition) ? undefined : "it permits, under another condition";
  }
  if (before.active && restricts(before) && !asWide(before.condition, after.condition))
    return "it restricts, under a narrower or another condition";
  return before.active ? whyEasier(before, after) : undefined;
}

/** Whether a question became easier to answer. */
function whyEasier({ outcome: a }: Rule, { outcome: b }: Rule): string | undefined {
  if (a.kind !== "defer" || b.kind !== "defer") return undefined;
  if (ranks[b.to] < ranks[a.to]) return `a lesser role may answer: ${b.to}`;
  if (b.quorum < a.quorum) return `fewer must agree: ${b.quorum}`;
  if (b.expiresMs > a.expiresMs) return "it stands longer";
  if (a.approvers === undefined) return undefined;
  const may = new Set(a.approvers);
  return b.approvers?.every((name) => may.has(name)) === true ? undefined : "others may answer";
}

/** Whether all that matched a condition matches the other: it has the same parts, or fewer of them. */
function asWide(before: Rule["condition"], after: Rule["condition"]): boolean {
  const old: Readonly<Record<string, unknown>> = before;
  return Object.entries(after).every(([part, wanted]) => {
    if (wanted === undefined || same(old[part], wanted)) return true;
    // Several limits or patterns are alternatives: more of them match more. Attributes must all hold: fewer match more.
    if (part === "attributes") return isSubset(wanted, old[part]);
    return Array.isArray(wanted) && Array.isArray(old[part]) && old[part].every((one) => wanted.includes(one));
  });
}

function isSubset(few: unknown, many: unknown): boolean {
  if (typeof few !== "object" || few === null || typeof many !== "object" || many === null) return false;
  const all: Readonly<Record<string, unknown>> = { ...many };
  return Object.entries(few).every(([name, value]) => same(all[name], value));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
