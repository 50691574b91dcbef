/** Shows `cron.history`, newest first. */
import type { View } from "../commands/command.ts";
import { outcomeText } from "./cron-target.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style }) => {
  const runs = objectsOf(objectOf(result).runs);
  if (runs.length === 0) return `${shown(objectOf(result).job)} has not run yet`;
  return renderTable(
    [{ title: "DUE" }, { title: "BY" }, { title: "STARTED" }, { title: "TOOK", align: "right" }, { title: "WENT" }],
    runs.map((run) => {
      const took = (numberOf(run.finishedAt) ?? Number.NaN) - (numberOf(run.startedAt) ?? Number.NaN);
      const went = outcomeText(run);
      return [
        instant(numberOf(run.due) ?? Number.NaN),
        shown(run.trigger),
        instant(numberOf(run.startedAt) ?? Number.NaN),
        Number.isNaN(took) ? "-" : `${took} ms`,
        run.outcome === "failed" ? style.bad(went) : went,
      ];
    }),
    style.strong,
  );
};
