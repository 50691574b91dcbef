import { type Grant, type GuardedCall, type JsonValue, type Subject, WeftError } from "@weftos/interface";
import { manualClock, memoryPlatform, seededRandom } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import type { CronJob, NewCronJob } from "../../../src/cron/cron-job.ts";
import { CronScheduler } from "../../../src/cron/cron-scheduler.ts";
import { CronStore } from "../../../src/cron/cron-store.ts";
import { GuardedCron } from "../../../src/cron/guarded-cron.ts";

class RefusedError extends WeftError<Record<string, never>> {
  override readonly code = "TEST_REFUSED";
}

const alice: Subject = { kind: "principal", id: "alice", role: "operator" };
const agent7: Subject = { kind: "process", id: "7" };
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };
const beat: NewCronJob = { name: "beat", schedule: { everyMs: 60_000 }, target: { topic: "beat" } };

function nested(levels: number): JsonValue {
  return levels === 0 ? [] : [nested(levels - 1)];
}

async function setUp() {
  const clock = manualClock({ now: 1_000_000 });
  const platform = memoryPlatform({});
  const store = new CronStore(await platform.openAppendLog(platform.files, "/cron"));
  const ran: CronJob[] = [];
  const scheduler = new CronScheduler({
    clock,
    random: seededRandom(1),
    logger: silent,
    store,
    run: async (job) => void ran.push(job),
  });
  scheduler.go();
  const calls: GuardedCall<unknown>[] = [];
  const said = { refuses: false, approval: undefined as string | undefined };
  const cron = new GuardedCron({
    clock,
    random: seededRandom(2),
    store: () => store,
    scheduler: () => scheduler,
    guard: {
      async perform<T>(call: GuardedCall<T>, run: (grant: Grant) => T | Promise<T>): Promise<T> {
        calls.push(call as GuardedCall<unknown>);
        if (said.refuses) throw new RefusedError("refused", { details: {} });
        return await run({ approval: said.approval } as Grant);
      },
    },
  });
  return { clock, cron, calls, said, ran, store };
}

