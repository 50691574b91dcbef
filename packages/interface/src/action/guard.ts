import type { Actor } from "../audit/audit-log.ts";
import type { StandingTerms } from "../gate/approvals.ts";
import type { Permit } from "../gate/decision.ts";
import type { Subject } from "../identity/subject.ts";
import type { JsonObject, JsonValue } from "../schema/json-value.ts";
import type { ActionRequest } from "./action.ts";

/** One guarded call: the request, and what the guard needs to ask a person and to record. */
export interface GuardedCall<T> extends ActionRequest {
  /** Names the agent in the record. */
  readonly actor?: Actor | undefined;
  /** What an approver is shown. @defaultValue action, resource and attributes */
  readonly display?: string | undefined;
  /** What an approver is shown besides the facts, and an answer is bound to, too; not recorded. Not read where there is a `display`. */
  readonly shows?: JsonObject | undefined;
  /** Input of a defined action: kept sealed with the approval, so that it can run without its caller. */
  readonly storedInput?: JsonValue | undefined;
  /** Id of an approval granted for exactly this call. */
  readonly approval?: string | undefined;
  /**
   * The child spec, job or manifest under which this call recurs: where a person must be asked, a standing grant for exactly
   * this document covers the call and is cited; without one, the question offers to grant it.
   */
  readonly standing?: StandingTerms | undefined;
  /**
   * Id of the approval under which the kernel goes on with what was approved, such as the restart of a child: cited in the
   * record; one that was revoked refuses. Only the kernel itself may name one.
   */
  readonly under?: string | undefined;
  /**
   * Tells why it is refused now, whatever rights and rules say, such as that the process in whose name it is was suspended; asked again
   * after each wait. What was approved stays so.
   */
  readonly barred?: (() => string | undefined) | undefined;
  /** Why nobody can be asked about it, such as input that cannot be shown: where a person must be asked, it is refused. */
  readonly unaskable?: string | undefined;
  /**
   * What to do when a person must be asked: reject with `APPROVAL_PENDING` (default), or wait. Who gives up waiting, by `signal`
   * or by its end, does not take the question back: an action with a stored input runs when it is approved after all.
   */
  readonly onDefer?: "reject" | "wait" | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Rights stored with an approval, used in place of those of a process that is gone. */
  readonly rights?: JsonValue | undefined;
  /** Gives what of the outcome enters the record: no secret. */
  readonly summary?: ((output: T) => JsonObject) | undefined;
  readonly trace?: string | undefined;
  /** Told what matching rules want the caller to know, just before the run; what it throws fails the act. */
  readonly onWarnings?: ((warnings: readonly string[]) => void) | undefined;
}

/** What a run is told of the decision it runs under. */
export interface Grant {
  readonly permit: Permit;
  /** Sequence of the intent's event; undefined below the `durable` level. */
  readonly intent: number | undefined;
  readonly approval: string | undefined;
}

/** One small synchronous call at audit level `digest` or `none`. */
export interface DigestCall extends ActionRequest {
  /** PID of the actor, 0 for the kernel. */
  readonly actorPid: number;
  /** PID of the target, or the name of what has none. */
  readonly target: number | string;
  /** Size of what moves. */
  readonly bytes: number;
  /** When it was done, milliseconds UTC, by whoever looked at the clock for it already. @defaultValue the clock is asked */
  readonly time?: number | undefined;
  /**
   * Takes over the digest record of a run that went well, to have it written when it is known how far the act came.
   * @defaultValue it is written at once, under the action itself
   */
  readonly settles?: RecordHolder | undefined;
}

/** Who holds the record of an act until it is known how far the act came. */
export interface RecordHolder {
  holdRecord(record: HeldRecord): void;
}

/** The one record of an act, not written yet. An object, not a function: there is one for each request. */
export interface HeldRecord {
  /**
   * Writes it; to be called once.
   *
   * @param action - that of the step that the act came to
   * @param outcome - whether that was its end
   * @param time - when that was, milliseconds UTC, as in `DigestCall`
   */
  write(action: string, outcome: "ok" | "failed", time?: number): void;
}

/** How many decisions of each kind this kernel made. */
export interface DecisionCounts {
  readonly permit: number;
  readonly defer: number;
  readonly deny: number;
}

/**
 * The one way through: capability check → gate → audit the intent → run → audit the outcome.
 *
 * *When called*: around everything privileged. *Errors*: `CAPABILITY_DENIED`, `GOVERNANCE_DENIED`, `APPROVAL_PENDING` and the
 * other `APPROVAL_*`, what the run throws, and what `AuditLog` raises: nothing ran then, unless the log failed during the run
 * (then the outcome is unknown). *Ordering*: a `durable` intent is on disk before the run. *Rules*: an unknown action, a
 * missing effect, a check or gate that throws: denied. Every decision, and every approval that cannot be asked for or used, is
 * recorded.
 */
export interface Guard {
  perform<T>(call: GuardedCall<T>, run: (grant: Grant) => T | Promise<T>): Promise<T>;
  /** As `perform`, at once, for actions declared `digest` or `none`; a defer rejects as `GOVERNANCE_DENIED`. */
  performSync<T>(call: DigestCall, run: () => T): T;
  /** A subject is gone for good, as a process that has ended: nothing that was decided for it is remembered. */
  forget(subject: Subject): void;
  counts(): DecisionCounts;
}
