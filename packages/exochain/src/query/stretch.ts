// Stretches of the chain that a query looks through, and what the time asked for says of them.
import type { EventFilter } from "../reader/event-filter.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import { BLOCK_EVENTS, type Block, TIME_STEP } from "./block.ts";

function blockEnd(sequence: number): number {
  return (Math.floor(sequence / BLOCK_EVENTS) + 1) * BLOCK_EVENTS;
}

/** Sequences from `from` up to below `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is scanned next: to the end of the block, known or not. */
export function stretchFrom(block: Block | undefined, low: number, high: number): Stretch {
  return { from: low, to: Math.min(high, block === undefined ? blockEnd(low) : block.base + block.count) };
}

/** Times never decrease, so behind the end of the asked time nothing can match; and before its begin, on the way back. */
export function isPast(event: StoredEvent, filter: EventFilter): boolean {
  if (filter.newest === true) return filter.since !== undefined && event.time < filter.since;
  return filter.until !== undefined && event.time >= filter.until;
}

/** Gives the stretch of a block in which the asked time lies, by its samples. */
export function timeBounds(
  block: Block,
  { since, until }: EventFilter,
): { readonly from: number; readonly to: number } {
  const { times, base, count } = block;
  let from = base;
  let to = base + count;
  if (since !== undefined && block.lastTime < since) from = to;
  else if (since !== undefined) {
    // The last sample that is earlier: what is asked for can only lie behind it.
    let sample = 0;
    while (sample + 1 < times.length && (times[sample + 1] as number) < since) sample++;
    from = base + sample * TIME_STEP;
  }
  if (until !== undefined) {
    const sample = times.findIndex((time) => time >= until);
    if (sample !== -1) to = base + sample * TIME_STEP;
  }
  return { from, to };
}
