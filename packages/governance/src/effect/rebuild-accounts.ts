/**
 * Books again what the chain says was done lately, so that a restart of the kernel clears no account. Bounded by the longest
 * window of the rules in force: without a rule about what was accumulated, nothing is read.
 *
 * Limits: an act counts with the effect it had when it was decided, and not at all when its event was redacted; a rule that
 * comes into force later, with a longer window, sees what was done before this boot only after the next one.
 */
import type { AuditReader } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import type { Rule } from "../policy/rule-schema.ts";
import type { EffectLedger } from "./effect-ledger.ts";
import { ZERO_EFFECT } from "./effect-vector.ts";

/** What is booked anew. */
export interface RebuildInit {
  readonly ledger: EffectLedger;
  readonly reader: AuditReader;
  readonly rules: readonly Rule[];
  readonly clock: { now(): number; monotonic(): number };
  readonly signal: AbortSignal;
}

const admitted = z.lazy(() =>
  z.looseObject({
    account: z.string(),
    verdict: z.literal("permit"),
    effect: z.record(z.string(), z.union([z.string(), z.number()])),
  }),
);

/** Rebuilds. @returns how many acts were booked */
export async function rebuildAccounts({ ledger, reader, rules, clock, signal }: RebuildInit): Promise<number> {
  const windowMs = longestWindow(rules);
  if (windowMs === 0) return 0;
  const now = clock.now();
  const here = clock.monotonic();
  let booked = 0;
  // Every kind: programs declare actions after this boot too, and what those did counts from before it.
  for await (const { time, payload } of reader.events({ since: now - windowMs, signal })) {
    if (payload?.account === undefined) continue;
    const parsed = safeParse(admitted, payload, "a decision");
    if (!parsed.ok) continue;
    const { account, effect } = parsed.value;
    const numbers = Object.entries(effect).map(([name, value]) => [name, Number(value)] as const);
    // The chain's time is the wall clock's; the ledger's goes on by itself.
    ledger.book(account, { ...ZERO_EFFECT, ...Object.fromEntries(numbers) }, here - Math.max(0, now - time));
    booked++;
  }
  return booked;
}

/** The longest window that a rule looks back over, in milliseconds; 0 when none does. */
export function longestWindow(rules: readonly Rule[]): number {
  return Math.max(0, ...rules.map(({ active, condition }) => (active ? (condition.accumulated?.windowMs ?? 0) : 0)));
}
