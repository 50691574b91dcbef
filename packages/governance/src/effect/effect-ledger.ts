/**
 * Adds up what an agent did, so that many small risky actions count as one large one. The sum of a window is that of the
 * effects within it, each halved for every half-life since. Nothing ends at 1 here: a sum says how much was done.
 *
 * Limits: 10 000 subjects, the longest idle forgotten first; 1024 entries of each, the two oldest joined at the time of the
 * younger, so that crowding never makes a sum smaller. Nothing is kept on disk here: see `rebuildAccounts`.
 */
import type { Effect } from "@weftos/interface";

const MAX_SUBJECTS = 10_000;
const MAX_ENTRIES = 1024;
/** The longest window of a rule, so what is older is of no use: 30 days. */
export const MAX_WINDOW_MS = 2_592_000_000;

interface Entry {
  readonly at: number;
  readonly effect: Effect;
}

/** The accounts of one kernel. */
export class EffectLedger {
  readonly #accounts = new Map<string, Entry[]>();

  /**
   * Books an action that is about to run.
   *
   * @returns what takes it back, while it was not joined with another entry
   */
  book(account: string, effect: Effect, now: number): () => void {
    const entries = this.#accounts.get(account) ?? [];
    this.#accounts.delete(account);
    this.#accounts.set(account, entries);
    const entry = { at: now, effect };
    entries.push(entry);
    while ((entries[0]?.at ?? now) < now - MAX_WINDOW_MS) entries.shift();
    if (entries.length > MAX_ENTRIES) {
      const [older, younger] = entries.splice(0, 2);
      if (older !== undefined && younger !== undefined) {
        entries.unshift({ at: Math.max(older.at, younger.at), effect: sum(older.effect, younger.effect, 1) });
      }
    }
    if (this.#accounts.size > MAX_SUBJECTS) {
      const [idle] = this.#accounts.keys();
      if (idle !== undefined) this.#accounts.delete(idle);
    }
    return () => {
      const at = entries.indexOf(entry);
      if (at >= 0) entries.splice(at, 1);
    };
  }

  /**
   * Sums up what an account holds within a window that ends now.
   *
   * @param halfLifeMs - after which an entry counts half; undefined: it counts whole until it leaves the window
   */
  within(
    account: string,
    windowMs: number,
    halfLifeMs: number | undefined,
    now: number,
  ): Readonly<Record<string, number>> {
    let total: Readonly<Record<string, number>> = {};
    for (const { at, effect } of this.#accounts.get(account) ?? []) {
      const age = now - at;
      if (age > windowMs) continue;
      total = sum(total, effect, halfLifeMs === undefined || age <= 0 ? 1 : 0.5 ** (age / halfLifeMs));
    }
    return total;
  }
}

function sum(
  total: Readonly<Record<string, number>>,
  effect: Readonly<Record<string, number>>,
  weight: number,
): Effect {
  const next: Record<string, number> = { ...total };
  for (const [dimension, value] of Object.entries(effect)) next[dimension] = (next[dimension] ?? 0) + value * weight;
  return { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0, ...next };
}
