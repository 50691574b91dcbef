import { defineAgent, type Pid, WeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

/** Answers while it is well, with a failure while it is not. */
function patient() {
  const state = { well: true, starts: 0 };
  const sick = WeftError.fromJSON({ code: "TEST_SICK", message: "not well", retryable: true, details: {} });
  const agent = defineAgent({
    name: "patient",
    async run(context) {
      state.starts += 1;
      for await (const message of context.inbox) {
        if (message.deadline === undefined) continue;
        if (state.well) await context.reply(message, "well");
        else await context.replyError(message, sick);
      }
    },
  });
  return { state, agent };
}

const probe = { request: "how are you", intervalMs: 1000, timeoutMs: 100, failures: 3 };

describe("a liveness probe", () => {
  it("ends what fails it three times in a row, and its policy starts it again", async () => {
    const { process, platform, shutdown } = await harness();
    const { state, agent } = patient();
    const handle = await process.spawn(agent, { restart: { type: "transient" }, probes: { liveness: probe } });
    await platform.clock.advance(5000);
    state.well = false;
    await platform.clock.advance(2000);
    state.well = true;
    await platform.clock.advance(1000);
    state.well = false;
    await platform.clock.advance(2000);
    expect(state.starts).toBe(1);
    await platform.clock.advance(1000);
    expect(process.find(1 as Pid)?.exit).toEqual({ kind: "supervisor", cause: "probe" });
    await platform.clock.advance(100);
    expect(state.starts).toBe(2);
    expect(process.find(handle)?.state).toBe("running");
    await shutdown();
    expect(platform.clock.waiting).toBe(0);
  });

  it("costs who answers it nothing, though each message of its own does", async () => {
    const { process, platform, router, shutdown } = await harness();
    const { state, agent } = patient();
    const limits = { messages: 1 };
    const handle = await process.spawn(agent, { budget: { messages: 20 }, limits, probes: { liveness: probe } });
    await platform.clock.advance(30_000);
    state.well = false;
    await platform.clock.advance(1000);
    state.well = true;
    await platform.clock.advance(1000);
    expect(state.starts).toBe(1);
    expect(process.budgets.of(handle)).toMatchObject({ spent: {}, held: {} });
    const asker = await process.spawn(defineAgent({ name: "asker", run: ({ inbox }) => inbox.receive().then() }));
    const other = asker.pid as unknown as Pid;
    await router.request(other, handle.pid as unknown as Pid, "and you?");
    const held = process.budgets.of(handle).held.messages ?? 0;
    expect(held).toBeGreaterThan(0);
    router.request(other, handle.pid as unknown as Pid, "really?").catch(() => undefined);
    expect(await handle.exited).toEqual({ kind: "limit", limit: "messages" });
    await shutdown();
  });

  it("does not count what a suspended process cannot answer", async () => {
    const { process, platform, shutdown } = await harness();
    const { state, agent } = patient();
    const handle = await process.spawn(agent, { probes: { liveness: probe } });
    await process.suspend(handle);
    await platform.clock.advance(10_000);
    await process.resume(handle);
    await platform.clock.advance(10_000);
    expect(state.starts).toBe(1);
    expect(process.find(handle)?.state).toBe("running");
    await shutdown();
  });
});

describe("a readiness probe", () => {
  it("keeps the next sibling from starting until it succeeds", async () => {
    const { process, platform, shutdown } = await harness();
    const first = patient();
    const second = patient();
    first.state.well = false;
    const changes: boolean[] = [];
    process.events.on("process:ready-changed", ({ ready }) => changes.push(ready));
    const made = process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [
        { id: "first", agent: first.agent, probes: { readiness: probe } },
        { id: "second", agent: second.agent },
      ],
    });
    await platform.clock.advance(2500);
    expect([first.state.starts, second.state.starts]).toEqual([1, 0]);
    expect(process.list().find(({ name }) => name === "patient")?.ready).toBe(false);
    first.state.well = true;
    await platform.clock.advance(1000);
    const supervisor = await made;
    expect(second.state.starts).toBe(1);
    expect(supervisor.children().map(({ ready }) => ready)).toEqual([true, true]);
    expect(changes).toEqual([true]);
    await shutdown();
    expect(platform.clock.waiting).toBe(0);
  });

  it("fails the start of the tree when it does not succeed in time", async () => {
    const { process, platform, shutdown } = await harness({ init: { startTimeoutMs: 4000 } });
    const never = patient();
    never.state.well = false;
    const made = process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [{ agent: never.agent, probes: { readiness: probe } }],
    });
    const refused = expect(made).rejects.toMatchObject({ code: "PROCESS_STATE" });
    await platform.clock.advance(4000);
    await refused;
    expect(process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
    await shutdown();
    expect(platform.clock.waiting).toBe(0);
  });

  it("takes the readiness back when it fails later", async () => {
    const { process, platform, shutdown } = await harness();
    const { state, agent } = patient();
    const handle = await process.spawn(agent, { probes: { readiness: probe } });
    await platform.clock.settle();
    expect(process.find(handle)?.ready).toBe(true);
    state.well = false;
    await platform.clock.advance(3000);
    expect(process.find(handle)).toMatchObject({ ready: false, state: "running" });
    await shutdown();
  });
});
