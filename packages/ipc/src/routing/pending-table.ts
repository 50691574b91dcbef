/**
 * Requests that wait, by number: a hash table whose entries are the requests themselves. A `Map` makes a new table for every few
 * of what comes and goes, which a request does at once; here it costs nothing to come or go.
 */

const FEWEST_BUCKETS = 16;

/** What lies in a table: in at most one. */
export interface Numbered<Item> {
  readonly number: number;
  /** The next in its bucket. */
  next: Item | undefined;
}

export class PendingTable<Item extends Numbered<Item>> {
  /** As many as a power of two. */
  #buckets: (Item | undefined)[] = emptyBuckets(FEWEST_BUCKETS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(number: number): Item | undefined {
    let item = this.#buckets[number & (this.#buckets.length - 1)];
    while (item !== undefined && item.number !== number) item = item.next;
    return item;
  }

  add(item: Item): void {
    if (this.#size === this.#buckets.length) this.#resize(this.#size * 2);
    this.#put(item);
    this.#size += 1;
  }

  /** @returns false when it is not in the table */
  remove(item: Item): boolean {
    const bucket = item.number & (this.#buckets.length - 1);
    let before: Item | undefined;
    let at = this.#buckets[bucket];
    while (at !== undefined && at !== item) {
      before = at;
      at = at.next;
    }
    if (at === undefined) return false;
    if (before === undefined) this.#buckets[bucket] = item.next;
    else before.next = item.next;
    item.next = undefined;
    this.#size -= 1;
    // The room of a storm that is over.
    if (this.#size === 0 && this.#buckets.length > 1024) this.#resize(FEWEST_BUCKETS);
    return true;
  }

  /** All of them, in no order. */
  all(): Item[] {
    const all: Item[] = [];
    for (const first of this.#buckets) {
      for (let item = first; item !== undefined; item = item.next) all.push(item);
    }
    return all;
  }

  #put(item: Item): void {
    const bucket = item.number & (this.#buckets.length - 1);
    item.next = this.#buckets[bucket];
    this.#buckets[bucket] = item;
  }

  #resize(buckets: number): void {
    const all = this.all();
    this.#buckets = emptyBuckets(buckets);
    for (const item of all) this.#put(item);
  }
}

function emptyBuckets<Item>(count: number): (Item | undefined)[] {
  const buckets: (Item | undefined)[] = [];
  for (let at = 0; at < count; at += 1) buckets.push(undefined);
  return buckets;
}
