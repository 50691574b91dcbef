/** Makes the amendment that a candidate policy asks for, or says why there can be none. */
import { safeParse } from "@weftos/schema";
import { type Policy, policyOf } from "../policy/policy.ts";
import {
  type Amendment,
  amendmentDigest,
  amendmentOf,
  amendmentSchema,
  amendmentText,
  MAX_AMENDMENT_BYTES,
} from "./amendment.ts";
import { amendmentState, lawNotFound } from "./law-errors.ts";

/** What an amendment is made of. */
export interface DraftInit {
  /** Its number. */
  readonly number: number;
  /** Hash of the event with which the chain began. */
  readonly chain: string;
  /** Digest of the genesis rules. */
  readonly genesis: string;
  readonly before: Policy;
  /** Its rules take the place of those with the same id, or are new. */
  readonly candidate: Pick<Policy, "rules" | "dimensions">;
  /** Ids of rules that end. */
  readonly drop: readonly string[];
  readonly reason: string;
}

/**
 * Makes it. Rules that the candidate does not name stay, unless `drop` names them.
 *
 * @throws `GOVERNANCE_LAW_NOT_FOUND` for a dropped rule that is none; `GOVERNANCE_AMENDMENT_STATE` when nothing would change, an id differs from another by case alone, or
 *   the amendment would be too large
 */
export function draftAmendment(init: DraftInit): { readonly id: string; readonly amendment: Amendment } {
  const { before, candidate, drop, number, chain, genesis, reason } = init;
  const unknown = drop.find((id) => !before.rules.some((rule) => rule.id === id));
  if (unknown !== undefined) throw lawNotFound(unknown);
  for (const { id } of candidate.rules) {
    const other = before.rules.find((rule) => rule.id !== id && rule.id.toLowerCase() === id.toLowerCase());
    if (other !== undefined && !drop.includes(other.id))
      throw amendmentState(id, `it differs from the rule ${other.id} by case alone`);
  }
  const gone = new Set([...drop, ...candidate.rules.map((rule) => rule.id)]);
  const after = policyOf(
    [...before.rules.filter(({ id }) => !gone.has(id)), ...candidate.rules],
    [...new Set([...before.dimensions, ...candidate.dimensions])],
  );
  const amendment = amendmentOf({ number, chain, genesis, before, after, reason });
  const id = amendmentDigest(amendment);
  if (amendment.set.length + amendment.drop.length === 0) throw amendmentState(id, "it changes nothing");
  const text = amendmentText(amendment);
  const legal = safeParse(amendmentSchema, JSON.parse(text), "the amendment");
  if (!legal.ok) throw amendmentState(id, legal.problem.message);
  if (text.length > MAX_AMENDMENT_BYTES) throw amendmentState(id, "it is larger than 128 KiB");
  return { id, amendment };
}
