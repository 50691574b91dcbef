/** Requests and declarations that the suites of gates, capabilities and approvals share. */
import type { ActionDeclaration, ActionRequest, Right, Role, Subject } from "@weftos/interface";

/** The kernel itself. */
export const KERNEL: Subject = { kind: "kernel", id: "0" };

/** Declares an action of no effect, for a suite. */
export function declare(init: {
  readonly name?: string;
  readonly rights?: readonly Right[];
  readonly role?: Role;
  readonly risk?: number;
}): ActionDeclaration {
  return {
    name: init.name ?? "contract.act",
    description: "An action of a contract suite",
    effect: { risk: init.risk ?? 0, fairness: 0, privacy: 0, novelty: 0, security: 0 },
    audit: "logged",
    rights: init.rights ?? [],
    role: init.role ?? "operator",
  };
}

/** Asks for an action. */
export function request(
  subject: Subject,
  action = "contract.act",
  attributes: ActionRequest["attributes"] = {},
): ActionRequest {
  return { action, subject, resource: "contract:1", attributes };
}

/** Freezes a value and all it holds, so that a change by the one who gets it throws. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}
