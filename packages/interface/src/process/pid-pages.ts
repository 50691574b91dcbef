import type { Pid } from "../identity/ids.ts";

/** A power of two; small, so that a few old processes among many that are gone hold little. */
const PAGE = 64;

interface Page<Value> {
  /** The first PID of it. */
  readonly base: number;
  readonly values: (Value | undefined)[];
  used: number;
}

/**
 * A map by PID, for hundreds of thousands of processes: PIDs are given out in order, so that pages of an array hold them in an eighth of
 * what a `Map` takes. A page goes with its last entry. Looked into several times for each message: it remembers the page that it looked
 * into last, and finds places by bits, which hold for every safe integer.
 */
export class PidPages<Value extends object> {
  readonly #pages = new Map<number, Page<Value>>();
  #last: Page<Value> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(pid: Pid): Value | undefined {
    return this.#page(pid)?.values[pid & (PAGE - 1)];
  }

  set(pid: Pid, value: Value): void {
    let page = this.#page(pid);
    if (page === undefined) {
      page = { base: baseOf(pid), values: new Array<Value | undefined>(PAGE).fill(undefined), used: 0 };
      this.#pages.set(page.base, page);
    }
    const at = pid & (PAGE - 1);
    if (page.values[at] === undefined) {
      page.used += 1;
      this.#size += 1;
    }
    page.values[at] = value;
  }

  delete(pid: Pid): void {
    const page = this.#page(pid);
    const at = pid & (PAGE - 1);
    if (page?.values[at] === undefined) return;
    page.values[at] = undefined;
    page.used -= 1;
    this.#size -= 1;
    if (page.used > 0) return;
    this.#pages.delete(page.base);
    this.#last = undefined;
  }

  /** All values, by PID. */
  *values(): Generator<Value, void, undefined> {
    // A page may be made after one of higher PIDs, where a start waited for its PID.
    const pages = [...this.#pages.values()].sort((left, right) => left.base - right.base);
    for (const { values } of pages) for (const value of values) if (value !== undefined) yield value;
  }

  #page(pid: Pid): Page<Value> | undefined {
    const base = baseOf(pid);
    if (this.#last?.base === base) return this.#last;
    const page = this.#pages.get(base);
    if (page !== undefined) this.#last = page;
    return page;
  }
}

function baseOf(pid: Pid): number {
  return pid - (pid & (PAGE - 1));
}
