/** `kernel.ipc.cron`: jobs that are added, changed and run under the guard. */
import {
  type ActionDeclaration,
  type Clock,
  type EventKind,
  type Grant,
  type Guard,
  type JsonObject,
  type Random,
  type Subject,
  WeftError,
} from "@weftos/interface";
import { parse } from "@weftos/schema";
import { IpcInputInvalidError } from "../ipc-errors.ts";
import { preparePayload } from "../message/payload.ts";
import { checkTopic } from "../topic/topic-name.ts";
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
  resource: "`cron:` and the job's id",
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

/** A job, when it runs next, and how it went last. */
export interface CronJobInfo extends CronJob {
  /** Milliseconds UTC; undefined while it is disabled, or when it never comes due any more. */
  readonly nextRun: number | undefined;
  /** Runs that go on now. */
  readonly running: number;
  readonly lastRun: CronRun | undefined;
}

/** On whose behalf a call is made. */
export interface CronCall {
  /** @defaultValue the kernel: the host's own code */
  readonly as?: Subject | undefined;
  readonly signal?: AbortSignal | undefined;
  /** An approval granted for exactly this call. */
  readonly approval?: string | undefined;
  /** Told what rules want the caller to know. */
  readonly onWarnings?: ((warnings: readonly string[]) => void) | undefined;
}

/**
 * Jobs that the kernel runs by itself: kept on disk, taken up again at the next boot, at most 1000. Errors beside those of the
 * guard: `IPC_CRON_NOT_FOUND`, `IPC_CRON_SCHEDULE`, `IPC_CRON_NAME_TAKEN`, `IPC_CRON_FULL`, `IPC_CRON_BUSY`,
 * `IPC_CRON_NOT_OWNER`, `IPC_CRON_CHANGED` (retryable), `IPC_INPUT_INVALID`, `IPC_TOPIC_INVALID`, `IPC_PAYLOAD_INVALID`.
 */
export interface Cron {
  /** Adds a job; it is on disk when this resolves. */
  add(job: NewCronJob, call?: CronCall): Promise<CronJobInfo>;
  /** Changes a job. Its runs are made under the rights of who changed it from then on. */
  edit(idOrName: string, change: CronJobChange, call?: CronCall): Promise<CronJobInfo>;
  enable(idOrName: string, call?: CronCall): Promise<CronJobInfo>;
  disable(idOrName: string, call?: CronCall): Promise<CronJobInfo>;
  /** Runs a job now, enabled or not. @returns the run when it ended, well or not */
  run(idOrName: string, call?: CronCall): Promise<CronRun>;
  remove(idOrName: string, call?: CronCall): Promise<CronJobInfo>;
  list(): readonly CronJobInfo[];
  /** @throws `IPC_CRON_NOT_FOUND` */
  show(idOrName: string): CronJobInfo;
  /** The newest 20 runs of a job, newest first. @throws `IPC_CRON_NOT_FOUND` */
  history(idOrName: string): readonly CronRun[];
}

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
        resource: `cron:${job.id}`,
        attributes: attributesOf(job),
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

function ownerOf({ as }: CronCall): Subject {
  return as ?? kernel;
}

function sameDocument(a: CronJob, b: CronJob): boolean {
  return JSON.stringify(documentOf(a)) === JSON.stringify(documentOf(b));
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
