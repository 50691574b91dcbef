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
  /** Who signed, when it is not the caller; then the signature says who answers, whoever carries it here. */
  readonly principal?: string | undefined;
  readonly signature?: Uint8Array | undefined;
  /** Grants it for all calls under the same document. */
  readonly standing?: boolean | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onWarnings?: ((warnings: readonly string[]) => void) | undefined;
}

/** Answers under the caller's own name. */
export async function answerApproval(deps: AnswerDeps, id: string, given: GivenAnswer): Promise<Answered> {
  const asked = known(deps.book, id);
  const { verdict, comment, standing, signature, signal } = given;
  const { subject, principal, role, unproven } = speakerOf(deps.book, id, given);
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
      onWarnings: given.onWarnings,
      summary: (after) => ({
        approval: id,
        verdict,
        state: after.state,
        digest: after.digest,
        asked: after.request.action,
        ...(after.state === "standing" ? { standing: after.standing?.digest ?? "" } : {}),
      }),
    },
    () => {
      if (unproven !== undefined) throw unproven;
      return deps.book.answer(id, { principal, role, verdict, comment, standing, signature });
    },
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
  const { comment, signature, signal } = given;
  const { subject, principal, role, unproven } = speakerOf(deps.book, id, { ...given, verdict: "revoke" });
  return await deps.guard.perform<Approval>(
    {
      action: "approval.revoke",
      subject,
      resource: `approval:${id}`,
      attributes: { asked: granted.request.action, digest: granted.standing?.digest ?? granted.digest },
      signal,
      onWarnings: given.onWarnings,
      summary: (after) => ({ approval: id, state: after.state, asked: after.request.action }),
    },
    () => {
      if (unproven !== undefined) throw unproven;
      return deps.book.revoke(id, { principal, role, comment, signature });
    },
  );
}

/**
 * Says who speaks: whose signature it carries, once that is proven. Until then it is the caller's act, and what is wrong with
 * the proof is told when the act is about to run, so that it is recorded under the caller's name and never under another's.
 */
function speakerOf(
  book: ApprovalBook,
  id: string,
  given: Omit<GivenAnswer, "verdict"> & { readonly verdict: "approve" | "deny" | "revoke" },
): { readonly subject: Subject; readonly principal: string; readonly role: Role; readonly unproven: unknown } {
  const { subject } = given;
  // A name without a signature is only a claim: the answer is the caller's.
  const principal = given.signature === undefined ? nameOf(subject) : (given.principal ?? nameOf(subject));
  try {
    const role = book.prove(id, { ...given, principal });
    const proven = given.signature === undefined ? subject : ({ kind: "principal", id: principal, role } as const);
    return { subject: proven, principal, role, unproven: undefined };
  } catch (unproven) {
    return { subject, principal, role: given.role, unproven };
  }
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
