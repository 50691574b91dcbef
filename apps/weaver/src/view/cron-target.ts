/** What a job does and when, in a few words. */
import type { JsonObject } from "@weftos/interface";
import { numberOf, objectOf, shown } from "./fields.ts";
import { span } from "./time.ts";

/** Shows a schedule: `every 5 min`, or the expression with its zone. */
export function scheduleText(job: JsonObject): string {
  const schedule = objectOf(job.schedule);
  const everyMs = numberOf(schedule.everyMs);
  if (everyMs === undefined) return `${shown(schedule.cron)} (${shown(schedule.timeZone)})`;
  return `every ${everyMs < 1000 ? `${everyMs} ms` : span(everyMs)}`;
}

/** Shows a target: `agent reporter`, `topic beat`, `tool fs.stat`. */
export function targetText(job: JsonObject): string {
  const target = objectOf(job.target);
  if (target.tool !== undefined) return `tool ${shown(target.tool)}`;
  if (target.topic !== undefined) return `topic ${shown(target.topic)}`;
  return `agent ${shown(target.agent)}`;
}

/** Shows how a run went: `ok`, `failed: IPC_TIMEOUT`, `skipped: overlap`. */
export function outcomeText(run: JsonObject): string {
  if (run.outcome === undefined) return "-";
  const missed = numberOf(run.missed);
  const others = missed === undefined ? "" : ` (and ${missed} more missed)`;
  return `${shown(run.outcome)}${run.error === undefined ? "" : `: ${shown(run.error)}`}${others}`;
}
