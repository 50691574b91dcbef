/**
 * Ends the approvals that the chain says have ended: a journal that was taken away or cut short must not let one be used
 * again, nor bring a grant back.
 */
import type { AuditReader, RecordedEvent } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import type { ApprovalBook } from "./approval-book.ts";
import type { ApprovalRecord } from "./approval-record.ts";

const ended = z.looseObject({ approval: z.string() });
const acted = z.lazy(() =>
  z.looseObject({
    outcome: z.literal("ok"),
    result: z.looseObject({ approval: z.string(), state: z.string() }),
  }),
);

/** Settles what the chain recorded. */
export async function settleApprovals(book: ApprovalBook, reader: AuditReader): Promise<void> {
  for await (const event of reader.events({ kind: "approval.*" })) {
    book.saw(event.time);
    const record = endOf(event);
    if (record !== undefined) await book.settle(record);
  }
}

/** Gives the record of an end; undefined for what ends nothing. */
function endOf({ kind, payload, time: at, actor }: RecordedEvent): ApprovalRecord | undefined {
  const principal = actor.principal ?? "kernel";
  if (kind === "approval.use" || kind === "approval.expire") {
    const parsed = safeParse(ended, payload, "an event");
    if (!parsed.ok) return undefined;
    return { type: kind === "approval.use" ? "used" : "expired", id: parsed.value.approval, at };
  }
  const parsed = safeParse(acted, payload, "an outcome");
  if (!parsed.ok) return undefined;
  const { approval: id, state } = parsed.value.result;
  if (kind === "approval.revoke") return { type: "revoked", id, by: { principal, comment: "", at } };
  if (state === "denied") return { type: "answered", id, answer: { principal, verdict: "deny", comment: "", at } };
  return undefined;
}
