/** The facts of a running kernel that conditions ask for. */
import {
  type FeatureContext,
  type ProcessDirectory,
  type ProcessInfo,
  processDirectory,
  type Subject,
  toPid,
} from "@weftos/interface";
import { accountOf } from "../effect/account.ts";
import type { AccountsBefore } from "../effect/accounts-before.ts";
import type { EffectLedger } from "../effect/effect-ledger.ts";
import type { Facts } from "./facts.ts";

/**
 * Reads them from the clock, the process directory and the accounts of effects.
 *
 * @param before - throws while accounts are still read: the rule cannot be judged then
 * @param askedOn - tells on whose account a process that is gone had asked: what is approved later is booked there
 */
export function liveFacts(
  context: Pick<FeatureContext, "clock" | "use">,
  ledger: EffectLedger,
  askedOn: (subject: Subject) => string | undefined,
  before: Pick<AccountsBefore, "assertRead">,
): Facts {
  const { clock } = context;
  const directory: () => ProcessDirectory = context.use(processDirectory);
  const process = (id: string): ProcessInfo | undefined =>
    /^\d{1,15}$/.test(id) ? directory().find(toPid(Number(id))) : undefined;
  return {
    now: () => clock.now(),
    process,
    account: (subject) => {
      const gone = subject.kind === "process" && process(subject.id) === undefined;
      return (gone ? askedOn(subject) : undefined) ?? accountOf(subject, process);
    },
    // To the millisecond, so that all rules of one decision ask of one moment.
    accumulated: (account, windowMs, halfLifeMs) => {
      before.assertRead();
      return ledger.within(account, windowMs, halfLifeMs, Math.floor(clock.monotonic()));
    },
  };
}
