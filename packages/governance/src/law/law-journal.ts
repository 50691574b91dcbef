/** The journal of the law: sealed records, see `SealedJournal`. */
import type { AppendLog, Random } from "@weftos/interface";
import { SealedJournal } from "../journal/sealed-journal.ts";
import { GovernanceJournalError } from "../principal/principal-errors.ts";
import { type LawRecord, lawRecord } from "./law-record.ts";

/** Makes the journal over an open log. */
export function lawJournal(init: {
  readonly log: AppendLog;
  readonly path: string;
  readonly key: Uint8Array;
  readonly random: Pick<Random, "bytes">;
}): SealedJournal<LawRecord> {
  const { log, path, key, random } = init;
  return new SealedJournal({
    log,
    key,
    random,
    purpose: "law",
    schema: lawRecord,
    broken: (record, reason, cause) =>
      new GovernanceJournalError(`${path}: record ${record}: ${reason}`, { details: { path, record, reason }, cause }),
  });
}
