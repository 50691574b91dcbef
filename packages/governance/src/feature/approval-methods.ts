/** The methods of approvals in the one method table. */
import { fromHex } from "@weftos/crypto";
import type { Approval, Method, MethodCaller } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { ApprovalBook } from "../approval/approval-book.ts";
import type { ApprovalChanges } from "../approval/approval-changes.ts";
import { ApprovalNotFoundError } from "../approval/approval-errors.ts";
import { principalName } from "../principal/principal-record.ts";
import { type AnswerDeps, answerApproval, revokeGrant } from "./answer-approval.ts";
import type { GovernanceApprovals } from "./governance-api.ts";

const MAX_WAIT_MS = 60_000;
const id = z.string().check(z.minLength(1), z.maxLength(64));
const comment = z.optional(z.string().check(z.maxLength(2000)));
/** Who signed, and the signature: then it is theirs, whoever carries it here. */
const signed = {
  principal: z.optional(principalName),
  signature: z.optional(z.string().check(z.regex(/^[0-9a-f]{128}$/, "expected an Ed25519 signature, 128 hex digits"))),
};
const states = z.enum(["pending", "approved", "denied", "expired", "used", "standing", "revoked"]);

/** Makes the methods. */
export function approvalMethods(
  approvals: Pick<GovernanceApprovals, "list" | "find">,
  deps: AnswerDeps,
  changes: ApprovalChanges,
): readonly Method[] {
  return [
    defineMethod({
      name: "approvals.list",
      description: "Lists questions to people, oldest first, without what is shown to the approver",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ state: z.optional(states) }),
      run: ({ state }) => ({
        approvals: approvals
          .list({ state })
          .map((approval) => ({ ...summaryOf(approval), ...countsOf(deps.book, approval) })),
      }),
    }),
    defineMethod({
      name: "approvals.show",
      description: "Shows one question exactly as its approver must see it",
      role: "approver",
      mutates: false,
      input: z.strictObject({ id }),
      run: (input) => {
        const approval = approvals.find(input.id);
        if (approval !== undefined) return { ...approval, choices: choicesOf(approval) };
        throw new ApprovalNotFoundError(`there is no approval ${JSON.stringify(input.id)}`, {
          details: { approval: input.id },
        });
      },
    }),
    answerMethod("approve", "Approves a question, and tells what happens next", deps),
    answerMethod("deny", "Denies a question", deps),
    revokeMethod(deps),
    watchMethod(approvals, changes),
  ];
}

function watchMethod(approvals: Pick<GovernanceApprovals, "list">, changes: ApprovalChanges): Method {
  return defineMethod({
    name: "approvals.watch",
    description: "Tells what waits for a person, then what happens to it, as it happens",
    role: "viewer",
    mutates: false,
    input: z.strictObject({
      /** `next` of the answer before. Absent: what waits now. */
      since: z.optional(z.int().check(z.minimum(0))),
      /** With `since`: how long to wait when nothing happened yet. */
      waitMs: z._default(z.int().check(z.minimum(0), z.maximum(MAX_WAIT_MS)), 0),
    }),
    async run({ since, waitMs }, { signal }) {
      if (since !== undefined) await changes.arrival(since, waitMs, signal);
      const seen = since === undefined ? undefined : changes.after(since);
      const told = seen?.map(({ approval }) => approval) ?? approvals.list({ state: "pending" });
      return { approvals: told.map(summaryOf), next: changes.last };
    },
  });
}

function answerMethod(verdict: "approve" | "deny", description: string, deps: AnswerDeps): Method {
  const standing = verdict === "approve" ? { standing: z.optional(z.boolean()) } : {};
  return defineMethod({
    name: `approvals.${verdict}`,
    description,
    role: "approver",
    mutates: true,
    input: z.strictObject({ id, comment, ...signed, ...standing }),
    async run(input, caller: MethodCaller) {
      const { approval, after } = await answerApproval(deps, input.id, {
        ...answering(caller),
        ...signatureOf(input),
        verdict,
        comment: input.comment,
        standing: "standing" in input && input.standing === true,
      });
      return { approval: summaryOf(approval), ...after };
    },
  });
}

function revokeMethod(deps: AnswerDeps): Method {
  return defineMethod({
    name: "approvals.revoke",
    description: "Takes a standing grant back: from the next call on, a person is asked again",
    role: "approver",
    mutates: true,
    input: z.strictObject({ id, comment, ...signed }),
    run: async (input, caller: MethodCaller) => ({
      approval: summaryOf(
        await revokeGrant(deps, input.id, { ...answering(caller), ...signatureOf(input), comment: input.comment }),
      ),
    }),
  });
}

function signatureOf({ principal, signature }: { principal?: string | undefined; signature?: string | undefined }) {
  return { principal, signature: signature === undefined ? undefined : fromHex(signature) };
}

/** Who answers: the caller, with the role that its wire gave it. */
function answering({ subject, role, signal, onWarnings }: MethodCaller) {
  return { subject: subject.kind === "principal" ? { ...subject, role } : subject, role, signal, onWarnings };
}

function summaryOf(approval: Approval): object {
  const { display: _display, request, ...rest } = approval;
  const { action, subject, resource } = request;
  return { ...rest, action, subject, resource, choices: choicesOf(approval) };
}

/** Whether a standing grant covers anything now, and who gave it and may give it no more. */
function countsOf(
  book: ApprovalBook,
  approval: Approval,
): { readonly counts?: boolean; readonly uncounted?: readonly string[] } {
  if (approval.state !== "standing") return {};
  return { counts: book.holds(approval.id), uncounted: book.countless(approval) };
}

/** What may be answered now. */
function choicesOf({ state, standing }: Approval): readonly string[] {
  if (state !== "pending") return state === "standing" ? ["revoke"] : [];
  return standing === undefined ? ["approve", "deny"] : ["approve", "approve-standing", "deny"];
}
