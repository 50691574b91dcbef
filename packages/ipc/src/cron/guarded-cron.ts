/** Carries out what is asked of jobs, under the guard: added and changed jobs are on disk, and followed, when a call resolves. */
import { type Clock, type Grant, type Guard, type Random, type Subject, WeftError } from "@weftos/interface";
import { parse } from "@weftos/schema";
import { IpcInputInvalidError } from "../ipc-errors.ts";
import { preparePayload } from "../message/payload.ts";
import { checkTopic } from "../topic/topic-name.ts";
import type { Cron, CronCall, CronJobInfo } from "./cron.ts";
import { attributesOf, documentOf, sameDocument, standingOf } from "./cron-document.ts";
import {
  CronChangedError,
  CronFullError,
  CronNameTakenError,
  CronNotFoundError,
  CronNotOwnerError,
} from "./cron-errors.ts";
import {
  type CronJob,
  type CronJobChange,
  type CronRun,
  type CronTarget,
  jobChangeSchema,
  type NewCronJob,
  newJobSchema,
} from "./cron-job.ts";
import type { CronScheduler } from "./cron-scheduler.ts";
import type { CronStore, KeptJob } from "./cron-store.ts";
import { readSchedule } from "./schedule.ts";

const MAX_JOBS = 1000;
const kernel: Subject = { kind: "kernel", id: "0" };

export interface CronDeps {
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "uuidV7">;
  readonly guard: Pick<Guard, "perform">;
  readonly store: () => CronStore;
  readonly scheduler: () => CronScheduler;
}

export class GuardedCron implements Cron {
  readonly #deps: CronDeps;

  constructor(deps: CronDeps) {
    this.#deps = deps;
  }

