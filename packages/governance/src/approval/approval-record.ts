/** What the journal of approvals holds, and what each record does to the approval it speaks of. */
import type { Approval, ApprovalAnswer } from "@weftos/interface";
import { z } from "@weftos/schema";

const text = z.string();
const time = z.int().check(z.minimum(0));
const role = z.enum(["viewer", "operator", "approver", "admin"]);
const state = z.enum(["pending", "approved", "denied", "expired", "used", "standing", "revoked"]);

const answerSchema = z.lazy(() =>
  z.strictObject({
    principal: text,
    verdict: z.enum(["approve", "deny"]),
    comment: text,
    at: time,
    standing: z.optional(z.boolean()),
    signature: z.optional(text),
  }),
);
const revocationSchema = z.strictObject({ principal: text, comment: text, at: time, signature: z.optional(text) });

/** The five dimensions, and those that a deployment added. */
const effectSchema = z.lazy(() => {
  const value = z.number();
  const five = { risk: value, fairness: value, privacy: value, novelty: value, security: value };
  return z.catchall(z.object(five), value);
});

const approvalSchema = z.lazy(() =>
  z.strictObject({
    id: text,
    state,
    request: z.strictObject({
      action: text,
      subject: z.strictObject({
        kind: z.enum(["kernel", "process", "principal", "node"]),
        id: text,
        role: z.optional(role),
      }),
      resource: text,
      attributes: z.record(text, z.union([text, z.number(), z.boolean()])),
    }),
    agent: z.optional(text),
    principal: z.optional(text),
    effect: z.optional(effectSchema),
    display: text,
    reason: text,
    rules: z.array(text),
    digest: text,
    to: role,
    approvers: z.optional(z.array(text)),
    quorum: z.int().check(z.minimum(1)),
    stored: z.boolean(),
    createdAt: time,
    expiresAt: time,
    answers: z.array(answerSchema),
    standing: z.optional(
      z.strictObject({ kind: z.enum(["child-spec", "cron-job", "manifest"]), name: text, digest: text }),
    ),
    revoked: z.optional(revocationSchema),
  }),
);

/** One record. `kept` stands for a question as it was when the journal was rewritten. */
export const recordSchema = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("kept"),
      approval: approvalSchema,
      account: z.optional(text),
      sealed: z.optional(text),
    }),
    z.strictObject({
      type: z.literal("answered"),
      id: text,
      answer: answerSchema,
      /** Who answered before and may no more: their answers are dropped, so that others can take their place. */
      without: z.optional(z.array(text)),
    }),
    z.strictObject({ type: z.literal("used"), id: text, at: time }),
    z.strictObject({ type: z.literal("expired"), id: text, at: time }),
    z.strictObject({ type: z.literal("revoked"), id: text, by: revocationSchema }),
  ]),
);

/** A record of the journal. */
export type ApprovalRecord = z.output<typeof recordSchema>;

/** An approval with what is kept sealed beside it. */
export interface ApprovalEntry {
  readonly approval: Approval;
  /** Whose questions it counts with: those of a whole spawn tree are one asker's. */
  readonly account: string | undefined;
  /** Input and rights, sealed; absent when the approval is finished. */
  readonly sealed: string | undefined;
}

/** Adds an answer: one deny denies; enough different principals approve, and for good when each of them chose that. */
export function withAnswer(approval: Approval, answer: ApprovalAnswer, without: readonly string[] = []): Approval {
  const stay = ({ principal }: ApprovalAnswer): boolean =>
    principal !== answer.principal && !without.includes(principal);
  const answers = [...approval.answers.filter(stay), answer];
  // A question ends with its first deny, so all that answered before approved.
  if (answer.verdict === "deny") return { ...approval, answers, state: "denied" };
  if (answers.length < approval.quorum) return { ...approval, answers, state: "pending" };
  const forGood = approval.standing !== undefined && answers.every((one) => one.standing === true);
  return { ...approval, answers, state: forGood ? "standing" : "approved" };
}

/** Moves an approval to a final state; what was sealed with it is forgotten. */
export function finished({ approval, account }: ApprovalEntry, final: "denied" | "used" | "expired"): ApprovalEntry {
  return { approval: { ...approval, state: final }, account, sealed: undefined };
}

/**
 * Gives the entry after a record.
 *
 * @returns undefined when the record cannot follow what came before it
 */
export function applyRecord(entry: ApprovalEntry | undefined, record: ApprovalRecord): ApprovalEntry | undefined {
  if (record.type === "kept") {
    const { approval, account, sealed } = record;
    return entry === undefined ? { approval: withAgent(approval), account, sealed } : undefined;
  }
  if (entry === undefined) return undefined;
  const { approval, account } = entry;
  if (record.type === "answered") {
    if (approval.state !== "pending") return undefined;
    const next = withAnswer(approval, record.answer, record.without);
    if (next.state === "denied") return finished({ ...entry, approval: next }, "denied");
    // A standing grant runs nothing by itself, so what was sealed for a later run is forgotten.
    return next.state === "standing" ? { approval: next, account, sealed: undefined } : { ...entry, approval: next };
  }
  if (record.type === "revoked") {
    return approval.state === "standing"
      ? { approval: { ...approval, state: "revoked", revoked: record.by }, account, sealed: undefined }
      : undefined;
  }
  if (record.type === "used") return approval.state === "approved" ? finished(entry, "used") : undefined;
  return isOpen(approval) ? finished(entry, "expired") : undefined;
}

/** Whether a question, or an approval for one run, is open; a standing grant has no end of its own and is not counted. */
export function isOpen(approval: Approval): boolean {
  return approval.state === "pending" || approval.state === "approved";
}

function withAgent(approval: z.output<typeof approvalSchema>): Approval {
  return { ...approval, agent: approval.agent };
}
