import { defineAgent } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";

const HOUR = 3_600_000;

/** A reporter that keeps what it was told. */
function reporter() {
  const heard: unknown[] = [];
  const agent = defineAgent({
    name: "reporter",
    async run(context) {
      for await (const message of context.inbox) {
        heard.push(message.payload);
        if (message.deadline !== undefined) await context.reply(message, "done");
      }
    },
  });
  return { heard, agent };
}

const boot = (platform: TestPlatform) => testKernel({ platform, dir: "/state" });

describe("cron in a kernel", () => {
  it("wakes an agent, waits for its reply, and leaves a record of the start", async () => {
    const { kernel, clock } = await boot(memoryPlatform({ seed: 1 }));
    const { heard, agent } = reporter();
    await kernel.process.spawn(agent);
    await kernel.ipc.cron.add({
      name: "hourly",
      schedule: { everyMs: HOUR },
      target: { agent: "reporter", payload: { report: "hour" }, awaitReply: true },
    });
    await clock.advance(HOUR);
    await clock.advance(1000);
    expect(heard).toEqual([{ report: "hour" }]);
    expect(kernel.ipc.cron.history("hourly")).toMatchObject([{ outcome: "ok", trigger: "schedule" }]);
    const kinds = (await kernel.exochain.tail(50)).map(({ kind }) => kind);
    expect(kinds).toContain("cron.add");
    expect(kinds).toContain("cron.fire");
    await kernel.shutdown();
  });

  it("goes on after a crash with the jobs that were acknowledged, and makes up for what was missed", async () => {
    const platform = memoryPlatform({ seed: 2 });
    const first = await boot(platform);
    await first.kernel.ipc.cron.add({
      name: "sweep",
      schedule: { everyMs: HOUR },
      target: { topic: "sweep" },
      missed: "once",
    });
    const after = platform.crash();
    after.clock.setNow(after.clock.now() + 5.5 * HOUR);
    const second = await boot(after);
    for (let turn = 0; turn < 20; turn++) await after.clock.settle();
    expect(second.kernel.ipc.cron.history("sweep")).toMatchObject([{ outcome: "ok", trigger: "missed", missed: 4 }]);
    await second.kernel.shutdown();
  });

  it("has a node in the resource tree for each job, made, changed and removed by its own events", async () => {
    const platform = memoryPlatform({ seed: 9 });
    const first = await boot(platform);
    const { cron } = first.kernel.ipc;
    const { id } = await cron.add({ name: "sweep", schedule: { everyMs: HOUR }, target: { topic: "sweep" } });
    await cron.add({ name: "beat", schedule: { everyMs: 1000 }, target: { topic: "beat" } });
    await cron.edit("sweep", { target: { topic: "broom" } });
    await cron.remove("beat");
    const path = `/kernel/services/cron/${id}`;
    const metadata = { owner: "ipc", job: "sweep", schedule: "every 3600000 ms", target: "topic:broom" };
    const { tree } = first.kernel.exochain;
    expect(tree.list("/kernel/services/cron").map((node) => node.path)).toEqual(["/kernel/services/cron", path]);
    expect(tree.find(path)).toMatchObject({ kind: "custom:cron-job", metadata });
    expect((await tree.history(path)).map(({ kind }) => kind)).toEqual(["cron.edit", "cron.add"]);
    await first.kernel.shutdown();
    const second = await boot(platform);
    expect(second.kernel.exochain.tree.find(path)).toMatchObject({ metadata });
    expect(await second.kernel.exochain.tree.verify()).toMatchObject({ valid: true });
    await second.kernel.ipc.cron.remove("sweep");
    expect(second.kernel.exochain.tree.find(path)).toBeUndefined();
    await second.kernel.shutdown();
  });

  it("says what went wrong when nobody has the name it addresses", async () => {
    const { kernel } = await boot(memoryPlatform({ seed: 3 }));
    await kernel.ipc.cron.add({ name: "lost", schedule: { everyMs: HOUR }, target: { agent: "nobody" } });
    expect(await kernel.ipc.cron.run("lost")).toMatchObject({ outcome: "failed", error: "IPC_CRON_TARGET_GONE" });
    await kernel.shutdown();
  });

  it("calls a tool under the rights of who added the job, and no more", async () => {
    const { kernel, platform } = await boot(memoryPlatform({ seed: 4 }));
    await platform.files.makeFolder("/data");
    const add = (name: string, role: "operator" | "viewer") =>
      kernel.ipc.cron.add(
        { name, schedule: { everyMs: HOUR }, target: { tool: "fs.stat", input: { path: "/data" } } },
        { as: { kind: "principal", id: name, role } },
      );
    await add("works", "operator");
    expect(await kernel.ipc.cron.run("works")).toMatchObject({ outcome: "ok" });
    await expect(add("refused", "viewer")).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    await kernel.shutdown();
  });

  it("runs nothing under the rights of an agent that has ended", async () => {
    const { kernel } = await boot(memoryPlatform({ seed: 5 }));
    const { agent } = reporter();
    const { pid } = await kernel.process.spawn(agent);
    await kernel.ipc.cron.add(
      { name: "own", schedule: { everyMs: HOUR }, target: { topic: "own" } },
      { as: { kind: "process", id: `${pid}` } },
    );
    expect(await kernel.ipc.cron.run("own")).toMatchObject({ outcome: "ok" });
    await kernel.process.stop(pid);
    expect(await kernel.ipc.cron.run("own")).toMatchObject({ outcome: "failed", error: "IPC_CRON_OWNER_GONE" });
    await kernel.shutdown();
  });
});
