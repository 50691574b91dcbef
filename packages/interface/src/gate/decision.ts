import type { AuditLevel } from "../action/action.ts";
import type { Role } from "../identity/subject.ts";

/** A rule that matched, as it enters the record. */
export interface MatchedRule {
  readonly id: string;
  readonly branch: "legislative" | "executive" | "judicial";
  readonly outcome: "permit" | "warn" | "defer" | "deny";
  readonly severity: "advisory" | "warning" | "blocking" | "critical";
}

interface DecisionBase {
  /** One sentence for a person. */
  readonly reason: string;
  readonly rules: readonly MatchedRule[];
  /** Digest of the policy that decided, lower-case hex; empty for gates without one. */
  readonly policy: string;
  /** On whose account its effect adds up, where a rule in force asks for what was accumulated. */
  readonly account?: string | undefined;
}

/** The action may run. */
export interface Permit extends DecisionBase {
  readonly verdict: "permit";
  /** What matching rules want the caller to know. */
  readonly warnings: readonly string[];
  /** Whether the same decision holds for every request of this subject and action while the gate's version stands. */
  readonly cacheable: boolean;
  /** The least audit level that the environment asks for; it only ever raises the declared one. */
  readonly audit?: AuditLevel | undefined;
}

/** A person must be asked first. */
export interface Defer extends DecisionBase {
  readonly verdict: "defer";
  /** The least role that may answer. */
  readonly to: Role;
  /** Names of the principals that may answer; absent: whoever has the role. */
  readonly approvers?: readonly string[] | undefined;
  /** How many approvers must agree, at least 1. */
  readonly quorum: number;
  /** How long the question stands, in milliseconds. */
  readonly expiresMs: number;
  /** What matching rules want the caller to know when it runs. */
  readonly warnings?: readonly string[] | undefined;
  /** The least audit level of the run after an approval, as in a permit. */
  readonly audit?: AuditLevel | undefined;
}

/** The action must not run. */
export interface Deny extends DecisionBase {
  readonly verdict: "deny";
  /** Who refused: a capability, a rule, the environment's threshold, or the default for what is not known. */
  readonly by: "capability" | "rule" | "threshold" | "default";
  /** A critical rule also wants the agent suspended. */
  readonly suspend: boolean;
}

export type Decision = Permit | Defer | Deny;
