/** Tells what differs between two laws, rule by rule, for the eye. */
import type { Policy } from "../policy/policy.ts";
import { diffPolicies, type Loosening, loosenings } from "../policy/policy-diff.ts";
import type { Rule } from "../policy/rule-schema.ts";

/** A part of a rule that differs, as JSON text; absent where a side has none. */
export interface ChangedPart {
  readonly part: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What differs between two laws. */
export interface LawDiff {
  readonly from: string;
  readonly to: string;
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  readonly changed: readonly { readonly id: string; readonly parts: readonly ChangedPart[] }[];
  readonly loosens: readonly Loosening[];
}

/** Compares two laws. */
export function diffDetail(before: Policy, after: Policy): LawDiff {
  const diff = diffPolicies(before, after);
  return {
    from: before.digest,
    to: after.digest,
    added: diff.added,
    removed: diff.removed,
    changed: diff.changed.map((pair) => ({ id: pair.after.id, parts: partsOf(pair.before, pair.after) })),
    loosens: loosenings(diff),
  };
}

function partsOf(before: Rule, after: Rule): readonly ChangedPart[] {
  const old: Readonly<Record<string, unknown>> = before;
  const fresh: Readonly<Record<string, unknown>> = after;
  return [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
    .map((part) => ({ part, before: JSON.stringify(old[part]), after: JSON.stringify(fresh[part]) }))
    .filter((one) => one.before !== one.after);
}
