/** Shows one run of a job, and what to do where it waits for a person. */
import type { View } from "../commands/command.ts";
import { outcomeText } from "./cron-target.ts";
import { numberOf, objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const run = objectOf(result);
  const tookMs = (numberOf(run.finishedAt) ?? Number.NaN) - (numberOf(run.startedAt) ?? Number.NaN);
  const took = Number.isNaN(tookMs) ? "" : ` after ${tookMs} ms`;
  if (run.waits !== undefined) {
    const id = shown(run.waits);
    const fields: [string, string][] = [
      ["what is asked", typed(`approvals show ${id}`)],
      ["for this run", `${typed(`approvals approve ${id}`)}, then the same again`],
      ["for good", typed(`approvals approve ${id} --standing`)],
    ];
    return `${style.warn("a person is asked: it has not run")}${took}\n${renderFields(fields, style.faint)}`;
  }
  const text = outcomeText(run);
  return `${run.outcome === "ok" ? style.good(text) : style.bad(text)}${took}`;
};