describe("GuardedCron", () => {
  it("adds a job with its defaults, under the name of who added it, and runs it when it is due", async () => {
    const { cron, clock, calls, ran } = await setUp();
    const job = await cron.add(beat, { as: alice });
    expect(job).toMatchObject({ missed: "skip", overlap: "skip", jitterMs: 0, enabled: true, owner: alice });
    expect(job.nextRun).toBe(clock.now() + 60_000);
    expect(calls).toMatchObject([
      {
        action: "cron.add",
        subject: alice,
        attributes: { job: "beat", schedule: "every 60000 ms", target: "topic:beat" },
      },
    ]);
    await clock.advance(60_000);
    expect(ran.map(({ name }) => name)).toEqual(["beat"]);
    expect(cron.history("beat")).toMatchObject([{ outcome: "ok", trigger: "schedule" }]);
  });

  it("shows an approver all that the job will do", async () => {
    const { cron, calls } = await setUp();
    await cron.add({ ...beat, target: { tool: "fs.remove", input: { path: "/tmp/x" } } }, { as: alice });
    for (const part of ["fs.remove", "/tmp/x", "60000", "alice"]) expect(calls[0]?.display).toContain(part);
  });

  it("keeps nothing of what was refused", async () => {
    const { cron, said, ran, clock } = await setUp();
    said.refuses = true;
    await expect(cron.add(beat)).rejects.toMatchObject({ code: "TEST_REFUSED" });
    expect(cron.list()).toEqual([]);
    await clock.advance(120_000);
    expect(ran).toEqual([]);
  });

  it("runs an edited job under the rights of who edited it, and forgets the approval of what it was", async () => {
    const { cron, said } = await setUp();
    said.approval = "first";
    expect((await cron.add(beat, { as: alice })).approval).toBe("first");
    said.approval = undefined;
    const edited = await cron.edit("beat", { target: { topic: "other" } });
    expect(edited.owner).toEqual({ kind: "kernel", id: "0" });
    expect(edited.approval).toBeUndefined();
    expect(edited.target).toMatchObject({ topic: "other" });
  });

  it("counts an interval that was changed from the change on", async () => {
    const { cron, clock } = await setUp();
    await cron.add(beat);
    await clock.advance(30_000);
    expect((await cron.edit("beat", { schedule: { everyMs: 10_000 } })).nextRun).toBe(clock.now() + 10_000);
    expect((await cron.edit("beat", { missed: "all" })).nextRun).toBe(clock.now() + 10_000);
  });

  it("treats what came due while a job was disabled as wanted by nobody", async () => {
    const { cron, clock, ran } = await setUp();
    await cron.add({ ...beat, missed: "all" });
    expect((await cron.disable("beat")).nextRun).toBeUndefined();
    await clock.advance(600_000);
    expect((await cron.enable("beat")).nextRun).toBe(clock.now() + 60_000);
    expect(ran).toEqual([]);
    await clock.advance(60_000);
    expect(ran).toHaveLength(1);
  });

  it("runs by hand also what is disabled", async () => {
    const { cron, ran } = await setUp();
    await cron.add({ ...beat, enabled: false });
    await expect(cron.run("beat")).resolves.toMatchObject({ trigger: "manual", outcome: "ok" });
    expect(ran).toHaveLength(1);
  });

  it("removes a job and says what it was", async () => {
    const { cron, clock, ran } = await setUp();
    const { id } = await cron.add(beat);
    expect((await cron.remove(id)).name).toBe("beat");
    await clock.advance(120_000);
    expect(ran).toEqual([]);
    expect(() => cron.show(id)).toThrow(expect.objectContaining({ code: "IPC_CRON_NOT_FOUND" }));
  });

  it("lets a process act only on jobs of its own", async () => {
    const { cron } = await setUp();
    await cron.add(beat, { as: alice });
    await cron.add({ ...beat, name: "own" }, { as: agent7 });
    for (const act of [cron.remove("beat", { as: agent7 }), cron.edit("beat", { missed: "all" }, { as: agent7 })]) {
      await expect(act).rejects.toMatchObject({ code: "IPC_CRON_NOT_OWNER" });
    }
    await expect(cron.remove("own", { as: { kind: "process", id: "8" } })).rejects.toMatchObject({
      code: "IPC_CRON_NOT_OWNER",
    });
    await expect(cron.remove("own", { as: agent7 })).resolves.toMatchObject({ name: "own" });
  });

  it("refuses a name that another job has, before and after a person was asked", async () => {
    const { cron } = await setUp();
    const both = await Promise.allSettled([cron.add(beat), cron.add(beat)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(cron.add(beat)).rejects.toMatchObject({ code: "IPC_CRON_NAME_TAKEN" });
    await cron.add({ ...beat, name: "other" });
    await expect(cron.edit("other", { name: "beat" })).rejects.toMatchObject({ code: "IPC_CRON_NAME_TAKEN" });
  });

  it.each([["disable first"], ["edit first"]])(
    "keeps both of a disabling and an edit made at once: %s",
    async (order) => {
      const { cron } = await setUp();
      await cron.add(beat);
      const edit = () => cron.edit("beat", { missed: "all" });
      const disable = () => cron.disable("beat");
      await Promise.all(order === "edit first" ? [edit(), disable()] : [disable(), edit()]);
      expect(cron.show("beat")).toMatchObject({ enabled: false, missed: "all" });
    },
  );

  it("loses neither of two edits made at once: the second is told", async () => {
    const { cron } = await setUp();
    await cron.add(beat);
    const both = await Promise.allSettled([
      cron.edit("beat", { target: { topic: "one" } }),
      cron.edit("beat", { missed: "once" }),
    ]);
    expect(both).toMatchObject([{ status: "fulfilled" }, { reason: { code: "IPC_CRON_CHANGED", retryable: true } }]);
    expect(cron.show("beat")).toMatchObject({ target: { topic: "one" }, missed: "skip" });
  });

  it.each([
    ["a topic that is none", { topic: "not a topic!" }, "IPC_TOPIC_INVALID"],
    ["a number that is none", { topic: "x", payload: { n: Number.NaN } }, "IPC_PAYLOAD_INVALID"],
    ["a function", { topic: "x", payload: { call: () => 1 } as never }, "IPC_PAYLOAD_INVALID"],
    ["JSON of too many levels", { topic: "x", payload: nested(100) }, "IPC_PAYLOAD_INVALID"],
  ])("refuses %s when it is added, not at each run", async (_what, target, code) => {
    const { cron } = await setUp();
    await expect(cron.add({ ...beat, target })).rejects.toMatchObject({ code });
    await cron.add(beat);
    await expect(cron.edit("beat", { target })).rejects.toMatchObject({ code });
  });

  it("keeps at most a thousand jobs", async () => {
    const { cron } = await setUp();
    for (let index = 0; index < 1000; index++) await cron.add({ ...beat, name: `job ${index}` });
    await expect(cron.add(beat)).rejects.toMatchObject({ code: "IPC_CRON_FULL", details: { limit: 1000 } });
  });

  it.each([
    ["no name", { ...beat, name: "" }],
    ["an interval under 100 ms", { ...beat, schedule: { everyMs: 1 } }],
    ["both an agent and a topic", { ...beat, target: { agent: 1, topic: "x" } }],
    ["a policy nobody knows", { ...beat, missed: "some" }],
    ["a field nobody knows", { ...beat, often: true }],
    ["a payload over the limit", { ...beat, target: { topic: "x", payload: "x".repeat(70_000) } }],
  ])("refuses %s", async (_what, job) => {
    const { cron, calls } = await setUp();
    await expect(cron.add(job as NewCronJob)).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
    expect(calls).toEqual([]);
  });
});
