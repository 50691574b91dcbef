import type { ActionDeclaration, ActionRequest } from "../action/action.ts";
import type { Port } from "../feature/port.ts";
import type { Subject } from "../identity/subject.ts";
import type { JsonValue } from "../schema/json-value.ts";

/** Why a capability does not cover an action, in one sentence; undefined when it does. */
export type CapabilityRefusal = string | undefined;

/**
 * Tells whether a subject holds the rights that an action declares.
 *
 * *When called*: first of all, for every action. *Errors*: one that throws refuses. *Ordering*: synchronous; a revocation
 * holds from the next call on. *Rules*: an unknown process holds nothing; the kernel holds everything.
 */
export interface CapabilityCheck {
  check(request: ActionRequest, declaration: ActionDeclaration): CapabilityRefusal;
  /** Gives the rights of a subject in storable form, for an approved action that runs after its process is gone. */
  snapshot(subject: Subject): JsonValue;
  /** As `check`, against rights stored before. An unreadable snapshot refuses. */
  checkSnapshot(snapshot: JsonValue, request: ActionRequest, declaration: ActionDeclaration): CapabilityRefusal;
}

export const capabilityCheck: Port<CapabilityCheck, "one"> = { name: "CapabilityCheck", arity: "one" };
