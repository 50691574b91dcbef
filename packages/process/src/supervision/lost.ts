/** What the last kernel left, as the tree that it was. */
import type { JournalEntry } from "../table/journal-record.ts";

/** A process that was lost, with those below it. */
export interface Lost {
  readonly entry: JournalEntry;
  /** It is started again: as the journal says, or with the supervisor above it. */
  readonly recovering: boolean;
  readonly below: readonly Lost[];
}

/** Puts entries under those that they name as their parents, whichever of them comes first. */
export function lostTree(left: readonly JournalEntry[]): readonly Lost[] {
  const known = new Set(left.map(({ pid }) => pid));
  const below = new Map<number, JournalEntry[]>();
  for (const entry of left) {
    const above = known.has(entry.parent) ? entry.parent : 0;
    const siblings = below.get(above);
    if (siblings === undefined) below.set(above, [entry]);
    else siblings.push(entry);
  }
  const lostBelow = (pid: number, above: boolean): readonly Lost[] =>
    (below.get(pid) ?? []).map((entry) => {
      const { recovery, member } = entry;
      const recovering =
        entry.parent === 0
          ? recovery !== undefined
          : above && member !== undefined && (!member.added || recovery !== undefined);
      return { entry, recovering, below: lostBelow(entry.pid, recovering) };
    });
  return lostBelow(0, false);
}

/** All of them, those above before those below. */
export function* everyLost(lost: readonly Lost[]): Iterable<Lost> {
  for (const one of lost) {
    yield one;
    yield* everyLost(one.below);
  }
}

/**
 * Takes those for lost for good that must not be started again: a supervisor with all below it, when it or one of those is meant.
 *
 * @param isMeant - tells it of an agent or a supervisor
 */
export function leaveOut(lost: readonly Lost[], isMeant: (one: Lost) => boolean): readonly Lost[] {
  return lost.map((one) => ([...everyLost([one])].some(isMeant) ? forGood(one) : one));
}

function forGood(one: Lost): Lost {
  return { ...one, recovering: false, below: one.below.map(forGood) };
}
