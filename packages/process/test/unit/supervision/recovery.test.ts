import { defineAgent, type Pid } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import type { ProcessEvents } from "../../../src/index.ts";
import { harness } from "../../harness.ts";

const waits = new URL("../../agents/lasting.ts", import.meta.url);
const idle = defineAgent({
  name: "closure",
  async run(agent) {
    await agent.inbox.receive();
  },
});

describe("after a crash of the kernel", () => {
  it("permanent agents with a module are started again as they were, and others are told as lost", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const keeper = await first.process.spawn(waits, {
      name: "keeper",
      restart: { type: "permanent", maxRestarts: 7 },
      capabilities: { canNetwork: true },
      mailboxLimit: 9,
      input: { folder: "docs" },
    });
    await first.process.kill(keeper);
    await platform.clock.advance(100);
    await first.process.spawn(waits, { name: "transient", restart: { type: "transient" } });
    await first.process.spawn(idle, { restart: { type: "permanent" } });
    const stopped = await first.process.spawn(waits, { name: "stopped", restart: { type: "permanent" } });
    await first.process.stop(stopped);
    await platform.clock.settle();
    expect(keeper.pid).toBe(2);

    const lost: ProcessEvents["process:lost"][] = [];
    const second = await harness({
      platform: platform.crash(),
      onBoot: ({ process }) => void process.events.on("process:lost", (event) => lost.push(event)),
    });
    const live = second.process.list().filter(({ pid }) => pid !== 0);
    expect(live).toHaveLength(1);
    expect(live[0]).toMatchObject({ name: "keeper", state: "running", restarts: 2, parent: 0 });
    expect(live[0]?.capabilities.canNetwork).toBe(true);
    expect(live[0]?.pid).toBeGreaterThan(1000);
    expect(second.router.limits.get(live[0]?.pid as Pid)).toBe(9);
    expect(lost).toEqual([
      { pid: 2, name: "keeper", recovering: true },
      { pid: 3, name: "transient", recovering: false },
      { pid: 4, name: "closure", recovering: false },
    ]);
    const records = second.audit.map(({ kind, payload }) => [kind, payload.pid ?? payload.result]);
    expect(records).toEqual([
      ["agent.lost", 2],
      ["agent.lost", 3],
      ["agent.lost", 4],
      ["agent.restart", { oldPid: 2, newPid: live[0]?.pid, count: 2, backoffMs: 0 }],
    ]);
    expect(second.logs.filter(({ level }) => level === "warn")).toHaveLength(3);
    await second.shutdown();
  });

  it("a supervisor comes back with its children, when all of them are modules", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.supervise({
      name: "tree",
      strategy: "one-for-all",
      children: [
        { id: "a", agent: waits, shutdownMs: 70 },
        { supervisor: { name: "inner", strategy: "one-for-one", children: [{ agent: waits, replicas: 2 }] } },
      ],
    });
    await first.process.supervise({ name: "closures", strategy: "one-for-one", children: [{ agent: idle }] });
    await platform.clock.settle();
    const second = await harness({ platform: platform.crash() });
    const live = second.process.list().filter(({ pid, state }) => pid !== 0 && state === "running");
    expect(live.map(({ name }) => name)).toEqual(["tree", "lasting", "inner", "lasting", "lasting"]);
    const [tree] = live;
    expect(tree).toMatchObject({ backend: "supervisor", restarts: 1 });
    expect(
      second.process
        .supervisor(tree!.pid)
        ?.children()
        .map(({ id, state }) => [id, state]),
    ).toEqual([
      ["a", "running"],
      ["inner", "running"],
    ]);
    expect(second.audit.filter(({ kind }) => kind === "agent.lost")).toHaveLength(7);
    await second.shutdown();
  });

  it("an agent that waited for its next start comes back too", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const handle = await first.process.spawn(waits, { restart: { type: "permanent" } });
    await first.process.kill(handle);
    await platform.clock.settle();
    const second = await harness({ platform: platform.crash() });
    expect(second.process.list().filter(({ state }) => state === "running")).toHaveLength(2);
    await second.shutdown();
  });

  it("one that cannot be started any more is told, and lost for good", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.spawn(waits, { restart: { type: "permanent" } });
    await platform.clock.settle();
    const files = platform.crash().files;
    const second = await harness({
      platform: memoryPlatform({ files }),
      onBoot: (kernel) => {
        kernel.decide = () => ({
          verdict: "deny",
          by: "rule",
          reason: "frozen",
          rules: [],
          policy: "",
          suspend: false,
        });
      },
    });
    expect(second.logs.filter(({ level }) => level === "error")).toHaveLength(1);
    await second.shutdown();
    const third = await harness({ platform: memoryPlatform({ files }) });
    expect(third.process.list()).toHaveLength(1);
    expect(third.audit).toEqual([]);
    await third.shutdown();
  });

  it("nothing is told after a shutdown", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.spawn(waits, { restart: { type: "permanent" } });
    await first.shutdown();
    const second = await harness({ platform: platform.crash() });
    expect(second.process.list()).toHaveLength(1);
    expect(second.audit).toEqual([]);
    await second.shutdown();
  });
});
