import type { ActionRequest } from "../action/action.ts";
import type { Effect } from "../action/effect.ts";
import type { Port } from "../feature/port.ts";
import type { Role } from "../identity/subject.ts";
import type { JsonValue } from "../schema/json-value.ts";
import type { Defer } from "./decision.ts";

/** What is put before an approver. Its canonical digest binds the answer to exactly this. */
export interface ApprovalDraft {
  readonly request: ActionRequest;
  /** What the action may do to the world, as it is declared. */
  readonly effect?: Effect | undefined;
  /** Exactly what the approver is shown. */
  readonly display: string;
  /** The validated input of a defined action, stored sealed; undefined for a closure, which its caller repeats. */
  readonly input: JsonValue | undefined;
  /** Rights of the requester, for a run after it is gone. */
  readonly rights: JsonValue;
  /** Name of the requesting agent, for the eye; a standing grant to a process is bound to it. */
  readonly agent: string | undefined;
  /** The document under which such calls recur; an approver may then grant it for as long as it stays the same. */
  readonly standing?: StandingTerms | undefined;
  /** Whoever asks comes again with the approval: then a question about the same that is still pending stands for this one. */
  readonly repeats?: boolean | undefined;
}

/** A document that is approved once and then covers each call made under it, until it changes or the grant is revoked. */
export interface StandingTerms {
  readonly kind: "child-spec" | "cron-job" | "manifest";
  /** Its name, for the eye and the digest; 1 to 128 characters. */
  readonly name: string;
  /** All that matters of it: what is not in it may differ from call to call. */
  readonly document: JsonValue;
}

/**
 * `pending` → `approved` | `standing` | `denied` | `expired`; `approved` → `used` | `expired`; `standing` → `revoked`.
 */
export type ApprovalState = "pending" | "approved" | "denied" | "expired" | "used" | "standing" | "revoked";

/** A question to a person, and its answer. Survives restarts. */
export interface Approval {
  /** UUID version 7. */
  readonly id: string;
  readonly state: ApprovalState;
  readonly request: ActionRequest;
  readonly agent: string | undefined;
  /** Who started the agent that asks, or the topmost one above it; absent for who is no agent, and for one of the kernel's own. */
  readonly principal?: string | undefined;
  /** What the action may do to the world, as it was declared when it was asked about. */
  readonly effect?: Effect | undefined;
  readonly display: string;
  readonly reason: string;
  /** Rules that asked for it. */
  readonly rules: readonly string[];
  /** SHAKE-256 of the canonical draft, lower-case hex. */
  readonly digest: string;
  readonly to: Role;
  /** Names of the principals that may answer; absent: whoever has the role. */
  readonly approvers?: readonly string[] | undefined;
  readonly quorum: number;
  /** Whether the kernel can run it by itself, since its input is stored. */
  readonly stored: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly answers: readonly ApprovalAnswer[];
  /**
   * What it covers when it is granted as a standing one. The digest is SHAKE-256 over the canonical form of kind, name and
   * document, the action with its effect, the resource and its holder: a principal, the name of an agent, or the kernel.
   */
  readonly standing?:
    | { readonly kind: StandingTerms["kind"]; readonly name: string; readonly digest: string }
    | undefined;
  /** Who took a standing grant back, and when. */
  readonly revoked?:
    | {
        readonly principal: string;
        readonly comment: string;
        readonly at: number;
        readonly signature?: string | undefined;
      }
    | undefined;
}

/** What one approver said. */
export interface ApprovalAnswer {
  readonly principal: string;
  readonly verdict: "approve" | "deny";
  readonly comment: string;
  readonly at: number;
  /** Whether it was to hold for all calls under the same document. */
  readonly standing?: boolean | undefined;
  /** The principal's Ed25519 signature over its answer, lower-case hex; absent where the host vouches for who answers. */
  readonly signature?: string | undefined;
}

/** A stored action whose approval stands unused while nobody waits for it. */
export interface StoredAction {
  readonly approval: Approval;
  readonly input: JsonValue;
  readonly rights: JsonValue;
  /** What the call recurs under, as it was shown; absent where it recurs under nothing. */
  readonly standing?: StandingTerms | undefined;
}

/**
 * Keeps approvals.
 *
 * *When called*: `ask` by the guard when a gate defers; `answer` by an operator; `redeem` by the guard just before the run.
 * *Errors*: `APPROVAL_NOT_FOUND`, `APPROVAL_NOT_PENDING`, `APPROVAL_EXPIRED`, `APPROVAL_CHANGED`, `APPROVAL_USED`,
 * `APPROVAL_NOT_GRANTED`, `APPROVAL_ROLE`, `APPROVAL_OWN_REQUEST`, `APPROVAL_NOT_STANDING`, `GOVERNANCE_SIGNATURE`. *Ordering*: every change is on disk
 * before its promise resolves. *Rules*: single use, or a standing grant where the question offered one and every approver
 * chose it; an answer counts for exactly the digest it was given for; expiry is checked at every step; a revocation holds
 * from the next call on.
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
      /** Grants it for all calls under the same document. */
      readonly standing?: boolean | undefined;
      /** Signature by the principal's key; needed once any principal is known. */
      readonly signature?: Uint8Array | undefined;
    },
  ): Promise<Approval>;
  /** Takes a standing grant back. */
  revoke(
    id: string,
    by: {
      readonly principal: string;
      readonly role: Role;
      readonly comment?: string | undefined;
      readonly signature?: Uint8Array | undefined;
    },
  ): Promise<Approval>;
  /**
   * Finds what was granted already: the standing grant that covers a draft, or, for one that `repeats`, an approval of exactly
   * it that nobody used or waits for. Undefined when there is none, the document changed, or those who gave it do not satisfy
   * `terms`, what the rules of now ask for.
   */
  covering(draft: ApprovalDraft, terms?: Defer): Approval | undefined;
  /**
   * Whether the kernel may go on with what was approved: not when it was denied or taken back, nor under a standing grant whose
   * givers may give it no more, or do not satisfy `terms`. A single approval that was used may be forgotten by now: it holds.
   */
  holds(id: string, terms?: Defer): boolean;
  /** Resolves when the approval is no longer pending; rejects with the signal's reason. */
  wait(id: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Approval>;
  /** Whether somebody waits for it in this kernel. */
  awaited(id: string): boolean;
  /**
   * Checks that the draft is the one that was approved, and marks a single approval as used, durably; a standing grant only
   * checks its own digest and stays. With `terms`, what the rules of now ask for, answers count only by who may give them now:
   * too few are `APPROVAL_NOT_GRANTED`.
   */
  redeem(id: string, draft: ApprovalDraft, terms?: Defer): Promise<Approval>;
  /**
   * Ends, durably, an approval of exactly this draft that was given and not used: its action was tried and refused, and is not to run
   * later. Nothing happens to any other.
   *
   * @param id - undefined where the call named none: then each that would have covered it, were it made again
   * @param refused - code of the refusal
   */
  giveUp(id: string | undefined, draft: ApprovalDraft, refused: string): Promise<void>;
  /** Opens the stored action of an approval; undefined when it was made for a closure. */
  stored(id: string): Promise<StoredAction | undefined>;
}

export const approvals: Port<Approvals, "one"> = { name: "Approvals", arity: "one" };
