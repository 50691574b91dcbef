/** What an account held when a decision was made, for explanations. */
import type { AuditReader } from "@weftos/interface";
import { EffectLedger } from "../effect/effect-ledger.ts";
import { type RecordedDecision, recordedDecision } from "./recorded-decision.ts";

/** Books what was done on the account of a decision before it, as far back as `windowMs`. */
export async function accountThen(
  reader: AuditReader,
  { account, sequence, time }: Pick<RecordedDecision, "account" | "sequence" | "time">,
  windowMs: number,
  signal: AbortSignal,
): Promise<EffectLedger> {
  const ledger = new EffectLedger();
  if (account === undefined || windowMs === 0) return ledger;
  for await (const event of reader.events({ since: time - windowMs, signal })) {
    if (event.sequence >= sequence) break;
    const earlier = recordedDecision(event);
    if (earlier?.ran === true && earlier.account === account) ledger.book(account, earlier.effect, earlier.time);
  }
  return ledger;
}
