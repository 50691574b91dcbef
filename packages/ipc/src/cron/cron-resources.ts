/** What cron keeps in the resource tree: a node for each job, made and removed by the events of cron themselves. */
import type { JsonObject, OwnResource, OwnResourceChange, ResourceSource } from "@weftos/interface";
import type { CronJobInfo } from "./cron.ts";
import { attributesOf } from "./cron-document.ts";

const CRON = "/kernel/services/cron";

/** Makes the source. Jobs outlive the kernel that they were added in, and so do their nodes. @param jobs - lists the jobs of now */
export function cronResources(jobs: () => readonly CronJobInfo[]): ResourceSource {
  return {
    owner: "ipc",
    resources: () => [{ path: CRON, kind: "service" }],
    events: ["cron.add", "cron.edit", "cron.remove"],
    changes: ({ kind, payload }) => changesOf(kind, payload.result),
    existing: () => jobs().map((job) => nodeOf(job.id, attributesOf(job))),
    lasting: [CRON],
  };
}

function changesOf(kind: string, result: unknown): readonly OwnResourceChange[] {
  const said = result as JsonObject;
  const id = String(said.id);
  if (kind === "cron.remove") return [{ op: "remove", path: `${CRON}/${id}` }];
  return [{ op: "put", ...nodeOf(id, said) }];
}

function nodeOf(id: string, { job, schedule, target }: Readonly<Record<string, unknown>>): OwnResource {
  return { path: `${CRON}/${id}`, kind: "custom:cron-job", metadata: { job, schedule, target } as JsonObject };
}
