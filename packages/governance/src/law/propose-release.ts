/** The defaults of a newer release arrive as a proposal, as far as they add or tighten; the rest is told by `diff`. */
import { isWeftError } from "@weftos/interface";
import type { Policy } from "../policy/policy.ts";
import { diffPolicies, loosenings } from "../policy/policy-diff.ts";
import type { Legislature } from "./legislature.ts";

/** Proposes them, once. @param seed - the genesis rules of this release */
export async function proposeRelease(legislature: Legislature, seed: Policy): Promise<void> {
  const wanted = seed.rules.filter((rule) => {
    const before = { rules: legislature.law.rules.filter(({ id }) => id === rule.id) };
    const diff = diffPolicies(before, { rules: [rule] });
    return diff.added.length + diff.changed.length > 0 && (legislature.amendable || loosenings(diff).length === 0);
  });
  try {
    await legislature.propose(
      { rules: wanted, dimensions: [] },
      { by: "kernel", reason: `defaults of a newer release (${seed.digest.slice(0, 16)})`, drop: [] },
    );
  } catch (error) {
    if (!isWeftError(error, "GOVERNANCE_AMENDMENT_STATE")) throw error; // all of it is law already
  }
}
