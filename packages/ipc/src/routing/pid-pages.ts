/**
 * What is kept by PID, for thousands of processes: PIDs are given out in order, so that pages of an array take an eighth of what a
 * `Map` takes. A page goes with its last entry.
 */
import type { Pid } from "@weftos/interface";

/** Small, so that a few old processes among many that are gone hold little. */
const PAGE = 64;

interface Page<Value> {
  readonly values: (Value | undefined)[];
  used: number;
}

export class PidPages<Value extends object> {
  readonly #pages = new Map<number, Page<Value>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(pid: Pid): Value | undefined {
    return this.#pages.get(pageOf(pid))?.values[pid % PAGE];
  }

  set(pid: Pid, value: Value): void {
    let page = this.#pages.get(pageOf(pid));
    if (page === undefined) {
      page = { values: new Array<Value | undefined>(PAGE).fill(undefined), used: 0 };
      this.#pages.set(pageOf(pid), page);
    }
    if (page.values[pid % PAGE] === undefined) {
      page.used += 1;
      this.#size += 1;
    }
    page.values[pid % PAGE] = value;
  }

  delete(pid: Pid): void {
    const page = this.#pages.get(pageOf(pid));
    if (page?.values[pid % PAGE] === undefined) return;
    page.values[pid % PAGE] = undefined;
    page.used -= 1;
    this.#size -= 1;
    if (page.used === 0) this.#pages.delete(pageOf(pid));
  }

  /** All values, by PID. */
  *values(): Generator<Value> {
    // A page may be made after one of higher PIDs, where a start waited for its PID.
    const pages = [...this.#pages].sort(([left], [right]) => left - right);
    for (const [, { values }] of pages) for (const value of values) if (value !== undefined) yield value;
  }
}

function pageOf(pid: Pid): number {
  return Math.floor(pid / PAGE);
}
