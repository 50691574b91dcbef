/**
 * A policy is a set of rules with a digest. The order of rules has no meaning, neither for decisions nor for the digest.
 */
import { type CborValue, encodeCanonical, shake256, toHex } from "@weftos/crypto";
import type { JsonValue } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { PolicyInvalidError } from "./policy-errors.ts";
import { MAX_DIMENSIONS, MAX_RULES, policyFileSchema, type Rule, type RuleInput } from "./rule-schema.ts";

/** Rules that decide, checked. */
export interface Policy {
  /** Sorted by id. */
  readonly rules: readonly Rule[];
  /** Dimensions beside the five, sorted. */
  readonly dimensions: readonly string[];
  /** SHAKE-256/256 of the canonical policy, lower-case hex. */
  readonly digest: string;
}

/**
 * Makes a policy of rules written in code.
 *
 * @param rules - at most 10 000, with ids that differ
 * @param options - `dimensions`: names of effect dimensions beside the five; `source`: a name for messages
 * @throws `GOVERNANCE_POLICY_INVALID` naming the rule
 */
export function makePolicy(
  rules: readonly RuleInput[],
  options: { readonly dimensions?: readonly string[]; readonly source?: string } = {},
): Policy {
  const source = options.source ?? "the rules";
  const input = { dimensions: options.dimensions ?? [], rules };
  const checked = safeParse(policyFileSchema, input, source);
  if (checked.ok) return policyOf(checked.value.rules, checked.value.dimensions);
  const issue = checked.problem.issues[0];
  const rule = ruleAt(input, issue?.path ?? []);
  const prefix = rule === undefined ? "" : `rule ${rule}: `;
  throw new PolicyInvalidError(`${prefix}${checked.problem.message}`, {
    details: { file: source, line: 0, column: 0, rule, key: (issue?.path ?? []).join(".") },
    cause: checked.problem.cause,
  });
}

/** A policy with where it stands, for messages. */
export interface PlacedPolicy {
  readonly policy: Policy;
  /** Such as `policies/money.toml`, or `the law of this chain`. */
  readonly source: string;
  /** Line of a rule in it, from 1; undefined where it has no lines. */
  lineOf(rule: string): number | undefined;
}

/** Places a policy that has no lines. */
export function placed(policy: Policy, source: string): PlacedPolicy {
  return { policy, source, lineOf: () => undefined };
}

/**
 * Joins checked policies; rules of all hold. Only what they may break together is looked at again.
 *
 * @throws `GOVERNANCE_POLICY_INVALID` when rules of two share an id, naming both places, or all together are too many
 */
export function joinPolicies(policies: readonly PlacedPolicy[]): Policy {
  const filled = policies.filter(({ policy }) => policy.rules.length + policy.dimensions.length > 0);
  if (filled.length === 1 && filled[0] !== undefined) return filled[0].policy;
  const owners = new Map<string, { readonly owner: PlacedPolicy; readonly id: string }>();
  for (const owner of filled) {
    for (const { id } of owner.policy.rules) {
      // Decisions cite rules by their ids, to people: capital and small letters make no difference to them.
      const read = id.toLowerCase();
      const other = owners.get(read);
      if (other !== undefined && other.owner !== owner) throw clash(id, owner, other);
      owners.set(read, { owner, id });
    }
  }
  const rules = filled.flatMap(({ policy }) => policy.rules);
  const dimensions = [...new Set(filled.flatMap(({ policy }) => policy.dimensions))];
  if (rules.length > MAX_RULES) throw tooMany("rules", MAX_RULES, rules.length);
  if (dimensions.length > MAX_DIMENSIONS) throw tooMany("dimensions", MAX_DIMENSIONS, dimensions.length);
  return policyOf(rules, dimensions);
}

function clash(
  rule: string,
  owner: PlacedPolicy,
  other: { readonly owner: PlacedPolicy; readonly id: string },
): PolicyInvalidError {
  const { source } = owner;
  const line = owner.lineOf(rule);
  const otherLine = other.owner.lineOf(other.id);
  const there = `${other.id} of ${other.owner.source}${otherLine === undefined ? "" : `:${otherLine}`}`;
  return new PolicyInvalidError(
    `${source}${line === undefined ? "" : `:${line}`}: rule ${rule}: expected an id that no other rule has, got that of ${there}`,
    { details: { file: source, line: line ?? 0, column: 0, rule, key: "id" } },
  );
}

function tooMany(key: "rules" | "dimensions", most: number, got: number): PolicyInvalidError {
  return new PolicyInvalidError(`expected at most ${most} ${key} in all policies together, got ${got}`, {
    details: { file: "the policies", line: 0, column: 0, rule: undefined, key },
  });
}

/** Makes a policy of what was checked already. */
export function policyOf(rules: readonly Rule[], dimensions: readonly string[]): Policy {
  const sorted = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
  const names = [...new Set(dimensions)].sort();
  return { rules: sorted, dimensions: names, digest: digestOf({ version: 1, dimensions: names, rules: sorted }) };
}

// A boot asks for the digest of each rule of the law several times over. Rules are never changed once they are checked.
const ruleDigests = new WeakMap<Rule, string>();

/** Gives the digest of one rule, lower-case hex. */
export function ruleDigest(rule: Rule): string {
  const known = ruleDigests.get(rule);
  if (known !== undefined) return known;
  const digest = digestOf(rule);
  ruleDigests.set(rule, digest);
  return digest;
}

function digestOf(value: unknown): string {
  return toHex(shake256(encodeCanonical(canonicalOf(jsonOf(value)))));
}

/** Names the rule a path leads into: its id, else its number from 1. */
export function ruleAt(root: unknown, path: readonly (string | number)[]): string | undefined {
  const [first, index] = path;
  if (first !== "rules" || typeof index !== "number") return undefined;
  const named = safeParse(z.looseObject({ rules: z.array(z.unknown()) }), root, "");
  const rule = safeParse(z.looseObject({ id: z.string() }), named.ok ? named.value.rules[index] : undefined, "");
  return rule.ok ? rule.value.id.slice(0, 64) : `number ${index + 1}`;
}

/**
 * Gives a value of JSON the form that has canonical bytes: a number that is no safe integer becomes the bytes of its
 * decimal text, which no other value of JSON turns into.
 */
export function canonicalOf(value: JsonValue): CborValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : new TextEncoder().encode(String(value));
  if (typeof value !== "object" || value === null) return value;
  if (isArray(value)) return value.map(canonicalOf);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canonicalOf(inner)]));
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Drops what is undefined; a checked rule holds nothing else that JSON cannot say. */
function jsonOf(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value));
}
