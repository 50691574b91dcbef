/** What the last kernel left, as the tree that it was. */
import type { JournalEntry } from "../table/process-journal.ts";

/** A process that was lost, with those below it. */
export interface Lost {
  readonly entry: JournalEntry;
  /** It is started again: as the journal says, or with the supervisor above it. */
  readonly recovering: boolean;
  readonly below: readonly Lost[];
}

/** Puts entries under those that they name as their parents; in their order. */
export function lostTree(left: readonly JournalEntry[]): readonly Lost[] {
  const known = new Map<number, Lost & { readonly below: Lost[] }>();
  const top: Lost[] = [];
  for (const entry of left) {
    const above = known.get(entry.parent);
    const { recovery, member } = entry;
    const recovering =
      entry.parent === 0
        ? recovery !== undefined
        : above?.recovering === true && member !== undefined && (!member.added || recovery !== undefined);
    const lost = { entry, recovering, below: [] };
    known.set(entry.pid, lost);
    (above?.below ?? top).push(lost);
  }
  return top;
}

/** All of them, those above before those below. */
export function* everyLost(lost: readonly Lost[]): Iterable<Lost> {
  for (const one of lost) {
    yield one;
    yield* everyLost(one.below);
  }
}
