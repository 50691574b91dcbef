/**
 * Runs jobs when they come due: one timer for all, set to the earliest. Due times are the schedule's, so a late timer does
 * not move the next one. The wall clock may be set: the timer looks again at least once a minute, times that were jumped
 * over are missed ones, and a step back runs nothing twice. The timer does not keep the program alive.
 */
import { type Clock, isWeftError, type Logger, type Random, type Timer } from "@weftos/interface";
import { CronBusyError } from "./cron-errors.ts";
import type { CronJob, CronRun } from "./cron-job.ts";
import type { CronStore, KeptJob } from "./cron-store.ts";
import { type DueTimes, readSchedule } from "./schedule.ts";

/** A run that starts later than this after it was due, jitter not counted, was missed. */
const GRACE_MS = 1000;
/** How long the timer waits at most before it looks at the wall clock again. */
const MAX_NAP_MS = 60_000;
/** A clock that is set back further than this was wrong before: cron expressions follow the new time at once. */
const MAX_STEP_BACK_MS = 3 * 60 * 60 * 1000;
/** Runs of one job at the same time under the policy `parallel`. */
const MAX_PARALLEL = 16;
/** Runs of one job that wait for the one before. */
const MAX_BACKLOG = 1000;

/** What a run is told. */
export interface RunContext {
  readonly due: number;
  readonly trigger: CronRun["trigger"];
  /** Aborts when its time is over, or the kernel stops. */
  readonly signal: AbortSignal;
}

/** What the scheduler works with. */
export interface SchedulerDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly logger: Logger;
  readonly store: CronStore;
  /** Does what the job says; rejects when that fails. */
  readonly run: (job: CronJob, context: RunContext) => Promise<void>;
}

interface Waiting {
  readonly due: number;
  readonly trigger: CronRun["trigger"];
  /** Due times left out for this run's sake. */
  readonly missed?: number | undefined;
}

interface Entry {
  job: CronJob;
  dues: DueTimes;
  /** The newest due time that was dealt with, or where to begin. */
  since: number;
  /** When it is to be started next, jitter included; undefined when never. */
  fireAt: number | undefined;
  running: number;
  readonly backlog: Waiting[];
}

export class CronScheduler {
  readonly #deps: SchedulerDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #runs = new Set<Promise<unknown>>();
  readonly #stopped = new AbortController();
  #timer: Timer | undefined;
  #going = false;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Reads the schedules of all jobs of the store; runs that a crash cut off become `unknown`. Nothing runs yet. */
  async load(): Promise<void> {
    for (const kept of this.#deps.store.list()) {
      for (const run of kept.runs) {
        if (run.outcome === "running") await this.#deps.store.putRun({ ...run, outcome: "unknown" });
      }
      await this.#enter(kept);
    }
  }

  /** Begins to run jobs: what is due runs at once. */
  go(): void {
    this.#going = true;
    this.#tick();
  }

  /** Follows a new or changed job, with its schedule from its anchor on. @throws `IPC_CRON_SCHEDULE` */
  async follow(kept: KeptJob): Promise<void> {
    await this.#enter(kept);
    this.#tick();
  }

  /** Forgets a job; what runs of it goes on to its end. */
  forget(id: string): void {
    this.#entries.delete(id);
    this.#tick();
  }

  /** When a job starts next, in milliseconds UTC; undefined when never. */
  nextRun(id: string): number | undefined {
    return this.#entries.get(id)?.fireAt;
  }

  /** Runs of a job that go on now. */
  running(id: string): number {
    return this.#entries.get(id)?.running ?? 0;
  }

  /**
   * Runs a job now, enabled or not; its schedule does not change.
   *
   * @returns the run when it ended, well or not
   * @throws `IPC_CRON_BUSY` when it runs already and its policy is not `parallel`
   */
  async runNow(id: string): Promise<CronRun> {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new TypeError(`expected a job that is followed, got ${id}`);
    const most = entry.job.overlap === "parallel" ? MAX_PARALLEL : 1;
    if (entry.running >= most) {
      throw new CronBusyError(`${entry.job.name} runs already`, {
        details: { job: entry.job.name, running: entry.running },
        retryable: true,
      });
    }
    return await this.#launch(entry, { due: this.#deps.clock.now(), trigger: "manual" });
  }

  /** Starts nothing any more, ends what runs, and waits for it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#timer?.cancel();
    for (const entry of this.#entries.values()) entry.backlog.length = 0;
    await Promise.allSettled(this.#runs);
  }

  async #enter({ job, lastDue }: KeptJob): Promise<void> {
    const dues = await readSchedule(job.schedule, job.anchor);
    const since = Math.max(job.anchor, lastDue ?? job.anchor);
    const known = this.#entries.get(job.id);
    if (known === undefined) {
      this.#entries.set(job.id, { job, dues, since, fireAt: undefined, running: 0, backlog: [] });
    } else {
      known.job = job;
      known.dues = dues;
      known.since = since;
      known.backlog.length = 0;
    }
    const entry = this.#entries.get(job.id);
    if (entry !== undefined) this.#plan(entry);
  }

  /** Finds when a job is to be started next. */
  #plan(entry: Entry): void {
    const { job } = entry;
    if (!job.enabled) {
      entry.fireAt = undefined;
      return;
    }
    this.#followClockBack(entry);
    const due = entry.dues.next(entry.since);
    const jitter = Math.floor(this.#deps.random.fraction() * job.jitterMs);
    entry.fireAt = due === undefined ? undefined : due + jitter;
  }

