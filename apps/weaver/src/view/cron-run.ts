/** Shows one run of a job, and what to do where it waits for a person. */
import type { View } from "../commands/command.ts";
import { outcomeText } from "./cron-target.ts";
import { numberOf, objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const run = objectOf(result);
  const tookMs = (numberOf(run.finishedAt) ?? Number.NaN) - (numberOf(run.startedAt) ?? Number.NaN);
  const took = Number.isNaN(tookMs) ? "" : ` after ${tookMs} ms`;
  const text = outcomeText(run);
  if (run.waits !== undefined) {
    const id = shown(run.waits);
    const fields: [string, string][] = [
      ["what is asked", typed(`approvals show ${id}`)],
      ["run it once", typed(`approvals approve ${id}`)],
      ["for good", typed(`approvals approve ${id} --standing`)],
    ];
    return `${style.warn("a person is asked: it has not run")}${took}\n${renderFields(fields, style.faint)}`;
  }
  if (run.outcome === "ok") return `${style.good(text)}${took}`;
  const refused = run.error === "GOVERNANCE_DENIED" || run.error === "CAPABILITY_DENIED";
  const why = refused
    ? `\n${style.faint("why:")} ${typed("chain query --kind governance.deny --newest --limit 1")}`
    : "";
  return `${style.bad(text)}${took}${why}`;
};
