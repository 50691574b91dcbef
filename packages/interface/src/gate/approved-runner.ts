import type { Port } from "../feature/port.ts";
import type { Approval } from "./approvals.ts";

/**
 * What happened after a person answered. `resumed`: the requester waited and goes on; `awaits-requester`: it lives and may
 * call again with the approval; `ran`: the kernel ran the stored action, with this outcome, and of a failure the code and
 * message; `awaits-resume`: it is suspended, and the kernel runs the stored action when it is resumed; `none`: nothing is left to run (denied, or more approvers are needed).
 */
export type AfterAnswer =
  | { readonly next: "resumed" | "awaits-requester" | "awaits-resume" | "none" }
  | { readonly next: "ran"; readonly outcome: "ok" | "failed"; readonly error: string | undefined };

/**
 * Brings an approved action to its end.
 *
 * *When called*: by the method that took an answer. *Errors*: none for a failing run, which is its outcome. *Rules*: a stored
 * action runs once at most, as its requester, with capabilities and gates asked again.
 */
export interface ApprovedRunner {
  afterAnswer(approval: Approval): Promise<AfterAnswer>;
}

export const approvedRunner: Port<ApprovedRunner, "one"> = { name: "ApprovedRunner", arity: "one" };
