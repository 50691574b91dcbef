import { type AgentContext, defineAgent, type Message, type Pid, type ProcessNotice } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

/** An agent that keeps what it gets, and crashes when told to. */
function keeper(name: string) {
  const got: Message[] = [];
  const agent = defineAgent({
    name,
    async run(context) {
      for await (const message of context.inbox) {
        got.push(message);
        if (message.payload === "crash") throw new Error("as told");
        if (message.payload === "end") return;
      }
    },
  });
  return { agent, got };
}

const crash = { kind: "crash", error: "as told", code: undefined };

describe("ends of others", () => {
  it("reach a monitoring agent as a notice before its messages", async () => {
    const { process, router, platform, shutdown } = await harness();
    const watcher = keeper("watcher");
    const target = await process.spawn(keeper("target").agent);
    const watching = await process.spawn(watcher.agent);
    const ref = process.monitor(target, watching);
    await process.suspend(watching);
    await router.send(0 as Pid, watching.pid as Pid, "first sent");
    await router.send(0 as Pid, target.pid as Pid, "crash");
    await platform.clock.settle();
    await process.resume(watching);
    await platform.clock.settle();
    const notice: ProcessNotice = { signal: "down", ref, pid: target.pid as Pid, reason: crash as never };
    expect(watcher.got.map(({ kind, payload }) => [kind, payload])).toEqual([
      ["signal", notice],
      ["text", "first sent"],
    ]);
    await shutdown();
  });

  it("reach the program by an event, when PID 0 monitors", async () => {
    const { process, shutdown } = await harness();
    const told: ProcessNotice[] = [];
    process.events.on("process:noticed", (notice) => told.push(notice));
    const target = await process.spawn(keeper("target").agent);
    const ref = process.monitor(target);
    await process.kill(target);
    expect(told).toEqual([{ signal: "down", ref, pid: target.pid, reason: { kind: "killed" } }]);
    await shutdown();
  });

  it("take a linked agent along, which its policy then starts again", async () => {
    const { process, router, platform, shutdown } = await harness();
    const one = await process.spawn(keeper("one").agent);
    const other = await process.spawn(keeper("other").agent, { restart: { type: "transient" } });
    const before = other.pid;
    process.link(one, other);
    await router.send(0 as Pid, one.pid as Pid, "crash");
    await platform.clock.settle();
    expect(process.find(before)?.exit).toEqual({ kind: "linked", pid: one.pid });
    await platform.clock.advance(100);
    expect(process.find(other)).toMatchObject({ state: "running", restarts: 1 });
    await shutdown();
  });

  it("are told to a linked agent that traps exits", async () => {
    const { process, router, platform, shutdown } = await harness();
    const trapping = keeper("trapping");
    const one = await process.spawn(keeper("one").agent);
    const other = await process.spawn(trapping.agent, { trapExit: true });
    process.link(one, other);
    await router.send(0 as Pid, one.pid as Pid, "end");
    await platform.clock.settle();
    expect(trapping.got.map(({ payload }) => payload)).toEqual([
      { signal: "exit", pid: one.pid, reason: { kind: "normal" } },
    ]);
    expect(process.find(other)?.state).toBe("running");
    await shutdown();
  });
});

describe("what an agent does", () => {
  it("is shown as it changes: idle, busy, waiting for a reply", async () => {
    const { process, router, platform, shutdown } = await harness();
    const silent = await process.spawn(keeper("silent").agent);
    let go: () => void = () => undefined;
    const working = defineAgent({
      name: "working",
      async run(agent: AgentContext) {
        for await (const message of agent.inbox) {
          if (message.payload === "ask")
            await agent.request(silent as { pid: Pid<string> }, "anything").catch(() => null);
          else
            await new Promise<void>((resolve) => {
              go = resolve;
            });
        }
      },
    });
    const handle = await process.spawn(working);
    const activity = async (): Promise<unknown> => {
      await platform.clock.settle();
      return process.find(handle)?.activity;
    };
    expect(await activity()).toEqual({ kind: "idle" });
    await router.send(0 as Pid, handle.pid as Pid, "work");
    expect(await activity()).toEqual({ kind: "busy" });
    go();
    expect(await activity()).toEqual({ kind: "idle" });
    await router.send(0 as Pid, handle.pid as Pid, "ask");
    expect(await activity()).toEqual({ kind: "waiting", on: "reply" });
    await process.stop(handle, { graceful: false });
    expect(await activity()).toBeUndefined();
    await shutdown();
  });
});

describe("messages that wait", () => {
  const slow = defineAgent({
    name: "slow",
    async run(agent) {
      const message = await agent.inbox.receive();
      if (message?.payload === "crash") throw new Error("as told");
      for await (const next of agent.inbox) taken.push(next.payload);
    },
  });
  const taken: unknown[] = [];

  it("survive a restart, in order, and those that come during the wait join them", async () => {
    const { process, router, platform, shutdown } = await harness();
    taken.length = 0;
    const handle = await process.spawn(slow, { restart: { type: "transient" } });
    await process.suspend(handle);
    for (const payload of ["crash", "swallowed", "two"]) await router.send(0 as Pid, handle.pid as Pid, payload);
    await process.resume(handle);
    await platform.clock.settle();
    await router.send(0 as Pid, handle.pid as Pid, "three");
    await platform.clock.advance(100);
    expect(taken).toEqual(["two", "three"]);
    await process.restart(handle);
    await shutdown();
  });

  it("are dead letters when the agent opts out, or ends for good", async () => {
    const { process, router, platform, shutdown } = await harness();
    taken.length = 0;
    const handle = await process.spawn(slow, { restart: { type: "transient" }, mailbox: "drop" });
    await process.suspend(handle);
    for (const payload of ["crash", "one"]) await router.send(0 as Pid, handle.pid as Pid, payload);
    await process.resume(handle);
    await platform.clock.advance(100);
    expect(router.waited.get(1 as Pid)).toEqual(["one"]);
    expect(router.mailboxes.size).toBe(1);
    await shutdown();
    expect(router.mailboxes.size).toBe(0);
  });
});
