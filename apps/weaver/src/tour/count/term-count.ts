/**
 * Counts terms: a letter, then letters, numbers, apostrophes and hyphens, in lower case. Bytes that are no UTF-8 end a term.
 */

const term = /\p{L}[\p{L}\p{N}'-]*/gu;
const partOfTerm = /[\p{L}\p{N}'-]/u;

/** A term and how often it was seen. */
export interface TermFrequency {
  readonly term: string;
  readonly count: number;
}

/** Counts the terms of one file, given in chunks cut anywhere. */
export class TermCount {
  readonly #decoder = new TextDecoder("utf-8");
  readonly #counts = new Map<string, number>();
  /** Pieces of a term that may go on in the next chunk. */
  #open: string[] = [];

  add(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    const end = startOfOpenEnd(text);
    if (end > 0) {
      this.#close(text.slice(0, end));
      this.#open = [];
    }
    if (end < text.length) this.#open.push(text.slice(end));
  }

  /** Counts what the last chunk left open and gives the counts; the counter is used up. */
  finish(): ReadonlyMap<string, number> {
    this.#close(this.#decoder.decode());
    this.#open = [];
    return this.#counts;
  }

  #close(text: string): void {
    this.#count(this.#open.length === 0 ? text : this.#open.join("") + text);
  }

  #count(text: string): void {
    for (const [match] of text.matchAll(term)) {
      const key = match.toLowerCase();
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }
}

/** Finds where the last run of characters that a term may hold begins: a chunk may be cut there. */
function startOfOpenEnd(text: string): number {
  let at = text.length;
  while (at > 0) {
    const pair = at > 1 && isLowSurrogate(text.charCodeAt(at - 1)) ? 2 : 1;
    if (!partOfTerm.test(text.slice(at - pair, at))) return at;
    at -= pair;
  }
  return at;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Gives the most frequent terms, ties in the order of their code units. */
export function topTerms(counts: Iterable<readonly [string, number]>, limit: number): readonly TermFrequency[] {
  const top: TermFrequency[] = [];
  for (const [name, count] of counts) {
    const last = top.at(-1);
    if (top.length === limit && last !== undefined && !isBefore({ term: name, count }, last)) continue;
    const at = top.findIndex((other) => isBefore({ term: name, count }, other));
    top.splice(at === -1 ? top.length : at, 0, { term: name, count });
    if (top.length > limit) top.pop();
  }
  return top;
}

function isBefore(left: TermFrequency, right: TermFrequency): boolean {
  return left.count > right.count || (left.count === right.count && left.term < right.term);
}
