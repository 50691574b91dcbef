/**
 * An amendment: a new version of the law of a chain. It cites the genesis and the policy before it, so that versions form one
 * line, and says by whom it was signed.
 */
import { encodeCanonical, shake256, toHex } from "@weftos/crypto";
import type { JsonObject } from "@weftos/interface";
import { z } from "@weftos/schema";
import { canonicalOf, type Policy, policyOf } from "../policy/policy.ts";
import { dimensionsSchema, type Rule, rulesSchema } from "../policy/rule-schema.ts";

/** The most bytes of an amendment as JSON text, so that it fits into one event of the chain. */
export const MAX_AMENDMENT_BYTES = 131_072;

/** What an amendment says. */
export const amendmentSchema = z.lazy(() =>
  z.strictObject({
    /** Counts from 1. */
    number: z.int().check(z.minimum(1)),
    /** Hash of the event with which the chain began, so that no signature holds on another chain of the same release. */
    chain: z.string(),
    /** Digest of the genesis rules. */
    genesis: z.string(),
    /** Digest of the law before it. */
    predecessor: z.string(),
    reason: z.string().check(z.minLength(1), z.maxLength(2000)),
    dimensions: dimensionsSchema,
    /** Rules that are new, or take the place of one with the same id. */
    set: rulesSchema,
    /** Ids of rules that end. */
    drop: z.array(z.string()).check(z.maxLength(1000)),
  }),
);

export type Amendment = z.output<typeof amendmentSchema>;

/** Makes the amendment that leads from one law to another. */
export function amendmentOf(init: {
  readonly number: number;
  readonly chain: string;
  readonly genesis: string;
  readonly before: Policy;
  readonly after: Pick<Policy, "rules" | "dimensions">;
  readonly reason: string;
}): Amendment {
  const { number, chain, genesis, before, after, reason } = init;
  const old = new Map(before.rules.map((rule) => [rule.id, textOf(rule)]));
  const kept = new Set(after.rules.map((rule) => rule.id));
  return {
    number,
    chain,
    genesis,
    predecessor: before.digest,
    reason,
    dimensions: [...after.dimensions],
    set: after.rules.filter((rule) => old.get(rule.id) !== textOf(rule)),
    drop: before.rules.filter((rule) => !kept.has(rule.id)).map((rule) => rule.id),
  };
}

/** Gives the law after an amendment. */
export function amended(before: Policy, { dimensions, set, drop }: Amendment): Policy {
  const gone = new Set([...drop, ...set.map((rule) => rule.id)]);
  const rules = [...before.rules.filter((rule) => !gone.has(rule.id)), ...set];
  return policyOf(rules, [...new Set([...before.dimensions, ...dimensions])]);
}

/** Gives the digest that legislators sign: SHAKE-256/256 of the canonical amendment, lower-case hex. */
export function amendmentDigest(amendment: Amendment): string {
  return toHex(shake256(encodeCanonical(canonicalOf({ version: 1, amendment: plain(amendment) }))));
}

/** Gives the text that the chain keeps. */
export function amendmentText(amendment: Amendment): string {
  return JSON.stringify(amendment);
}

function plain(amendment: Amendment): JsonObject {
  return JSON.parse(amendmentText(amendment));
}

function textOf(rule: Rule): string {
  return toHex(shake256(encodeCanonical(canonicalOf(JSON.parse(JSON.stringify(rule))))));
}
