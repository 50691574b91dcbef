/** What the guarded action asks of a kernel. */
import type { AuditEvent, AuditLog } from "../audit/audit-log.ts";
import type { Approvals } from "../gate/approvals.ts";
import type { CapabilityCheck } from "../gate/capability-check.ts";
import type { Decision } from "../gate/decision.ts";
import type { Clock } from "../platform/clock.ts";
import type { ActionCatalogue, ActionDeclaration, ActionRequest } from "./action.ts";

/** All that `guarded` asks of a kernel. No part of it may be absent. */
export interface GuardPorts {
  readonly catalogue: Pick<ActionCatalogue, "find">;
  readonly capabilities: CapabilityCheck;
  /** Asks every gate; deny beats defer beats permit. */
  readonly decide: (request: ActionRequest, declaration: ActionDeclaration) => Decision;
  /** Tells every gate that a request was admitted whose declaration accumulates, and gives what takes that back. */
  readonly admitted: (request: ActionRequest, declaration: ActionDeclaration) => (() => void) | undefined;
  readonly audit: AuditLog;
  readonly approvals: Approvals;
  readonly clock: Pick<Clock, "now">;
  /** Tells what matching rules want known of a request that runs. */
  readonly warned: (request: ActionRequest, warnings: readonly string[]) => void;
  /** Counts a decision. */
  readonly count: (verdict: Decision["verdict"]) => void;
  /** Records a refusal; the same one again within a second only counts. `key` tells which are the same. */
  readonly recordRefusal: (event: AuditEvent, key: string) => void;
}
