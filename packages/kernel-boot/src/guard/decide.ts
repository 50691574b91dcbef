/** Asks the gates of a kernel, with a cache for permits that do not change. Fails closed in every way there is. */
import type { ActionDeclaration, ActionRequest, Decision, Gate, Logger } from "@weftos/interface";
import { compositeGate } from "./composite-gate.ts";
import { DecisionCache } from "./decision-cache.ts";

export type Decide = (request: ActionRequest, declaration: ActionDeclaration) => Decision;

/** Makes the one decision function over all gates. */
export function decideBy(gates: readonly Gate[], logger: Logger, cache: DecisionCache = new DecisionCache()): Decide {
  const [only] = gates;
  const gate = compositeGate(gates, logger);
  // Reading the version of the one gate there usually is costs less than a sum.
  const versionOf = gates.length === 1 && only !== undefined ? () => only.version : () => gate.version;
  return (request, declaration) => {
    const version = versionOf();
    const known = cache.find(request.subject, request.action, version);
    if (known !== undefined) return known;
    const decision = gate.decide(request, declaration);
    if (decision.verdict === "permit" && decision.cacheable && versionOf() === version) {
      cache.remember(request.subject, request.action, decision);
    }
    return decision;
  };
}