  /** A clock that was set back: intervals count from now, expressions wait unless the step is a correction. */
  #followClockBack(entry: Entry): void {
    const now = this.#deps.clock.now();
    if (now >= entry.since) return;
    const corrected = "everyMs" in entry.job.schedule || entry.since - now > MAX_STEP_BACK_MS;
    if (!corrected) return;
    entry.dues = entry.dues.anchoredAt(now);
    entry.since = now;
  }

  #tick(): void {
    if (!this.#going || this.#stopped.signal.aborted) return;
    const now = this.#deps.clock.now();
    let earliest = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) {
      if (entry.fireAt !== undefined && entry.fireAt <= now) {
        this.#comeDue(entry, now);
        this.#plan(entry);
      } else if (now < entry.since) this.#plan(entry);
      if (entry.fireAt !== undefined) earliest = Math.min(earliest, entry.fireAt);
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    if (earliest === Number.POSITIVE_INFINITY) return;
    const napMs = Math.min(Math.max(0, earliest - now), MAX_NAP_MS);
    this.#timer = this.#deps.clock.schedule(napMs, () => this.#tick(), { background: true });
  }

  #comeDue(entry: Entry, now: number): void {
    const { times, count } = entry.dues.between(entry.since, now);
    const newest = times.at(-1);
    if (newest === undefined) return;
    entry.since = newest;
    const onTime = now - newest <= GRACE_MS + entry.job.jitterMs;
    const late = onTime ? times.slice(0, -1) : times;
    const lateCount = onTime ? count - 1 : count;
    const { missed } = entry.job;
    if (missed === "all") for (const due of late) this.#begin(entry, { due, trigger: "missed" });
    // One run makes up for all: the one that is on time, when there is one.
    if (missed === "once" && !onTime) this.#begin(entry, { due: newest, trigger: "missed", missed: lateCount - 1 });
    const newestLate = late.at(-1);
    if (missed === "skip" && newestLate !== undefined) {
      this.#leaveOut(entry.job, { due: newestLate, trigger: "missed", missed: lateCount - 1 }, "missed");
    }
    if (onTime) this.#begin(entry, { due: newest, trigger: "schedule", missed: missed === "once" ? lateCount : 0 });
  }

  /** Starts a run, puts it behind those that wait, or leaves it out, as the job's overlap policy says. */
  #begin(entry: Entry, waiting: Waiting): void {
    const { overlap } = entry.job;
    const most = overlap === "parallel" ? MAX_PARALLEL : 1;
    if (entry.running < most && entry.backlog.length === 0) {
      this.#track(this.#launch(entry, waiting));
      return;
    }
    // Missed times that are all to run do so one after the other, whatever the policy says of the times to come.
    const waits = overlap !== "skip" || waiting.trigger === "missed";
    if (waits && entry.backlog.length < MAX_BACKLOG) entry.backlog.push(waiting);
    else this.#leaveOut(entry.job, waiting, waits ? "backlog" : "overlap");
  }

  #leaveOut(job: CronJob, waiting: Waiting, error: string): void {
    const at = this.#deps.clock.now();
    const missed = waiting.missed === 0 ? undefined : waiting.missed;
    this.#track(
      this.#deps.store.putRun({
        ...runOf(job, waiting, at),
        finishedAt: at,
        outcome: "skipped",
        error,
        ...(missed === undefined ? {} : { missed }),
      }),
    );
  }

  async #launch(entry: Entry, waiting: Waiting): Promise<CronRun> {
    const { clock, store, run, logger } = this.#deps;
    const { job } = entry;
    entry.running++;
    const timeUp = new AbortController();
    const timer = clock.schedule(job.timeoutMs, () => timeUp.abort(new DOMException("time is up", "TimeoutError")), {
      background: true,
    });
    const started = runOf(job, waiting, clock.now());
    try {
      // On disk before it runs: a crash in between may lose a run, and never runs one twice.
      await store.putRun(started);
      const signal = AbortSignal.any([timeUp.signal, this.#stopped.signal]);
      const failure = await run(job, { due: waiting.due, trigger: waiting.trigger, signal }).then(
        () => undefined,
        (error: unknown) => failureOf(error, timeUp.signal.aborted, this.#stopped.signal.aborted),
      );
      const ended: CronRun = {
        ...started,
        finishedAt: clock.now(),
        ...(failure === undefined ? { outcome: "ok" } : { outcome: "failed", ...failure }),
      };
      if (failure !== undefined) logger.warn("a cron job failed", { job: job.name, code: failure.error });
      await store.putRun(ended);
      return ended;
    } finally {
      timer.cancel();
      entry.running--;
      const next = entry.backlog.shift();
      if (next !== undefined) this.#track(this.#launch(entry, next));
    }
  }

  #track(work: Promise<unknown>): void {
    const tracked = work.catch((error: unknown) => {
      this.#deps.logger.error("a run of a cron job could not be recorded", {
        error: error instanceof Error ? error.message : "unknown",
      });
    });
    this.#runs.add(tracked);
    void tracked.finally(() => this.#runs.delete(tracked));
  }
}

function runOf(job: CronJob, { due, trigger, missed }: Waiting, startedAt: number): CronRun {
  const counted = missed === undefined || missed === 0 ? {} : { missed };
  return { job: job.id, due, trigger, startedAt, outcome: "running", ...counted };
}

function failureOf(error: unknown, timeUp: boolean, stopped: boolean): Pick<CronRun, "error" | "waits"> {
  if (timeUp) return { error: "IPC_TIMEOUT" };
  if (stopped) return { error: "KERNEL_STOPPED" };
  if (!isWeftError(error)) return { error: "UNKNOWN" };
  const { approval }: { readonly approval?: unknown } = error.details;
  const waits = error.code === "APPROVAL_PENDING" && typeof approval === "string" ? { waits: approval } : {};
  return { error: error.code, ...waits };
}
