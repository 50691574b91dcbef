/** What `kernel.governance` offers. */
import type {
  ActionRequest,
  AfterAnswer,
  Approval,
  ApprovalState,
  Decision,
  Principals,
  Role,
} from "@weftos/interface";
import type { Environment } from "../environment/environment.ts";
import type { Rule } from "../policy/rule-schema.ts";

/** Rules, decisions and approvals of one kernel. */
export interface Governance {
  /**
   * Tells what the rules would say to a request. Nothing is recorded, asked or run, and capabilities are not looked at.
   *
   * @returns a deny while the kernel has not started governance
   */
  check(request: ActionRequest): Decision;
  /** Lists the rules in force, by id; empty before the start. */
  rules(): readonly Rule[];
  /** The policy in force; undefined before the start. */
  readonly policy: PolicyInForce | undefined;
  readonly environment: Environment;
  readonly approvals: GovernanceApprovals;
  /** The people and services that this kernel knows. */
  readonly principals: Principals;
}

/** Digests of what decides. */
export interface PolicyInForce {
  /** Of all rules; every decision cites it. */
  readonly digest: string;
  /** Of the genesis rules of this chain. */
  readonly genesis: string;
}

/** Questions to people. */
export interface GovernanceApprovals {
  list(filter?: { readonly state?: ApprovalState | undefined }): readonly Approval[];
  find(id: string): Approval | undefined;
  /**
   * Approves, as a guarded action of the principal.
   *
   * @throws `APPROVAL_*`, and what the guard raises
   */
  approve(
    id: string,
    by: Approver & {
      /** Grants it for all calls under the same child spec, job or manifest, until it changes or is revoked. */
      readonly standing?: boolean | undefined;
    },
  ): Promise<Answered>;
  /** Denies, as a guarded action of the principal. @throws as `approve` */
  deny(id: string, by: Approver): Promise<Answered>;
  /** Takes a standing grant back: from the next call on, a person is asked again. @throws as `approve` */
  revoke(id: string, by: Approver): Promise<Approval>;
}

/** Who answers. */
export interface Approver {
  /** Name of the principal, at most 128 characters. */
  readonly principal: string;
  readonly role: Role;
  /** At most 2000 characters are kept. */
  readonly comment?: string | undefined;
  /** Ed25519 signature over `answerStatement`; needed once any principal is known. */
  readonly signature?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The approval after an answer, and what became of its action. */
export interface Answered {
  readonly approval: Approval;
  readonly after: AfterAnswer;
}
