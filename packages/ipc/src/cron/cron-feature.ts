/** Wires cron into the feature: its journal, its scheduler, its guarded runs. */
import type { FeatureContext, Method } from "@weftos/interface";
import type { Cron } from "./cron.ts";
import { type DispatchDeps, dispatchJob } from "./cron-dispatch.ts";
import { attributesOf } from "./cron-document.ts";
import type { CronJob } from "./cron-job.ts";
import { cronMethods } from "./cron-methods.ts";
import { CronScheduler, type RunContext } from "./cron-scheduler.ts";
import { CronStore } from "./cron-store.ts";
import { GuardedCron } from "./guarded-cron.ts";

/** Cron within a kernel. */
export interface CronPart {
  readonly api: Cron;
  readonly methods: readonly Method[];
  /** Reads `journal/cron`. */
  start(): Promise<void>;
  /** Begins to run jobs, now that every feature runs: what came due meanwhile may start at once. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes cron for a kernel; nothing is opened before `start`. */
export function makeCron(context: FeatureContext, dispatch: DispatchDeps): CronPart {
  const { clock, random, guard, logger } = context;
  let opened: { readonly store: CronStore; readonly scheduler: CronScheduler } | undefined;
  const running = (): NonNullable<typeof opened> => {
    if (opened === undefined) throw new TypeError("cron is used before its feature started");
    return opened;
  };
  /** The start of a job is the kernel's act, under what its adding was approved by; what it does is its owner's. */
  const run = (job: CronJob, due: RunContext): Promise<void> =>
    guard.perform(
      {
        action: "cron.fire",
        subject: { kind: "kernel", id: "0" },
        resource: `cron:${job.id}`,
        attributes: { ...attributesOf(job), due: due.due, trigger: due.trigger },
        under: job.approval,
        signal: due.signal,
      },
      () => dispatchJob(dispatch, job, due),
    );
  const api = new GuardedCron({
    clock,
    random,
    guard,
    store: () => running().store,
    scheduler: () => running().scheduler,
  });
  return {
    api,
    get methods() {
      return cronMethods(api);
    },
    async start() {
      const log = await context.platform.openAppendLog(context.files, `${context.dir}/journal/cron`);
      if (log.droppedBytes > 0) logger.warn("the journal of cron jobs had a torn end", { bytes: log.droppedBytes });
      const store = new CronStore(log);
      const scheduler = new CronScheduler({ clock, random, logger, store, run });
      opened = { store, scheduler };
      await store.load();
      await scheduler.load();
    },
    async ready() {
      running().scheduler.go();
    },
    async stop() {
      if (opened === undefined) return;
      await opened.scheduler.stop();
      await opened.store.close();
    },
  };
}
