import type { ActionDeclaration, ActionRequest } from "../action/action.ts";
import type { Port } from "../feature/port.ts";
import type { Decision } from "./decision.ts";

/**
 * Decides whether an action may run. Several gates are asked in turn; deny beats defer beats permit.
 *
 * *When called*: after the capability check, before anything is recorded; on every request that no cached permit covers.
 * *Errors*: a gate that throws denies. *Ordering*: synchronous, so no state can change between decision and record.
 * *Rules*: pure in its inputs, its version and what it was told was
 * admitted; bounded time; never permits what it does not know.
 */
export interface Gate {
  readonly name: string;
  /** Grows whenever an earlier decision may no longer hold. */
  readonly version: number;
  decide(request: ActionRequest, declaration: ActionDeclaration): Decision;
  /**
   * Told of each admitted request whose declaration accumulates, in the step of its decision; for gates that keep accounts.
   *
   * @returns what takes it back, for a request that does not run after all because its approval does not hold
   */
  admitted?(request: ActionRequest, declaration: ActionDeclaration): (() => void) | undefined;
}

export const gates: Port<Gate, "many"> = { name: "Gate", arity: "many" };
