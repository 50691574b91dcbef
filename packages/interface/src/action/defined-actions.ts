import type { Port } from "../feature/port.ts";
import type { DefinedAction } from "./define-action.ts";

/**
 * Finds defined actions by name, so that one that was deferred can run after its requester is gone.
 *
 * *When called*: when an approval was granted and nobody waits. *Errors*: none; an unknown name is undefined.
 */
export interface DefinedActions {
  find(name: string): DefinedAction<never, unknown> | undefined;
}

export const definedActions: Port<DefinedActions, "many"> = { name: "DefinedActions", arity: "many" };
