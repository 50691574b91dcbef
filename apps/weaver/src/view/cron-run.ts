/** Shows one run of a job. */
import type { View } from "../commands/command.ts";
import { outcomeText } from "./cron-target.ts";
import { numberOf, objectOf } from "./fields.ts";

export const view: View = (result, { style }) => {
  const run = objectOf(result);
  const tookMs = (numberOf(run.finishedAt) ?? Number.NaN) - (numberOf(run.startedAt) ?? Number.NaN);
  const text = outcomeText(run);
  return `${run.outcome === "ok" ? style.good(text) : style.bad(text)}${Number.isNaN(tookMs) ? "" : ` after ${tookMs} ms`}`;
};
