/** Makes one gate of several: deny beats defer beats permit, and of equal verdicts the strictest terms hold. */
import type { ActionDeclaration, ActionRequest, Decision, Gate, Logger } from "@weftos/interface";
import { joinDecisions } from "./compose-decision.ts";
import { denyByDefault } from "./deny-by-default.ts";

/**
 * Makes one gate of several. Every one is asked about every request; one that throws, or gives no verdict, denies. None at
 * all deny too.
 *
 * @param logger - where a gate that failed is told
 * @example
 * ```ts no-run
 * const gate = compositeGate([capabilityGate(check), budgetGate], logger);
 * ```
 */
export function compositeGate(gates: readonly Gate[], logger: Pick<Logger, "error">): Gate {
  return {
    name: gates.map((gate) => gate.name).join(" and ") || "none",
    // Versions only grow, so that equal sums mean equal versions.
    get version() {
      let sum = 0;
      for (const gate of gates) sum += gate.version;
      return sum;
    },
    decide(request, declaration) {
      const [first] = gates;
      if (first === undefined) return denyByDefault("no gate decides in this kernel, which denies");
      let decision = askGate(first, request, declaration, logger);
      for (let i = 1; i < gates.length; i++) {
        decision = joinDecisions(decision, askGate(gates[i] as Gate, request, declaration, logger));
      }
      return decision;
    },
    admitted(request, declaration) {
      return tellAdmitted(gates, request, declaration);
    },
  };
}

/** Tells every gate that a request was admitted. @returns what takes it back from each of them */
export function tellAdmitted(
  gates: Iterable<Gate>,
  request: ActionRequest,
  declaration: ActionDeclaration,
): (() => void) | undefined {
  const undo: (() => void)[] = [];
  for (const gate of gates) {
    const one = gate.admitted?.(request, declaration);
    if (one !== undefined) undo.push(one);
  }
  if (undo.length === 0) return undefined;
  return () => {
    for (const one of undo) one();
  };
}

function askGate(
  gate: Gate,
  request: ActionRequest,
  declaration: ActionDeclaration,
  logger: Pick<Logger, "error">,
): Decision {
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
