/** Asks the gates of a kernel, with a cache for permits that do not change. Fails closed in every way there is. */
import type { ActionDeclaration, ActionRequest, Decision, Deny, Gate, Logger } from "@weftos/interface";
import { joinDecisions } from "./compose-decision.ts";
import { DecisionCache } from "./decision-cache.ts";

export type Decide = (request: ActionRequest, declaration: ActionDeclaration) => Decision;

/** Makes a deny that no rule spoke. */
export function denyByDefault(reason: string): Deny {
  return { verdict: "deny", by: "default", reason, rules: [], policy: "", suspend: false };
}

/** Makes the one decision function over all gates. */
export function decideBy(gates: readonly Gate[], logger: Logger, cache: DecisionCache = new DecisionCache()): Decide {
  const [only] = gates;
  if (only === undefined) return () => denyByDefault("no gate decides in this kernel, which denies");
  const versionOf = gates.length === 1 ? () => only.version : () => sumOfVersions(gates);
  return (request, declaration) => {
    // Versions only grow, so that equal sums mean equal versions.
    const version = versionOf();
    const known = cache.find(request.subject, request.action, version);
    if (known !== undefined) return known;
    let decision = askGate(only, request, declaration, logger);
    for (let i = 1; i < gates.length; i++) {
      decision = joinDecisions(decision, askGate(gates[i] as Gate, request, declaration, logger));
    }
    if (decision.verdict === "permit" && decision.cacheable && versionOf() === version) {
      cache.remember(request.subject, request.action, decision);
    }
    return decision;
  };
}

function sumOfVersions(gates: readonly Gate[]): number {
  let sum = 0;
  for (const gate of gates) sum += gate.version;
  return sum;
}

function askGate(gate: Gate, request: ActionRequest, declaration: ActionDeclaration, logger: Logger): Decision {
  try {
    const decision = gate.decide(request, declaration);
    const { verdict } = decision;
    if (verdict === "permit" || verdict === "defer" || verdict === "deny") return decision;
    logger.error("a gate gave no verdict", { gate: gate.name, action: request.action });
    return denyByDefault(`the gate ${gate.name} gave no verdict, which denies`);
  } catch (error) {
    logger.error("a gate failed", {
      gate: gate.name,
      action: request.action,
      error: error instanceof Error ? error.message : String(error),
    });
    return denyByDefault(`the gate ${gate.name} failed, which denies`);
  }
}
