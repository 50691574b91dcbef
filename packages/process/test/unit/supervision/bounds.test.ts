import { type AgentContext, defineAgent } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

describe("a fork bomb", () => {
  /** Starts two of itself, and they two each, and does not stop trying. */
  function bomb(refusals: Set<string>) {
    const agent = defineAgent({
      name: "bomb",
      async run(context: AgentContext) {
        for (let round = 0; round < 8; round += 1) {
          try {
            await Promise.all([context.spawn(agent), context.spawn(agent)]);
          } catch (error) {
            refusals.add(String((error as { code: unknown }).code));
          }
        }
        await context.inbox.receive();
      },
    });
    return agent;
  }

  it("is held by the maximum of processes, and ends with its root", async () => {
    const { process, platform, shutdown } = await harness({ init: { maxProcesses: 60 } });
    const bystander = await process.spawn(
      defineAgent({ name: "bystander", run: async ({ inbox }) => void (await inbox.receive()) }),
    );
    const refusals = new Set<string>();
    const root = await process.spawn(bomb(refusals), { restart: { type: "transient" } });
    let most = 0;
    process.events.on("process:started", () => {
      most = Math.max(most, process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited").length);
    });
    for (let turn = 0; turn < 50; turn += 1) await platform.clock.settle();
    expect(most).toBeLessThanOrEqual(60);
    expect(refusals).toContain("PROCESS_TABLE_FULL");
    await process.stop(root);
    await platform.clock.advance(10_000);
    const left = process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited");
    expect(left.map(({ name }) => name)).toEqual(["bystander"]);
    await process.stop(bystander);
    await shutdown();
  });

  it("that never stops trying ends with its root too: nothing starts below what has ended, at any depth", async () => {
    const { process, platform, shutdown } = await harness({ init: { maxDescendants: 40 } });
    const agent = defineAgent({
      name: "bomb",
      async run(context: AgentContext) {
        for (;;) {
          try {
            await context.spawn(agent);
          } catch (error) {
            if ((error as { code: unknown }).code !== "PROCESS_QUOTA") return;
            await platform.clock.sleep(50);
          }
        }
      },
    });
    const root = await process.spawn(agent);
    await platform.clock.advance(1000);
    expect(process.list().filter(({ state }) => state === "running")).toHaveLength(42);
    await process.stop(root, { graceful: false });
    await platform.clock.advance(1000);
    expect(process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
    await shutdown();
  });

  it("does not begin without the right to spawn", async () => {
    const { process, platform, shutdown } = await harness();
    const refusals = new Set<string>();
    await process.spawn(bomb(refusals), { capabilities: { canSpawn: false } });
    for (let turn = 0; turn < 20; turn += 1) await platform.clock.settle();
    expect([...refusals]).toEqual(["CAPABILITY_DENIED"]);
    expect(process.list()).toHaveLength(2);
    await shutdown();
  });
});

describe("a thousand rounds of starts and ends", () => {
  it("leave nothing behind but the exited entries that are kept", { timeout: 30_000 }, async () => {
    const { process, platform, router, shutdown } = await harness({ init: { maxExited: 10 } });
    const once = defineAgent({ name: "once", async run() {} });
    const failing = defineAgent({
      name: "failing",
      async run() {
        throw new Error("planned");
      },
    });
    const waiting = defineAgent({
      name: "waiting",
      async run({ inbox }) {
        for await (const message of inbox) void message;
      },
    });
    const watched = await process.spawn(waiting);
    for (let round = 0; round < 1000; round += 1) {
      const handles = await Promise.all([
        process.spawn(once),
        process.spawn(failing, { restart: { type: "transient", maxRestarts: 1 } }),
        process.spawn(waiting),
      ]);
      process.link(handles[2], watched);
      process.unlink(handles[2], watched);
      process.monitor(handles[2], watched);
      await process.stop(handles[2]);
      if (round % 50 === 0) await platform.clock.advance(200);
    }
    await platform.clock.advance(1000);
    const supervisor = await process.supervise({
      name: "tree",
      strategy: "one-for-all",
      children: [{ agent: waiting }, { id: "other", agent: waiting }],
    });
    await process.stop(supervisor);
    await process.stop(watched);
    expect(process.list()).toHaveLength(11);
    expect(router.mailboxes.size).toBe(0);
    expect(platform.clock.waiting).toBe(0);
    expect(process.reap()).toHaveLength(10);
    expect(process.list()).toHaveLength(1);
    await shutdown();
    const { size } = (await platform.files.stat("/state/journal/processes")) ?? { size: 0 };
    expect(size).toBeLessThan(500_000);
  });
});
