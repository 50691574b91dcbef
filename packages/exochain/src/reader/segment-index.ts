// Which segment holds a sequence: one entry for each stretch of events, so that a million events cost some hundred
// kilobytes. From an entry on, segments are walked.
import type { EventPlace } from "../verify/walk-options.ts";

const EVENTS_PER_ENTRY = 256;
const BYTES_PER_ENTRY = 65_536;

/** An entry: a segment of events that begins with this sequence, and where its content lies. */
export interface IndexEntry extends EventPlace {
  readonly sequence: number;
}

export class SegmentIndex {
  readonly #entries: IndexEntry[];

  constructor(entries: readonly IndexEntry[] = []) {
    this.#entries = [...entries];
  }

  get entries(): readonly IndexEntry[] {
    return this.#entries;
  }

  /** Notes a segment; called in order. */
  add(sequence: number, place: EventPlace): void {
    const last = this.#entries.at(-1);
    if (
      last === undefined ||
      last.first !== place.first ||
      sequence - last.sequence >= EVENTS_PER_ENTRY ||
      place.eventOffset - last.eventOffset >= BYTES_PER_ENTRY ||
      place.contentOffset - last.contentOffset >= BYTES_PER_ENTRY
    ) {
      this.#entries.push({
        sequence,
        first: place.first,
        eventOffset: place.eventOffset,
        contentOffset: place.contentOffset,
      });
    }
  }

  /** Finds the last entry at or before a sequence. */
  find(sequence: number): IndexEntry | undefined {
    let low = 0;
    let high = this.#entries.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as IndexEntry).sequence <= sequence) low = middle + 1;
      else high = middle - 1;
    }
    return this.#entries[high];
  }
}
