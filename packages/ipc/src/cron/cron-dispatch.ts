/** Does what a job says, under the rights of who added it. */
import {
  type JsonValue,
  KERNEL_PID,
  type Payload,
  type Pid,
  type ProcessDirectory,
  type SendOptions,
  type Subject,
  type ToolRunner,
  toPid,
} from "@weftos/interface";
import { standingOf } from "./cron-document.ts";
import { CronOwnerGoneError, CronTargetGoneError } from "./cron-errors.ts";
import type { CronJob } from "./cron-job.ts";
import type { RunContext } from "./cron-scheduler.ts";

/** Sends under a name; the message comes from PID 0, or from the process that added the job. */
export interface CronRouter {
  sendAs(subject: Subject, from: Pid, to: Pid, payload: Payload, options: SendOptions): Promise<unknown>;
  requestAs(
    subject: Subject,
    from: Pid,
    to: Pid,
    payload: Payload,
    options: SendOptions & { readonly timeoutMs: number },
  ): Promise<unknown>;
  publishAs(subject: Subject, from: Pid, topic: string, payload: Payload, options: SendOptions): Promise<unknown>;
}

export interface DispatchDeps {
  readonly router: CronRouter;
  readonly processes: Pick<ProcessDirectory, "find" | "list">;
  readonly tools: () => ToolRunner;
}

/**
 * Runs a job once.
 *
 * @returns when the message is delivered, its reply is there if the job awaits one, or the tool has answered
 * @throws `IPC_CRON_OWNER_GONE`, `IPC_CRON_TARGET_GONE`, and what sending or the tool raises
 */
export async function dispatchJob(deps: DispatchDeps, job: CronJob, { due, signal }: RunContext): Promise<void> {
  const { target, owner } = job;
  const from = senderOf(deps, job);
  if ("tool" in target) {
    await deps.tools().call(owner, target.tool, target.input, { signal, standing: standingOf(job) });
    return;
  }
  const payload = target.payload ?? notice(job, due);
  if ("topic" in target) await deps.router.publishAs(owner, from, target.topic, payload, { signal });
  else {
    const to = typeof target.agent === "number" ? toPid(target.agent) : pidNamed(deps, job, target.agent);
    if (target.awaitReply) await deps.router.requestAs(owner, from, to, payload, { signal, timeoutMs: job.timeoutMs });
    else await deps.router.sendAs(owner, from, to, payload, { signal });
  }
}

/** What a job without a payload says, as the reference's daemon does. */
function notice(job: CronJob, due: number): JsonValue {
  return { cmd: "cron", cronJobId: job.id, cronJobName: job.name, due };
}

function senderOf({ processes }: DispatchDeps, job: CronJob): Pid {
  if (job.owner.kind !== "process") return KERNEL_PID;
  const pid = toPid(Number(job.owner.id));
  const found = processes.find(pid);
  if (found !== undefined && found.state !== "exited") return pid;
  throw new CronOwnerGoneError(`process ${pid}, which added ${job.name}, has ended`, {
    details: { job: job.name, pid },
  });
}

/** The oldest running agent of that name. */
function pidNamed({ processes }: DispatchDeps, job: CronJob, agent: string): Pid {
  const found = processes
    .list()
    .find(({ name, state }) => name === agent && state !== "exited" && state !== "stopping");
  if (found !== undefined) return found.pid;
  throw new CronTargetGoneError(`no agent named ${JSON.stringify(agent)} runs`, { details: { job: job.name, agent } });
}
