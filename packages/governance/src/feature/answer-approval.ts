/** Answers an approval through the guard, and brings what was approved to its end. */
import type { Approval, ApprovedRunner, Guard, Role, Subject } from "@weftos/interface";
import type { ApprovalBook } from "../approval/approval-book.ts";
import { ApprovalNotFoundError } from "../approval/approval-errors.ts";
import type { Answered } from "./governance-api.ts";

/** What answering needs. */
export interface AnswerDeps {
  readonly guard: Guard;
  readonly book: ApprovalBook;
  readonly runner: () => ApprovedRunner;
}

/** One answer. */
export interface GivenAnswer {
  readonly subject: Subject;
  readonly role: Role;
  readonly verdict: "approve" | "deny";
  readonly comment: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Answers under the caller's own name. */
export async function answerApproval(deps: AnswerDeps, id: string, given: GivenAnswer): Promise<Answered> {
  const asked = deps.book.find(id);
  if (asked === undefined) {
    const shown = String(id).slice(0, 64);
    throw new ApprovalNotFoundError(`there is no approval ${JSON.stringify(shown)}`, { details: { approval: shown } });
  }
  const { subject, role, verdict, comment, signal } = given;
  const approval = await deps.guard.perform<Approval>(
    {
      action: "approval.answer",
      subject,
      resource: `approval:${id}`,
      attributes: { verdict, asked: asked.request.action, digest: asked.digest },
      signal,
      summary: (after) => ({
        approval: id,
        verdict,
        state: after.state,
        digest: after.digest,
        asked: after.request.action,
      }),
    },
    // The host's own code answers under the name of the kernel.
    () =>
      deps.book.answer(id, { principal: subject.kind === "kernel" ? "kernel" : subject.id, role, verdict, comment }),
  );
  return { approval, after: await deps.runner().afterAnswer(approval) };
}
