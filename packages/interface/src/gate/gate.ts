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
  /** Told of each admitted request whose declaration accumulates, just before it runs; for gates that keep accounts. */
  admitted?(request: ActionRequest, declaration: ActionDeclaration): void;
}

export const gates: Port<Gate, "many"> = { name: "Gate", arity: "many" };
