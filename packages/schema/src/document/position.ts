/**
 * Where the parts of a document stand in its text. Positions hang on the objects and arrays that a parser made, so a
 * path is followed through the value itself.
 */
import type { KeyPath } from "../input/key-path.ts";

/** A place in a text: line from 1; column from 1, counted in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Remembers, while a parser builds a value, where each key and element began. */
export class PositionMap {
  readonly #entries: WeakMap<object, Map<string | number, Position>> = new WeakMap();

  /** Notes where a key (or element) of a container stands; the first note of a key stays. */
  note(container: object, key: string | number, position: Position): void {
    let entries = this.#entries.get(container);
    if (entries === undefined) {
      entries = new Map();
      this.#entries.set(container, entries);
    }
    if (!entries.has(key)) entries.set(key, position);
  }

  /** Finds where the value at a path stands, or the nearest container of it that exists. */
  find(root: unknown, path: KeyPath): Position {
    let position: Position = { line: 1, column: 1 };
    let current = root;
    for (const step of path) {
      if (typeof current !== "object" || current === null) break;
      const next = this.#entries.get(current)?.get(step);
      if (next === undefined) break;
      position = next;
      current = Reflect.get(current, step);
    }
    return position;
  }
}

/** Computes the position of an offset in a text; lines end with LF. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}
