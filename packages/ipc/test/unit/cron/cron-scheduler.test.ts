import { ApprovalPendingError } from "@weftos/interface";
import { manualClock, memoryPlatform, seededRandom } from "@weftos/testkit";
import { afterEach, describe, expect, it } from "vitest";
import type { CronJob, CronRun } from "../../../src/cron/cron-job.ts";
import { CronScheduler, type RunContext } from "../../../src/cron/cron-scheduler.ts";
import { CronStore } from "../../../src/cron/cron-store.ts";

const NOON = Date.parse("2026-06-01T12:00Z");
const MINUTE = 60_000;
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };

const base: CronJob = {
  id: "job",
  name: "sweep",
  schedule: { everyMs: MINUTE },
  target: { topic: "sweep", payload: null },
  missed: "skip",
  overlap: "skip",
  jitterMs: 0,
  timeoutMs: 10 * MINUTE,
  enabled: true,
  anchor: NOON,
  createdAt: NOON,
  owner: { kind: "kernel", id: "0" },
};

/** A scheduler whose jobs note when they ran, and last as long as the test lets them. */
async function setUp(
  job: Partial<CronJob> = {},
  world = { clock: manualClock({ now: NOON }), platform: memoryPlatform({}) },
) {
  const { clock, platform } = world;
  const store = new CronStore(await platform.openAppendLog(platform.files, "/cron"));
  await store.load();
  if (store.size === 0) await store.putJob(base.id, () => ({ ...base, ...job }));
  const ran: (RunContext & { at: number })[] = [];
  const open: ((error?: Error) => void)[] = [];
  let holds = false;
  const scheduler = new CronScheduler({
    clock,
    random: seededRandom(1),
    logger: silent,
    store,
    run: async (_job, context) => {
      ran.push({ ...context, at: clock.now() });
      if (!holds) return;
      await new Promise<void>((resolve, reject) => {
        open.push((error) => (error === undefined ? resolve() : reject(error)));
        context.signal.addEventListener("abort", () => reject(context.signal.reason));
      });
    },
  });
  await scheduler.load();
  scheduler.go();
  const end = async (error?: Error): Promise<void> => {
    open.shift()?.(error);
    await clock.settle();
    await clock.settle();
  };
  const runs = (): readonly CronRun[] => store.find("job")?.runs ?? [];
  const stop = async (): Promise<void> => {
    await scheduler.stop();
    await store.close();
  };
  stops.push(stop);
  return {
    ...world,
    store,
    scheduler,
    ran,
    end,
    runs,
    stop,
    hold: () => {
      holds = true;
    },
  };
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const minutes = (entries: readonly { readonly due: number }[]): number[] =>
  entries.map(({ due }) => (due - NOON) / MINUTE);

describe("CronScheduler", () => {
  it("runs a job at each due time, and drifts not at all when timers are late", async () => {
    const { clock, ran, runs } = await setUp();
    for (let index = 0; index < 5; index++) await clock.advance(MINUTE);
    expect(ran.map(({ at }) => at - NOON)).toEqual([1, 2, 3, 4, 5].map((index) => index * MINUTE));
    expect(runs().map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  });

  it("does not run a disabled job", async () => {
    const { clock, ran, scheduler } = await setUp({ enabled: false });
    await clock.advance(5 * MINUTE);
    expect(ran).toEqual([]);
    expect(scheduler.nextRun("job")).toBeUndefined();
  });

  it("starts within the jitter after the due time, which stays where it was", async () => {
    const { clock, ran } = await setUp({ jitterMs: 30_000 });
    for (let index = 0; index < 300; index++) await clock.advance(1000);
    expect(minutes(ran)).toEqual([1, 2, 3, 4]);
    const delays = ran.map(({ at, due }) => at - due);
    expect(Math.max(...delays)).toBeLessThanOrEqual(31_000);
    expect(new Set(delays).size).toBeGreaterThan(1);
  });

  describe("after the kernel was down for five due times", () => {
    const later = async (missed: CronJob["missed"]) => {
      const first = await setUp({ missed });
      await first.clock.advance(MINUTE);
      await first.stop();
      first.clock.setNow(NOON + 6 * MINUTE + 30_000);
      const second = await setUp({}, first);
      for (let index = 0; index < 8; index++) await second.clock.settle();
      return second;
    };

    it("skips them all, and says in the history how many", async () => {
      const { ran, runs } = await later("skip");
      expect(ran).toEqual([]);
      expect(runs().at(-1)).toMatchObject({ outcome: "skipped", error: "missed", missed: 4, due: NOON + 6 * MINUTE });
    });

    it("runs the newest once", async () => {
      const { ran, runs } = await later("once");
      expect(minutes(ran)).toEqual([6]);
      expect(runs().at(-1)).toMatchObject({ trigger: "missed", outcome: "ok", missed: 4 });
    });

    it("runs all, one after the other, oldest first", async () => {
      const { ran, runs } = await later("all");
      expect(minutes(ran)).toEqual([2, 3, 4, 5, 6]);
      expect(new Set(runs().map(({ outcome }) => outcome))).toEqual(new Set(["ok"]));
    });

    it("goes on with the next due time as if nothing had been", async () => {
      const { clock, ran } = await later("skip");
      await clock.advance(30_000);
      expect(minutes(ran)).toEqual([7]);
    });
  });

  it("marks a run that a crash cut off as unknown, and does not run it again", async () => {
    const first = await setUp();
    first.hold();
    await first.clock.advance(MINUTE);
    expect(first.runs().at(-1)?.outcome).toBe("running");
    first.platform.crash();
    const second = await setUp({}, { clock: first.clock, platform: first.platform });
    expect(second.runs()).toMatchObject([{ outcome: "unknown", due: NOON + MINUTE }]);
    expect(second.ran).toEqual([]);
  });

  describe("when a run goes on at the next due time", () => {
    it("leaves that one out under skip", async () => {
      const { clock, ran, runs, hold, end } = await setUp({ overlap: "skip" });
      hold();
      await clock.advance(2 * MINUTE);
      expect(minutes(ran)).toEqual([1]);
      expect(runs().some(({ outcome, error }) => outcome === "skipped" && error === "overlap")).toBe(true);
      await end();
      expect(minutes(ran)).toEqual([1]);
    });

    it("runs it afterwards under queue", async () => {
      const { clock, ran, hold, end } = await setUp({ overlap: "queue" });
      hold();
      await clock.advance(MINUTE);
      await clock.advance(MINUTE);
      await clock.advance(MINUTE);
      expect(minutes(ran)).toEqual([1]);
      await end();
      await end();
      expect(minutes(ran)).toEqual([1, 2, 3]);
    });

    it("runs it beside under parallel, up to sixteen", async () => {
      const { clock, ran, scheduler, hold } = await setUp({ overlap: "parallel", timeoutMs: 100 * MINUTE });
      hold();
      for (let index = 0; index < 20; index++) await clock.advance(MINUTE);
      expect(ran).toHaveLength(16);
      expect(scheduler.running("job")).toBe(16);
    });
  });

  it("keeps with a run which approval it waits for", async () => {
    const { end, runs, hold, clock } = await setUp();
    hold();
    await clock.advance(MINUTE);
    const details = { action: "tool.call", resource: "t", subject: "principal:ann", rules: [], approval: "0198" };
    await end(new ApprovalPendingError("asked", { details }));
    expect(runs()).toMatchObject([{ outcome: "failed", error: "APPROVAL_PENDING", waits: "0198" }]);
  });

  it("ends a run whose time is over, and counts it as failed", async () => {
    const { clock, runs, hold } = await setUp({ timeoutMs: 5000, schedule: { everyMs: 10 * MINUTE } });
    hold();
    await clock.advance(10 * MINUTE);
    await clock.advance(5000);
    expect(runs()).toMatchObject([{ outcome: "failed", error: "IPC_TIMEOUT" }]);
  });

  it("runs nothing twice when the clock is set back, and intervals count from the new time", async () => {
    const { clock, ran } = await setUp();
    await clock.advance(2 * MINUTE);
    clock.setNow(NOON - 60 * MINUTE);
    // The first minute finds out; from there on intervals count.
    for (let index = 0; index < 3; index++) await clock.advance(MINUTE);
    expect(ran.length).toBe(4);
    expect(new Set(ran.map(({ due }) => due)).size).toBe(4);
  });

  it("waits with an expression when the clock is set back a little, and follows it when it is set back far", async () => {
    const { clock, ran } = await setUp({ schedule: { cron: "*/10 * * * *", timeZone: "UTC" } });
    for (let index = 0; index < 20; index++) await clock.advance(MINUTE);
    expect(minutes(ran)).toEqual([10, 20]);
    clock.setNow(NOON + 5 * MINUTE);
    for (let index = 0; index < 14; index++) await clock.advance(MINUTE);
    expect(minutes(ran)).toEqual([10, 20]);
    clock.setNow(NOON - 24 * 60 * MINUTE);
    for (let index = 0; index < 11; index++) await clock.advance(MINUTE);
    expect(minutes(ran).slice(2)).toEqual([-1430]);
  });

  it("treats due times that the clock was set over as missed", async () => {
    const { clock, ran, runs } = await setUp({ missed: "once" });
    clock.setNow(NOON + 10 * MINUTE + 30_000);
    await clock.advance(MINUTE);
    await clock.settle();
    expect(runs().filter(({ trigger }) => trigger === "missed")).toHaveLength(1);
    expect(ran.length).toBeLessThanOrEqual(2);
  });

  it("does not run a job whose run cannot be written down first", async () => {
    const { clock, ran, store } = await setUp();
    await store.close();
    await clock.advance(MINUTE);
    expect(ran).toEqual([]);
  });

  it("runs by hand at once, refuses a second one meanwhile, and leaves the schedule alone", async () => {
    const { clock, scheduler, hold, end, ran } = await setUp();
    hold();
    const running = scheduler.runNow("job");
    await clock.settle();
    await expect(scheduler.runNow("job")).rejects.toMatchObject({ code: "IPC_CRON_BUSY", retryable: true });
    await end();
    await expect(running).resolves.toMatchObject({ trigger: "manual", outcome: "ok" });
    expect(scheduler.nextRun("job")).toBe(NOON + MINUTE);
    expect(ran).toHaveLength(1);
  });

  it("ends what runs when it stops, and starts nothing any more", async () => {
    const { clock, stop, hold, runs, ran } = await setUp({ overlap: "queue" });
    hold();
    await clock.advance(MINUTE);
    await clock.advance(MINUTE);
    await stop();
    expect(runs()).toMatchObject([{ outcome: "failed", error: "KERNEL_STOPPED" }]);
    await clock.advance(10 * MINUTE);
    expect(ran).toHaveLength(1);
  });
});
