/** What cron keeps in the resource tree: a node for each job, made and removed by the events of cron themselves. */
import type { JsonObject, OwnResourceChange, ResourceSource } from "@weftos/interface";

const CRON = "/kernel/services/cron";

/** Jobs outlive the kernel that they were added in, and so do their nodes. */
export const cronResources: ResourceSource = {
  owner: "ipc",
  resources: () => [{ path: CRON, kind: "service" }],
  events: ["cron.add", "cron.edit", "cron.remove"],
  changes: ({ kind, payload }) => changesOf(kind, payload.result),
  lasting: [CRON],
};

function changesOf(kind: string, result: unknown): readonly OwnResourceChange[] {
  const { id, job, schedule, target } = result as JsonObject;
  const path = `${CRON}/${String(id)}`;
  if (kind === "cron.remove") return [{ op: "remove", path }];
  return [{ op: "put", path, kind: "custom:cron-job", metadata: { job, schedule, target } as JsonObject }];
}
