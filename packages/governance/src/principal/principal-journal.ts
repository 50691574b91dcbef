/** The journal of principals: sealed records, see `SealedJournal`. */
import type { AppendLog, Random } from "@weftos/interface";
import { SealedJournal } from "../journal/sealed-journal.ts";
import { GovernanceJournalError } from "./principal-errors.ts";
import { type PrincipalRecord, principalRecord } from "./principal-record.ts";

/** Makes the journal over an open log. */
export function principalJournal(init: {
  readonly log: AppendLog;
  readonly path: string;
  readonly key: Uint8Array;
  readonly random: Pick<Random, "bytes">;
}): SealedJournal<PrincipalRecord> {
  const { log, path, key, random } = init;
  return new SealedJournal({
    log,
    key,
    random,
    purpose: "principals",
    schema: principalRecord,
    broken: (record, reason, cause) =>
      new GovernanceJournalError(`${path}: record ${record}: ${reason}`, { details: { path, record, reason }, cause }),
  });
}
