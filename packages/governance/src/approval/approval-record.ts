/** What the journal of approvals holds, and what each record does to the approval it speaks of. */
import type { Approval, ApprovalAnswer } from "@weftos/interface";
import { z } from "@weftos/schema";

const text = z.string();
const time = z.int().check(z.minimum(0));
const role = z.enum(["viewer", "operator", "approver", "admin"]);
const state = z.enum(["pending", "approved", "denied", "expired", "used"]);

const answerSchema = z.strictObject({ principal: text, verdict: z.enum(["approve", "deny"]), comment: text, at: time });

const approvalSchema = z.strictObject({
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
  display: text,
  reason: text,
  rules: z.array(text),
  digest: text,
  to: role,
  quorum: z.int().check(z.minimum(1)),
  stored: z.boolean(),
  createdAt: time,
  expiresAt: time,
  answers: z.array(answerSchema),
});

/** One record. `kept` stands for a question as it was when the journal was rewritten. */
export const recordSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("kept"), approval: approvalSchema, sealed: z.optional(text) }),
  z.strictObject({ type: z.literal("answered"), id: text, answer: answerSchema }),
  z.strictObject({ type: z.literal("used"), id: text, at: time }),
  z.strictObject({ type: z.literal("expired"), id: text, at: time }),
]);

/** A record of the journal. */
export type ApprovalRecord = z.output<typeof recordSchema>;

/** An approval with what is kept sealed beside it. */
export interface ApprovalEntry {
  readonly approval: Approval;
  /** Input and rights, sealed; absent when the approval is finished. */
  readonly sealed: string | undefined;
}

/** Adds an answer: one deny denies; enough different principals approve. */
export function withAnswer(approval: Approval, answer: ApprovalAnswer): Approval {
  const answers = [...approval.answers.filter((other) => other.principal !== answer.principal), answer];
  const agreed = answers.filter((one) => one.verdict === "approve").length;
  const decided = answer.verdict === "deny" ? "denied" : agreed >= approval.quorum ? "approved" : "pending";
  return { ...approval, answers, state: decided };
}

/** Moves an approval to a final state; what was sealed with it is forgotten. */
export function finished(approval: Approval, final: "denied" | "used" | "expired"): ApprovalEntry {
  return { approval: { ...approval, state: final }, sealed: undefined };
}

/**
 * Gives the entry after a record.
 *
 * @returns undefined when the record cannot follow what came before it
 */
export function applyRecord(entry: ApprovalEntry | undefined, record: ApprovalRecord): ApprovalEntry | undefined {
  if (record.type === "kept") {
    return entry === undefined ? { approval: withAgent(record.approval), sealed: record.sealed } : undefined;
  }
  if (entry === undefined) return undefined;
  const { approval } = entry;
  if (record.type === "answered") {
    if (approval.state !== "pending") return undefined;
    const next = withAnswer(approval, record.answer);
    return next.state === "denied" ? finished(next, "denied") : { ...entry, approval: next };
  }
  if (record.type === "used") return approval.state === "approved" ? finished(approval, "used") : undefined;
  return isOpen(approval) ? finished(approval, "expired") : undefined;
}

/** Whether an approval can still change. */
export function isOpen(approval: Approval): boolean {
  return approval.state === "pending" || approval.state === "approved";
}

function withAgent(approval: z.output<typeof approvalSchema>): Approval {
  return { ...approval, agent: approval.agent };
}
