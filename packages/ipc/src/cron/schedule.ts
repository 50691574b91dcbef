/**
 * Due times of a schedule, as a function of time alone. Intervals are multiples of the interval after an anchor, so they
 * never drift. Cron expressions are croner's (5 fields, or 6 with seconds, and nicknames such as `@daily`): a fixed time
 * of day that a daylight-saving change leaves out comes at the first moment after it, and one that the clock shows twice
 * comes once; all else follows the clock on the wall.
 */
import type { Cron } from "croner";
import { CronScheduleError } from "./cron-errors.ts";
import type { Schedule } from "./cron-job.ts";

/** Due times that are counted one by one; beyond it only the newest matter. */
export const MAX_COUNTED = 1000;
/** Due times that are looked up from the oldest on, which is cheaper while there are few. */
const FORWARD = 16;

/** Due times after one moment and up to another. */
export interface Dues {
  /** The newest {@link MAX_COUNTED}, oldest first. */
  readonly times: readonly number[];
  /** How many there were; for cron expressions exact up to {@link MAX_COUNTED}, then the least there were. */
  readonly count: number;
}

/** A schedule that was read. */
export interface DueTimes {
  /** The first due time after `time`; undefined when there is none any more. */
  next(time: number): number | undefined;
  /** Those after `after` and not after `upTo`. */
  between(after: number, upTo: number): Dues;
  /** The same schedule with intervals counted from another moment; an expression has no anchor. */
  anchoredAt(anchor: number): DueTimes;
}

/**
 * Reads a schedule.
 *
 * @param anchor - where intervals count from, in milliseconds UTC
 * @throws CronScheduleError (`IPC_CRON_SCHEDULE`) when the expression or the time zone cannot be read
 */
export async function readSchedule(schedule: Schedule, anchor: number): Promise<DueTimes> {
  return "everyMs" in schedule
    ? intervals(schedule.everyMs, anchor)
    : await expression(schedule.cron, schedule.timeZone);
}

function intervals(everyMs: number, anchor: number): DueTimes {
  const at = (index: number): number => anchor + index * everyMs;
  /** Index of the newest due time that is not after `time`; below 1 when there was none. */
  const indexAt = (time: number): number => Math.max(0, Math.floor((time - anchor) / everyMs));
  return {
    next: (time) => at(indexAt(time) + 1),
    anchoredAt: (moved) => intervals(everyMs, moved),
    between(after, upTo) {
      const last = indexAt(upTo);
      const count = Math.max(0, last - indexAt(after));
      const length = Math.min(count, MAX_COUNTED);
      return { times: Array.from({ length }, (_, index) => at(last - length + 1 + index)), count };
    },
  };
}

async function expression(text: string, timeZone: string): Promise<DueTimes> {
  const cron = await parseExpression(text, timeZone);
  const next = (time: number): number | undefined => cron.nextRun(new Date(time))?.getTime();
  if (next(0) === undefined) throw problem(text, timeZone, "it never comes due");
  const dues: DueTimes = {
    next,
    anchoredAt: () => dues,
    between(after, upTo) {
      const times: number[] = [];
      for (let due = next(after); due !== undefined && due <= upTo; due = next(due)) {
        if (times.push(due) > FORWARD) return newest(after, upTo);
      }
      return { times, count: times.length };
    },
  };
  return dues;

  /** From the newest back, so that the cost is bounded however long the gap was. */
  function newest(after: number, upTo: number): Dues {
    const times = cron
      // It looks at whole seconds.
      .previousRuns(MAX_COUNTED, new Date(upTo + 1000))
      .map((date) => date.getTime())
      .filter((time) => time > after && time <= upTo)
      .reverse();
    return { times, count: times.length };
  }
}

async function parseExpression(text: string, timeZone: string): Promise<Cron> {
  // Loaded with the first expression: intervals need none of it.
  const { Cron } = await import("croner");
  try {
    const cron = new Cron(text, { paused: true, timezone: timeZone, mode: "5-or-6-parts" });
    // A time zone is looked up when it is first used.
    cron.nextRun(new Date(0));
    return cron;
  } catch (error) {
    throw problem(text, timeZone, error instanceof Error ? error.message : "unreadable");
  }
}

function problem(text: string, timeZone: string, reason: string): CronScheduleError {
  const schedule = `${text} (${timeZone})`.slice(0, 128);
  return new CronScheduleError(
    `expected a cron expression of 5 fields, or 6 with seconds, and an IANA time zone, got ${JSON.stringify(schedule)}: ${reason}`,
    { details: { schedule, reason } },
  );
}
