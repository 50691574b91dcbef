import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import type { CronJob, CronRun } from "../../../src/cron/cron-job.ts";
import { CronStore, MAX_HISTORY } from "../../../src/cron/cron-store.ts";

const job: CronJob = {
  id: "0198c0de-0000-7000-8000-000000000001",
  name: "sweep",
  schedule: { everyMs: 1000 },
  target: { topic: "sweep", payload: null },
  missed: "skip",
  overlap: "skip",
  jitterMs: 0,
  timeoutMs: 1000,
  enabled: true,
  anchor: 5,
  createdAt: 5,
  owner: { kind: "kernel", id: "0" },
};
const run = (due: number, outcome: CronRun["outcome"] = "ok"): CronRun => ({
  job: job.id,
  due,
  trigger: "schedule",
  startedAt: due,
  outcome,
});

async function openStore(platform = memoryPlatform({})): Promise<{ store: CronStore; platform: typeof platform }> {
  const store = new CronStore(await platform.openAppendLog(platform.files, "/cron"));
  await store.load();
  return { store, platform };
}

describe("CronStore", () => {
  it("finds after a crash what it acknowledged: jobs by id and name, runs, the newest due time", async () => {
    const { store, platform } = await openStore();
    await store.putJob(job.id, () => job);
    await store.putRun(run(1005, "running"));
    await store.putRun(run(1005));
    await store.putJob("other", () => ({ ...job, id: "other", name: "gone" }));
    await store.remove("other");
    platform.crash();
    const { store: again } = await openStore(platform);
    expect(again.list()).toEqual([{ job, runs: [run(1005)], lastDue: 1005 }]);
    expect(again.find("sweep")).toBe(again.find(job.id));
    expect(again.find("gone")).toBeUndefined();
  });

  it("keeps the newest runs only, and the newest due time even when its run fell out of them", async () => {
    const { store, platform } = await openStore();
    await store.putJob(job.id, () => job);
    await store.putRun(run(1005));
    for (let index = 0; index < 2100; index++) await store.putRun({ ...run(2000 + index), trigger: "manual" });
    await store.close();
    const { store: again } = await openStore(platform);
    expect(again.find("sweep")?.runs).toHaveLength(MAX_HISTORY);
    expect(again.find("sweep")?.lastDue).toBe(1005);
  });

  it("writes its journal anew when most of it says nothing any more", async () => {
    const { store, platform } = await openStore();
    await store.putJob(job.id, () => job);
    for (let index = 0; index < 2500; index++) await store.putRun(run(index));
    await store.close();
    const { size } = await platform.files.openRead("/cron");
    expect(size).toBeLessThan(200_000);
    expect((await openStore(platform)).store.find("sweep")?.lastDue).toBe(2499);
  });

  it("refuses to open with a record it cannot read", async () => {
    const { platform } = await openStore();
    const log = await platform.openAppendLog(platform.files, "/cron");
    await log.append(new TextEncoder().encode('{"kind":"later"}'));
    await log.close();
    await expect(openStore(platform)).rejects.toMatchObject({ code: "IPC_CRON_JOURNAL", details: { record: 0 } });
  });
});
