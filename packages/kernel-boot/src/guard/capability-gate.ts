/**
 * The capability check as a gate, for hosts that decide outside a kernel's guard, or compose gates of their own. Within the
 * guard the check comes before every gate anyway.
 */
import type { ActionDeclaration, CapabilityCheck, Effect, Gate } from "@weftos/interface";
import { denyByDefault } from "./deny-by-default.ts";

/**
 * Makes a gate that permits what the subject's rights cover, and denies everything else. It never defers, and nothing it
 * permits is kept: rights may be taken away at any time.
 */
export function capabilityGate(check: Pick<CapabilityCheck, "check">): Gate {
  return {
    name: "capability",
    version: 0,
    // Hosts in plain JavaScript may ask about an action that nobody declared.
    decide(request, declaration: ActionDeclaration | undefined) {
      if (declaration === undefined || declaration.name !== request.action)
        return denyByDefault("the action is not known here");
      if (!isWhole(declaration.effect)) return denyByDefault(`the effect of ${declaration.name} is malformed`);
      const refusal = check.check(request, declaration);
      if (refusal !== undefined) return { ...denyByDefault(refusal), by: "capability" };
      return {
        verdict: "permit",
        reason: "the subject holds the rights for it",
        rules: [],
        policy: "",
        warnings: [],
        cacheable: false,
      };
    },
  };
}

const dimensions = ["risk", "fairness", "privacy", "novelty", "security"] as const;

function isWhole(effect: Effect): boolean {
  const named = dimensions.every((dimension) => Object.hasOwn(effect, dimension));
  return named && Object.values(effect).every((value) => value >= 0 && value <= 1);
}
