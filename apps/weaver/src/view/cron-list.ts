/** Shows `cron.list`. */
import type { View } from "../commands/command.ts";
import { outcomeText, scheduleText, targetText } from "./cron-target.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { ago, span } from "./time.ts";

export const view: View = (result, { style, width, now, typed }) => {
  const jobs = objectsOf(objectOf(result).jobs);
  if (jobs.length === 0) return `no cron jobs\n${style.faint("add one:")} ${typed("cron add --help")}`;
  return renderFitted(
    [
      { title: "NAME" },
      { title: "RUNS", least: 10 },
      { title: "TELLS", least: 12 },
      { title: "NEXT" },
      { title: "LAST", rank: 1 },
      { title: "WENT" },
    ],
    jobs.map((job) => {
      const next = numberOf(job.nextRun);
      const last = objectOf(job.lastRun);
      const went = outcomeText(last);
      return [
        style.strong(shown(job.name)),
        scheduleText(job),
        targetText(job),
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
    width,
    style.strong,
  );
};
