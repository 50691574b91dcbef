/** Shows `cron.list`. */
import type { View } from "../commands/command.ts";
import { outcomeText, scheduleText, targetText } from "./cron-target.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { cut, renderTable } from "./table.ts";
import { ago, span } from "./time.ts";

const TARGET_WIDTH = 40;

export const view: View = (result, { style, now, typed }) => {
  const jobs = objectsOf(objectOf(result).jobs);
  if (jobs.length === 0) return `no cron jobs\n${style.faint("add one:")} ${typed("cron add --help")}`;
  return renderTable(
    [{ title: "NAME" }, { title: "RUNS" }, { title: "TELLS" }, { title: "NEXT" }, { title: "LAST" }, { title: "WENT" }],
    jobs.map((job) => {
      const next = numberOf(job.nextRun);
      const last = objectOf(job.lastRun);
      const went = outcomeText(last);
      return [
        style.strong(shown(job.name)),
        scheduleText(job),
        cut(targetText(job), TARGET_WIDTH),
        job.enabled === false
          ? "disabled"
          : next === undefined
            ? "never"
            : next <= now
              ? "now"
              : `in ${span(next - now)}`,
        ago(numberOf(last.startedAt), now),
        last.outcome === "failed" ? style.bad(went) : went,
      ];
    }),
    style.strong,
  );
};
