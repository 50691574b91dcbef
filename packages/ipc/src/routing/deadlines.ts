/**
 * Deadlines of requests: one list for each time-out that is in use, oldest first, with one timer for its head. A request costs no
 * timer of its own, and is its own entry in the list. A list that has become empty keeps its timer until the next turn, for the
 * request that follows at once.
 */
import type { Clock, Timer } from "@weftos/interface";

/** Something with a deadline: in at most one list. */
export interface Dated<Item> {
  readonly deadline: number;
  readonly timeoutMs: number;
  /** The list that it is in. */
  list: DeadlineList<Item> | undefined;
  before: Item | undefined;
  after: Item | undefined;
}

/** Items with one time-out. */
export interface DeadlineList<Item> {
  readonly timeoutMs: number;
  first: Item | undefined;
  last: Item | undefined;
  timer: Timer | undefined;
}

export class Deadlines<Item extends Dated<Item>> {
  readonly #clock: Clock;
  readonly #expired: (item: Item) => void;
  readonly #lists = new Map<number, DeadlineList<Item>>();
  /** The list that was used last: most time-outs are alike. */
  #recent: DeadlineList<Item> | undefined;
  #sweep: Timer | undefined;

  /** @param expired - called with each item whose deadline came; it is out of its list by then */
  constructor(clock: Clock, expired: (item: Item) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  add(item: Item): void {
    const { timeoutMs } = item;
    const list = this.#recent?.timeoutMs === timeoutMs ? this.#recent : this.#list(timeoutMs);
    item.list = list;
    item.before = list.last;
    if (list.last === undefined) list.first = item;
    else list.last.after = item;
    list.last = item;
    if (list.timer === undefined) this.#schedule(list, timeoutMs);
  }

  remove(item: Item): void {
    const { list } = item;
    if (list === undefined) return;
    item.list = undefined;
    if (item.before === undefined) list.first = item.after;
    else item.before.after = item.after;
    if (item.after === undefined) list.last = item.before;
    else item.after.before = item.before;
    item.before = undefined;
    item.after = undefined;
    if (list.first === undefined) this.#sweep ??= this.#clock.schedule(0, this.#onSweep);
  }

  readonly #onSweep = (): void => {
    this.#sweep = undefined;
    this.#recent = undefined;
    for (const [timeoutMs, list] of this.#lists) {
      if (list.first !== undefined) continue;
      list.timer?.cancel();
      this.#lists.delete(timeoutMs);
    }
  };

  #list(timeoutMs: number): DeadlineList<Item> {
    let list = this.#lists.get(timeoutMs);
    if (list === undefined) {
      list = { timeoutMs, first: undefined, last: undefined, timer: undefined };
      this.#lists.set(timeoutMs, list);
    }
    this.#recent = list;
    return list;
  }

  #schedule(list: DeadlineList<Item>, ms: number): void {
    list.timer = this.#clock.schedule(ms, () => this.#onTime(list));
  }

  #onTime(list: DeadlineList<Item>): void {
    list.timer = undefined;
    const now = this.#clock.monotonic();
    for (let item = list.first; item !== undefined && item.deadline <= now; item = list.first) {
      this.remove(item);
      this.#expired(item);
    }
    // A timer may have been made by an item that expired.
    if (list.first !== undefined && list.timer === undefined) this.#schedule(list, list.first.deadline - now);
  }
}
