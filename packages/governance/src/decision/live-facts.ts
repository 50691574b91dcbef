/** The facts of a running kernel that conditions ask for. */
import { type FeatureContext, type ProcessDirectory, processDirectory, toPid } from "@weftos/interface";
import { accountOf, type EffectLedger } from "../effect/effect-ledger.ts";
import { agentOf } from "./compile-rule.ts";
import type { Facts } from "./facts.ts";

/** Reads them from the clock, the process directory and the accounts of effects. */
export function liveFacts(context: Pick<FeatureContext, "clock" | "use">, ledger: EffectLedger): Facts {
  const { clock } = context;
  const directory: () => ProcessDirectory = context.use(processDirectory);
  const facts: Facts = {
    now: () => clock.now(),
    process: (id) => (/^\d{1,15}$/.test(id) ? directory().find(toPid(Number(id))) : undefined),
    accumulated(subject, windowMs, halfLifeMs) {
      const account = accountOf(subject, agentOf(subject, facts) ?? undefined);
      return account === undefined ? {} : ledger.within(account, windowMs, halfLifeMs, clock.monotonic());
    },
  };
  return facts;
}
