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
  /** Grants it for all calls under the same document. */
  readonly standing?: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Answers under the caller's own name. */
export async function answerApproval(deps: AnswerDeps, id: string, given: GivenAnswer): Promise<Answered> {
  const asked = known(deps.book, id);
  const { subject, role, verdict, comment, standing, signal } = given;
  const approval = await deps.guard.perform<Approval>(
    {
      action: "approval.answer",
      subject,
      resource: `approval:${id}`,
      attributes: {
        verdict,
        asked: asked.request.action,
        digest: asked.digest,
        ...(standing === true ? { standing } : {}),
      },
      signal,
      summary: (after) => ({
        approval: id,
        verdict,
        state: after.state,
        digest: after.digest,
        asked: after.request.action,
        ...(after.state === "standing" ? { standing: after.standing?.digest ?? "" } : {}),
      }),
    },
    () => deps.book.answer(id, { principal: nameOf(subject), role, verdict, comment, standing }),
  );
  return { approval, after: await deps.runner().afterAnswer(approval) };
}

/** Takes a standing grant back, under the caller's own name. */
export async function revokeGrant(
  deps: Pick<AnswerDeps, "guard" | "book">,
  id: string,
  given: Omit<GivenAnswer, "verdict" | "standing">,
): Promise<Approval> {
  const granted = known(deps.book, id);
  const { subject, role, comment, signal } = given;
  return await deps.guard.perform<Approval>(
    {
      action: "approval.revoke",
      subject,
      resource: `approval:${id}`,
      attributes: { asked: granted.request.action, digest: granted.standing?.digest ?? granted.digest },
      signal,
      summary: (after) => ({ approval: id, state: after.state, asked: after.request.action }),
    },
    () => deps.book.revoke(id, { principal: nameOf(subject), role, comment }),
  );
}

/** The host's own code answers under the name of the kernel. */
function nameOf(subject: Subject): string {
  return subject.kind === "kernel" ? "kernel" : subject.id;
}

function known(book: ApprovalBook, id: string): Approval {
  const found = book.find(id);
  if (found !== undefined) return found;
  const shown = String(id).slice(0, 64);
  throw new ApprovalNotFoundError(`there is no approval ${JSON.stringify(shown)}`, { details: { approval: shown } });
}
