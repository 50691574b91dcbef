import type { ActionRequest } from "../action/action.ts";
import type { Port } from "../feature/port.ts";
import type { Role } from "../identity/subject.ts";
import type { JsonValue } from "../schema/json-value.ts";
import type { Defer } from "./decision.ts";

/** What is put before an approver. Its canonical digest binds the answer to exactly this. */
export interface ApprovalDraft {
  readonly request: ActionRequest;
  /** Exactly what the approver is shown. */
  readonly display: string;
  /** The validated input of a defined action, stored sealed; undefined for a closure, which its caller repeats. */
  readonly input: JsonValue | undefined;
  /** Rights of the requester, for a run after it is gone. */
  readonly rights: JsonValue;
  /** Name of the requesting agent, for the eye. */
  readonly agent: string | undefined;
}

/** `pending` → `approved` | `denied` | `expired`; `approved` → `used` | `expired`. */
export type ApprovalState = "pending" | "approved" | "denied" | "expired" | "used";

/** A question to a person, and its answer. Survives restarts. */
export interface Approval {
  /** UUID version 7. */
  readonly id: string;
  readonly state: ApprovalState;
  readonly request: ActionRequest;
  readonly agent: string | undefined;
  readonly display: string;
  readonly reason: string;
  /** Rules that asked for it. */
  readonly rules: readonly string[];
  /** SHAKE-256 of the canonical draft, lower-case hex. */
  readonly digest: string;
  readonly to: Role;
  readonly quorum: number;
  /** Whether the kernel can run it by itself, since its input is stored. */
  readonly stored: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly answers: readonly ApprovalAnswer[];
}

/** What one approver said. */
export interface ApprovalAnswer {
  readonly principal: string;
  readonly verdict: "approve" | "deny";
  readonly comment: string;
  readonly at: number;
}

/** A stored action whose approval stands unused while nobody waits for it. */
export interface StoredAction {
  readonly approval: Approval;
  readonly input: JsonValue;
  readonly rights: JsonValue;
}

/**
 * Keeps approvals.
 *
 * *When called*: `ask` by the guard when a gate defers; `answer` by an operator; `redeem` by the guard just before the run.
 * *Errors*: `APPROVAL_NOT_FOUND`, `APPROVAL_NOT_PENDING`, `APPROVAL_EXPIRED`, `APPROVAL_CHANGED`, `APPROVAL_USED`,
 * `APPROVAL_NOT_GRANTED`, `APPROVAL_ROLE`, `APPROVAL_OWN_REQUEST`. *Ordering*: every change is on disk before its promise resolves.
 * *Rules*: single use; an answer counts for exactly the digest it was given for; expiry is checked at every step.
 */
export interface Approvals {
  ask(draft: ApprovalDraft, defer: Defer): Promise<Approval>;
  find(id: string): Approval | undefined;
  list(filter?: { readonly state?: ApprovalState | undefined }): readonly Approval[];
  answer(
    id: string,
    answer: {
      readonly principal: string;
      readonly role: Role;
      readonly verdict: "approve" | "deny";
      readonly comment?: string | undefined;
    },
  ): Promise<Approval>;
  /** Resolves when the approval is no longer pending; rejects with the signal's reason. */
  wait(id: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Approval>;
  /** Whether somebody waits for it in this kernel. */
  awaited(id: string): boolean;
  /** Marks an approved one as used, durably, after checking that the draft is the one that was approved. */
  redeem(id: string, draft: ApprovalDraft): Promise<Approval>;
  /** Opens the stored action of an approval; undefined when it was made for a closure. */
  stored(id: string): Promise<StoredAction | undefined>;
}

export const approvals: Port<Approvals, "one"> = { name: "Approvals", arity: "one" };
