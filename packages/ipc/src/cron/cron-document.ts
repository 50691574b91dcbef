/** What a job is to those who decide about it: facts for rules, and the document that approvals and standing grants are bound to. */
import type { JsonObject, StandingTerms } from "@weftos/interface";
import type { CronJob } from "./cron-job.ts";

/** Facts about a job that rules may read, and the record keeps. */
export function attributesOf({ name, schedule, target }: CronJob): Record<string, string> {
  return {
    job: name,
    schedule: "everyMs" in schedule ? `every ${schedule.everyMs} ms` : `${schedule.cron} ${schedule.timeZone}`,
    target:
      "tool" in target ? `tool:${target.tool}` : "topic" in target ? `topic:${target.topic}` : `agent:${target.agent}`,
  };
}

/** All that decides what a job will do: what an approver is shown, and what a standing grant is bound to. */
export function documentOf({ name, schedule, target, missed, overlap, owner }: CronJob): JsonObject {
  return { name, schedule, target, missed, overlap, owner: { kind: owner.kind, id: owner.id } };
}

/** What a standing grant for a job is bound to. */
export function standingOf(job: CronJob): StandingTerms {
  return { kind: "cron-job", name: job.name, document: documentOf(job) };
}

/** Tells whether two jobs do the same under the same name and rights. */
export function sameDocument(a: CronJob, b: CronJob): boolean {
  return JSON.stringify(documentOf(a)) === JSON.stringify(documentOf(b));
}
