// The way from the root of an RFC 6962 tree down to an entry or to the edge of a smaller tree: where it turns, and what
// lies beside it. Makers and checkers of proofs walk the same way. Sizes are safe integers, so no bit operators.

/** One turn: which entries lie beside the way, and whether they lie right of it. */
export interface Turn {
  readonly right: boolean;
  readonly from: number;
  readonly to: number;
}

/** Gives the largest power of two below a size of 2 or more. */
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** Gives the turns from the root down to an entry; the last turn is beside the leaf. */
export function turnsToEntry(index: number, size: number): Turn[] {
  checkSize("size", size, 1);
  checkSize("index", index, 0);
  if (index >= size) throw new RangeError(`a tree of ${size} has no entry ${index}`);
  const turns: Turn[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      turns.push({ right: true, from: middle, to });
      to = middle;
    } else {
      turns.push({ right: false, from, to: middle });
      from = middle;
    }
  }
  return turns;
}

/** The way to the right edge of a smaller tree: turns, and the subtree at which both trees meet. */
export interface WayToEdge {
  readonly turns: readonly Turn[];
  /** The subtree that ends where the smaller tree ends. */
  readonly from: number;
  readonly to: number;
}

/** Gives the way from the root of a tree of `size` to the edge of its first `smaller` entries. */
export function wayToEdge(smaller: number, size: number): WayToEdge {
  checkSize("smaller", smaller, 1);
  checkSize("size", size, 1);
  if (smaller > size) throw new RangeError(`a tree of ${smaller} is not a part of one of ${size}`);
  const turns: Turn[] = [];
  let from = 0;
  let to = size;
  while (smaller < to) {
    const middle = from + split(to - from);
    if (smaller <= middle) {
      turns.push({ right: true, from: middle, to });
      to = middle;
    } else {
      turns.push({ right: false, from, to: middle });
      from = middle;
    }
  }
  return { turns, from, to };
}

function checkSize(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be a safe integer of ${least} or more, got ${value}`);
  }
}
