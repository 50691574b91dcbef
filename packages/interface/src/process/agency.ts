import type { Port } from "../feature/port.ts";
import type { CapabilityRequest } from "./capability-request.ts";

/** What place an agent has among agents: `root`, `supervisor`, `service`, `worker`, `user`, or a name of the installation's own. */
export type AgencyRole = string;

/** What a place among agents allows at most. */
export interface AgencyTerms {
  /** The most rights one of this role may hold; what is not named is bound by its parent alone. */
  readonly ceiling: CapabilityRequest;
  /** Most live children; undefined: as many as the kernel allows. */
  readonly maxChildren: number | undefined;
  /** Roles its children may have. */
  readonly maySpawn: readonly AgencyRole[];
}

/**
 * Says what each role of agents may be.
 *
 * *When called*: at each spawn that names a role, or whose spawner has one, and at each change of rights of such an agent.
 * *Errors*: none; an unknown role is undefined, which refuses. *Ordering*: synchronous, the policy in force. *Rules*: with
 * several providers, all of them bind; with none, no role can be named, and only the parent's rights bind.
 */
export interface AgencyPolicy {
  terms(role: AgencyRole): AgencyTerms | undefined;
}

export const agencyPolicies: Port<AgencyPolicy, "many"> = { name: "AgencyPolicy", arity: "many" };
