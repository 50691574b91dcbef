/** Shows one job. */
import type { View } from "../commands/command.ts";
import { outcomeText, scheduleText, targetText } from "./cron-target.ts";
import { numberOf, objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";
import { instant, span } from "./time.ts";

export const view: View = (result, { style }) => {
  const job = objectOf(result);
  const target = objectOf(job.target);
  const owner = objectOf(job.owner);
  const last = objectOf(job.lastRun);
  const next = numberOf(job.nextRun);
  return renderFields(
    [
      ["job", style.strong(shown(job.name))],
      ["id", shown(job.id)],
      ["state", job.enabled === false ? style.warn("disabled") : `enabled, ${shown(job.running)} running`],
      ["runs", scheduleText(job)],
      ["tells", targetText(job)],
      ["payload", shown(target.payload ?? target.input)],
      ["next", next === undefined ? "-" : instant(next)],
      [
        "last",
        last.outcome === undefined ? "-" : `${instant(numberOf(last.startedAt) ?? Number.NaN)} ${outcomeText(last)}`,
      ],
      ["missed", shown(job.missed)],
      ["overlap", shown(job.overlap)],
      ["jitter", span(numberOf(job.jitterMs) ?? 0)],
      ["time-out", span(numberOf(job.timeoutMs) ?? 0)],
      ["owner", `${shown(owner.kind)} ${shown(owner.id)}`],
      ["approval", shown(job.approval)],
    ],
    style.faint,
  );
};
