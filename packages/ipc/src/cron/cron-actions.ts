/** What cron declares: its actions with their effects, and what they leave in the audit log. */
import type { ActionDeclaration, EventKind } from "@weftos/interface";

/** The actions on jobs: who may add one may make the kernel act later, so it weighs more than stopping one. */
export const cronActions: readonly ActionDeclaration[] = [
  onJob("add", "Add a job that runs by itself, under the rights of who adds it", 0.2, 0.1),
  onJob("edit", "Change a job; it runs under the rights of who changed it from then on", 0.2, 0.1),
  onJob("run", "Run a job now", 0.1),
  onJob("enable", "Let a job run again", 0.1),
  onJob("disable", "Keep a job from running"),
  onJob("remove", "Remove a job for good"),
  { ...onJob("fire", "Start a job that is due"), rights: [], role: "viewer" },
];

function onJob(verb: string, description: string, risk = 0, security = 0): ActionDeclaration {
  return {
    name: `cron.${verb}`,
    description,
    effect: { risk, fairness: 0, privacy: 0, novelty: 0, security },
    audit: "logged",
    rights: ["ipc"],
    role: "operator",
  };
}

const payload = {
  resource: "`cron:` and the job's id; its name when it is added",
  attributes: "`job`: its name; `schedule`, `target`: what it is set to do; of a start also `due` and `trigger`",
  outcome: "`ok` or `failed`",
  error: "code of the failure",
  result: "`id`, `job`, `schedule` and `target`: what its node in the resource tree says; not of a start",
};

/** What cron leaves in the audit log. */
export const cronEventKinds: readonly EventKind[] = [
  { kind: "cron.add", description: "A job was added", payload },
  { kind: "cron.edit", description: "A job was changed", payload },
  { kind: "cron.run", description: "A job was run by hand", payload },
  { kind: "cron.enable", description: "A job runs again", payload },
  { kind: "cron.disable", description: "A job was kept from running", payload },
  { kind: "cron.remove", description: "A job was removed", payload },
  { kind: "cron.fire", description: "A job came due and ran, or failed", payload },
];
