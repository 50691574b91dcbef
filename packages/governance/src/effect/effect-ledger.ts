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
/** Sums that are kept of one account. */
const MAX_SUMS = 256;
/** The longest window of a rule, so what is older is of no use: 30 days. */
export const MAX_WINDOW_MS = 2_592_000_000;

interface Entry {
  readonly at: number;
  readonly effect: Effect;
}

/** What a window of an account came to when it was last asked for. */
interface Sum {
  /** Of the account's changes. */
  readonly version: number;
  /** The first entry within the window, and how many there were. */
  readonly from: number;
  readonly count: number;
  /** When it was asked for; of a sum that decays it holds then alone. */
  readonly now: number;
  readonly total: Readonly<Record<string, number>>;
}

interface Account {
  readonly entries: Entry[];
  /** Grows with every change but an entry at the end. */
  version: number;
  /** By window and half-life. */
  readonly sums: Map<string, Sum>;
}

const NOTHING: Readonly<Record<string, number>> = Object.freeze({});

/** The accounts of one kernel. */
export class EffectLedger {
  readonly #accounts = new Map<string, Account>();
  /** What was asked last: the next rule of a decision mostly asks the same. */
  #last:
    | (Sum & { readonly of: Account; readonly windowMs: number; readonly halfLifeMs: number | undefined })
    | undefined;

  /**
   * Books an action that is about to run.
   *
   * @returns what takes it back, while it was not joined with another entry
   */
  book(account: string, effect: Effect, now: number): () => void {
    const of: Account = this.#accounts.get(account) ?? { entries: [], version: 0, sums: new Map() };
    this.#accounts.delete(account);
    this.#accounts.set(account, of);
    const { entries } = of;
    const entry = { at: now, effect };
    const last = entries.at(-1)?.at ?? now;
    if (now >= last) entries.push(entry);
    else {
      // What was recorded while a clock was set back: in the order of time all the same.
      entries.splice(firstWithin(entries, now), 0, entry);
      of.version += 1;
    }
    while ((entries[0]?.at ?? now) < now - MAX_WINDOW_MS) {
      entries.shift();
      of.version += 1;
    }
    if (entries.length > MAX_ENTRIES) {
      const [older, younger] = entries.splice(0, 2);
      if (older !== undefined && younger !== undefined) {
        const joined = zero();
        add(joined, older.effect, 1);
        add(joined, younger.effect, 1);
        entries.unshift({ at: Math.max(older.at, younger.at), effect: joined as Effect });
      }
      of.version += 1;
    }
    if (this.#accounts.size > MAX_SUBJECTS) {
      const [idle] = this.#accounts.keys();
      if (idle !== undefined) this.#accounts.delete(idle);
    }
    return () => {
      const at = entries.indexOf(entry);
      if (at >= 0) entries.splice(at, 1);
      of.version += 1;
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
    const of = this.#accounts.get(account);
    if (of === undefined) return NOTHING;
    const { entries, version } = of;
    const last = this.#last;
    if (
      last?.of === of &&
      last.now === now &&
      last.windowMs === windowMs &&
      last.halfLifeMs === halfLifeMs &&
      last.version === version &&
      last.count === entries.length
    )
      return last.total;
    const sum = this.#sum(of, windowMs, halfLifeMs, now);
    this.#last = { ...sum, now, of, windowMs, halfLifeMs };
    return sum.total;
  }

  #sum({ entries, sums, version }: Account, windowMs: number, halfLifeMs: number | undefined, now: number): Sum {
    const from = firstWithin(entries, now - windowMs);
    const count = entries.length;
    const key = `${windowMs}:${halfLifeMs ?? ""}`;
    const before = sums.get(key);
    const known = before?.version === version && before.from === from ? before : undefined;
    // All rules of one decision ask within a moment.
    if (known?.count === count && (halfLifeMs === undefined || known.now === now)) return known;
    const whole = halfLifeMs === undefined && known !== undefined && known.count <= count ? known : undefined;
    const total = whole === undefined ? zero() : { ...whole.total };
    for (let index = whole?.count ?? from; index < count; index += 1) {
      const { at, effect } = entries[index] as Entry;
      const age = now - at;
      add(total, effect, halfLifeMs === undefined || age <= 0 ? 1 : 0.5 ** (age / halfLifeMs));
    }
    if (before === undefined && sums.size >= MAX_SUMS) sums.clear();
    const sum = { version, from, count, now, total };
    sums.set(key, sum);
    return sum;
  }
}

/** The first entry that is not older. */
function firstWithin(entries: readonly Entry[], oldest: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as Entry).at < oldest) low = middle + 1;
    else high = middle;
  }
  return low;
}

function zero(): Record<string, number> {
  return { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 };
}

function add(total: Record<string, number>, effect: Readonly<Record<string, number>>, weight: number): void {
  for (const dimension in effect) total[dimension] = (total[dimension] ?? 0) + (effect[dimension] ?? 0) * weight;
}
