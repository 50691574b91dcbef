/** Which term occurs how often and where. It keeps the totals of every term and the few files that hold it most often. */
import { type TermFrequency, topTerms } from "../count/term-count.ts";
import type { SearchAnswer } from "./protocol.ts";

const HITS = 5;

interface Hit {
  readonly path: string;
  readonly count: number;
}

interface Entry {
  count: number;
  files: number;
  hits: readonly Hit[];
}

export class TermIndex {
  readonly #entries: Map<string, Entry> = new Map();

  /** Adds terms of one file; a term comes at most once a file. */
  add(path: string, terms: readonly (readonly [string, number])[]): void {
    for (const [term, count] of terms) {
      const entry = this.#entries.get(term);
      if (entry === undefined) {
        this.#entries.set(term, { count, files: 1, hits: [{ path, count }] });
        continue;
      }
      entry.count += count;
      entry.files += 1;
      const last = entry.hits.at(-1);
      if (entry.hits.length < HITS || last === undefined || compare({ path, count }, last) < 0) {
        entry.hits = [...entry.hits, { path, count }].sort(compare).slice(0, HITS);
      }
    }
  }

  top(limit: number): readonly TermFrequency[] {
    return topTerms(this.#totals(), limit);
  }

  search(term: string): SearchAnswer {
    const { count, files, hits } = this.#entries.get(term) ?? { count: 0, files: 0, hits: [] };
    return { term, count, files, hits: [...hits] };
  }

  *#totals(): Iterable<readonly [string, number]> {
    for (const [term, { count }] of this.#entries) yield [term, count];
  }
}

/** The fuller file first; among equals by path. */
function compare(left: Hit, right: Hit): number {
  return right.count - left.count || (left.path < right.path ? -1 : 1);
}
