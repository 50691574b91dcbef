/**
 * Deadlines of requests: one list for each time-out that is in use, oldest first, with one timer for its head. A request costs no
 * timer of its own. A list that has become empty keeps its timer until the next turn, for the request that follows at once.
 */
import type { Clock, Timer } from "@weftos/interface";

/** Something with a deadline: in at most one list. */
export interface Dated {
  readonly deadline: number;
  readonly timeoutMs: number;
  /** Whether it is in its list. */
  linked: boolean;
  before: Dated | undefined;
  after: Dated | undefined;
}

interface List {
  first: Dated | undefined;
  last: Dated | undefined;
  timer: Timer | undefined;
}

export class Deadlines<Item extends Dated> {
  readonly #clock: Clock;
  readonly #expired: (item: Item) => void;
  readonly #lists = new Map<number, List>();
  #sweep: Timer | undefined;

  /** @param expired - called with each item whose deadline came; it is out of its list by then */
  constructor(clock: Clock, expired: (item: Item) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  add(item: Item): void {
    let list = this.#lists.get(item.timeoutMs);
    if (list === undefined) {
      list = { first: undefined, last: undefined, timer: undefined };
      this.#lists.set(item.timeoutMs, list);
    }
    item.linked = true;
    item.before = list.last;
    if (list.last === undefined) list.first = item;
    else list.last.after = item;
    list.last = item;
    if (list.timer === undefined) this.#schedule(list, item.timeoutMs, item.timeoutMs);
  }

  remove(item: Item): void {
    const list = this.#lists.get(item.timeoutMs);
    if (list === undefined || !item.linked) return;
    item.linked = false;
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
    for (const [timeoutMs, list] of this.#lists) {
      if (list.first !== undefined) continue;
      list.timer?.cancel();
      this.#lists.delete(timeoutMs);
    }
  };

  #schedule(list: List, timeoutMs: number, ms: number): void {
    list.timer = this.#clock.schedule(ms, () => this.#onTime(list, timeoutMs));
  }

  #onTime(list: List, timeoutMs: number): void {
    list.timer = undefined;
    const now = this.#clock.monotonic();
    for (let item = list.first; item !== undefined && item.deadline <= now; item = list.first) {
      this.remove(item as Item);
      this.#expired(item as Item);
    }
    // A timer may have been made by an item that expired.
    if (list.first !== undefined && list.timer === undefined)
      this.#schedule(list, timeoutMs, list.first.deadline - now);
  }
}
