/** The journal of approvals: sealed records, see `SealedJournal`. */
import type { AppendLog, Random } from "@weftos/interface";
import { SealedJournal } from "../journal/sealed-journal.ts";
import { ApprovalJournalError } from "./approval-errors.ts";
import { type ApprovalRecord, recordSchema } from "./approval-record.ts";

export type ApprovalJournal = SealedJournal<ApprovalRecord>;

/** Makes the journal over an open log. */
export function approvalJournal(init: {
  readonly log: AppendLog;
  readonly path: string;
  readonly key: Uint8Array;
  readonly random: Pick<Random, "bytes">;
}): ApprovalJournal {
  const { log, path, key, random } = init;
  return new SealedJournal({
    log,
    key,
    random,
    purpose: "approvals",
    schema: recordSchema,
    broken: (record, reason, cause) =>
      new ApprovalJournalError(`${path}: record ${record}: ${reason}`, { details: { path, record, reason }, cause }),
  });
}
