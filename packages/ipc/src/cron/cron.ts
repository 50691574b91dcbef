/** What `kernel.ipc.cron` offers: jobs that the kernel runs by itself. */
import type { Subject } from "@weftos/interface";
import type { CronJob, CronJobChange, CronRun, NewCronJob } from "./cron-job.ts";

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