  async add(given: NewCronJob, call: CronCall = {}): Promise<CronJobInfo> {
    const { clock, random } = this.#deps;
    const input = parse(newJobSchema, given, { what: "a job", error: invalid });
    const now = clock.now();
    const job: CronJob = { ...input, id: random.uuidV7(now), anchor: now, createdAt: now, owner: ownerOf(call) };
    checkTarget(job.target);
    await readSchedule(job.schedule, job.anchor);
    this.#checkRoom();
    this.#checkName(job);
    await this.#guarded("add", job, call, async ({ approval }) => {
      await this.#keep(job.id, () => {
        // Others may have been added while a person was asked.
        this.#checkRoom();
        this.#checkName(job);
        return approval === undefined ? job : { ...job, approval };
      });
    });
    return this.show(job.id);
  }

  async edit(idOrName: string, given: CronJobChange, call: CronCall = {}): Promise<CronJobInfo> {
    const change = parse(jobChangeSchema, given, { what: "the change of a job", error: invalid });
    const { job } = this.#owned(idOrName, call);
    const anchor = change.schedule === undefined ? job.anchor : this.#deps.clock.now();
    const { approval: _before, ...kept } = job;
    const changed: CronJob = { ...kept, ...definedOf(change), anchor, owner: ownerOf(call) };
    checkTarget(changed.target);
    await readSchedule(changed.schedule, anchor);
    this.#checkName(changed);
    await this.#guarded("edit", changed, call, async ({ approval }) => {
      await this.#keep(job.id, (newest) => {
        // What was permitted is this change of the job as it was.
        if (newest === undefined || !sameDocument(newest, job)) throw changedMeanwhile(job, newest);
        this.#checkName(changed);
        return { ...changed, enabled: newest.enabled, ...(approval === undefined ? {} : { approval }) };
      });
    });
    return this.show(job.id);
  }

  enable(idOrName: string, call: CronCall = {}): Promise<CronJobInfo> {
    return this.#switch("enable", idOrName, call);
  }

  disable(idOrName: string, call: CronCall = {}): Promise<CronJobInfo> {
    return this.#switch("disable", idOrName, call);
  }

  async run(idOrName: string, call: CronCall = {}): Promise<CronRun> {
    const { job } = this.#owned(idOrName, call);
    return await this.#guarded("run", job, call, () => this.#deps.scheduler().runNow(job.id));
  }

  async remove(idOrName: string, call: CronCall = {}): Promise<CronJobInfo> {
    const { job } = this.#owned(idOrName, call);
    const removed = this.show(job.id);
    await this.#guarded("remove", job, call, async () => {
      await this.#deps.store().remove(job.id);
      this.#deps.scheduler().forget(job.id);
    });
    return removed;
  }

  list(): readonly CronJobInfo[] {
    return this.#deps.store().list().map(this.#info);
  }

  show(idOrName: string): CronJobInfo {
    return this.#info(this.#find(idOrName));
  }

  history(idOrName: string): readonly CronRun[] {
    return this.#find(idOrName).runs.toReversed();
  }

  async #switch(verb: "enable" | "disable", idOrName: string, call: CronCall): Promise<CronJobInfo> {
    const { job } = this.#owned(idOrName, call);
    await this.#guarded(verb, job, call, async () => {
      await this.#keep(job.id, (newest) => {
        if (newest === undefined) throw changedMeanwhile(job, newest);
        // What came due while it was disabled was not missed: nobody wanted it.
        const anchor = verb === "enable" && !newest.enabled ? this.#deps.clock.now() : newest.anchor;
        return { ...newest, enabled: verb === "enable", anchor };
      });
    });
    return this.show(job.id);
  }

  async #keep(id: string, make: (newest: CronJob | undefined) => CronJob): Promise<void> {
    await this.#deps.store().putJob(id, make);
    await this.#deps.scheduler().follow(this.#find(id));
  }

  #guarded<T>(verb: string, job: CronJob, call: CronCall, run: (grant: Grant) => Promise<T>): Promise<T> {
    return this.#deps.guard.perform(
      {
        action: `cron.${verb}`,
        subject: ownerOf(call),
        // A job that is added gets another id when it is added again, under an approval of the first try.
        resource: `cron:${verb === "add" ? job.name : job.id}`,
        attributes: attributesOf(job),
        // What a person grants for good is this job as it is: its starts go on under that until it is taken back.
        ...(verb === "add" || verb === "edit" ? { standing: standingOf(job) } : {}),
        display: `cron.${verb}\n${JSON.stringify(documentOf(job), null, 2)}`,
        approval: call.approval,
        signal: call.signal,
        onWarnings: call.onWarnings,
        summary: () => ({ id: job.id, ...attributesOf(job) }),
      },
      run,
    );
  }

  #find(idOrName: string): KeptJob {
    const found = this.#deps.store().find(idOrName);
    if (found !== undefined) return found;
    const job = String(idOrName).slice(0, 128);
    throw new CronNotFoundError(`there is no cron job ${JSON.stringify(job)}`, { details: { job } });
  }

  #owned(idOrName: string, call: CronCall): KeptJob {
    const kept = this.#find(idOrName);
    const { kind, id } = ownerOf(call);
    const { owner, name } = kept.job;
    if (kind !== "process" || (owner.kind === "process" && owner.id === id)) return kept;
    throw new CronNotOwnerError(`process ${id} did not add ${name}`, { details: { job: name, pid: id } });
  }

  #checkRoom(): void {
    if (this.#deps.store().size < MAX_JOBS) return;
    throw new CronFullError(`a kernel keeps at most ${MAX_JOBS} cron jobs`, { details: { limit: MAX_JOBS } });
  }

  #checkName({ name, id }: CronJob): void {
    const taken = this.#deps.store().find(name);
    if (taken === undefined || taken.job.id === id) return;
    throw new CronNameTakenError(`there is a cron job named ${JSON.stringify(name)} already`, {
      details: { name, job: taken.job.id },
    });
  }

  readonly #info = ({ job, runs }: KeptJob): CronJobInfo => ({
    ...job,
    nextRun: this.#deps.scheduler().nextRun(job.id),
    running: this.#deps.scheduler().running(job.id),
    lastRun: runs.at(-1),
  });
}

function ownerOf({ as }: CronCall): Subject {
  return as ?? kernel;
}

function changedMeanwhile(job: CronJob, newest: CronJob | undefined): CronChangedError {
  const how = newest === undefined ? "removed" : "changed";
  return new CronChangedError(`the cron job ${JSON.stringify(job.name)} was ${how} meanwhile`, {
    details: { job: job.name },
    retryable: newest !== undefined,
  });
}

/** What a run would refuse is refused now. @throws `IPC_TOPIC_INVALID`, `IPC_PAYLOAD_INVALID` */
function checkTarget(target: CronTarget): void {
  if ("topic" in target) checkTopic(target.topic);
  const payload = "tool" in target ? target.input : target.payload;
  try {
    // A copy, since what is prepared is frozen, and the caller's own is not to be.
    preparePayload(structuredClone(payload));
  } catch (error) {
    // What cannot be copied is no JSON, which preparing says in its own words.
    if (error instanceof WeftError) throw error;
    preparePayload(payload);
  }
}

function definedOf<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function invalid(problem: {
  readonly message: string;
  readonly issues: readonly { readonly path: readonly unknown[] }[];
}) {
  const field = problem.issues[0]?.path.join(".") ?? "";
  return new IpcInputInvalidError(problem.message, {
    details: { field, expected: "a valid job", received: "another" },
  });
}
