/**
 * Whom the last kernel left: read from its journal change by change, in the order of their first starts; kept until it was said of each
 * what becomes of it, so that a journal that is written anew meanwhile forgets none.
 */
import type { JournalEntry, ReadChange } from "./journal-record.ts";
import { entryOf } from "./journal-record.ts";

export class LeftProcesses {
  readonly #entries = new Map<number, JournalEntry>();
  /** Of first starts, by the PIDs of all that followed them. */
  readonly #places = new Map<number, number>();
  #changes = 0;
  #highest = 0;

  /** Changes that were read. */
  get changes(): number {
    return this.#changes;
  }

  /** The highest PID that was read; 0 when none was. */
  get highest(): number {
    return this.#highest;
  }

  read(change: ReadChange): void {
    const [kind, pid] = change;
    this.#highest = Math.max(this.#highest, pid);
    this.#changes += 1;
    if (kind === "e") {
      this.#entries.delete(pid);
      return;
    }
    const before = change[2];
    // One that was started again keeps the place of its first start.
    this.#places.set(pid, this.#places.get(before) ?? this.#places.get(pid) ?? this.#changes);
    this.followed(before, pid);
    this.#entries.set(pid, entryOf(change));
  }

  /** All of whom nothing was said yet. */
  all(): readonly JournalEntry[] {
    const placeOf = ({ pid }: JournalEntry): number => this.#places.get(pid) ?? 0;
    return [...this.#entries.values()].sort((one, other) => placeOf(one) - placeOf(other));
  }

  /** One of whom nothing was said yet. */
  find(pid: number): JournalEntry | undefined {
    return this.#entries.get(pid);
  }

  /** More is known of one. */
  changed(entry: JournalEntry): void {
    if (this.#entries.has(entry.pid)) this.#entries.set(entry.pid, entry);
  }

  /** One has a start that follows: who was below it is below that. */
  followed(before: number, pid: number): void {
    if (!this.#entries.delete(before)) return;
    for (const [below, entry] of this.#entries) {
      if (entry.parent === before) this.#entries.set(below, { ...entry, parent: pid });
    }
  }

  /** It was said what becomes of one. */
  told(pid: number): void {
    this.#entries.delete(pid);
  }
}
