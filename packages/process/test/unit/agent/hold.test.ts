import { type AgentContext, defineAgent, type JsonValue, type OwnSupervisor, type Pid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

const module = new URL("../../agents/lasting.ts", import.meta.url);
const KERNEL = 0 as Pid;

/** An agent whose calls a test makes. */
async function puppet({ deaf = false } = {}) {
  const called: string[] = [];
  const tools = {
    call: async (_: unknown, name: string): Promise<JsonValue> => {
      called.push(name);
      return null;
    },
    list: async () => [],
  };
  const kernel = await harness({ init: { stopTimeoutMs: 100 }, tools: tools as never });
  let context: AgentContext | undefined;
  const agent = defineAgent({
    name: "puppet",
    run: (given) =>
      new Promise<void>((resolve) => {
        context = given as unknown as AgentContext;
        if (!deaf) given.signal.addEventListener("abort", () => resolve());
      }),
  });
  const rights = { canSpawn: true, canNetwork: true, tools: { allow: ["**"] } } as const;
  const handle = await kernel.process.spawn(agent, { capabilities: rights as never });
  const other = await kernel.process.spawn(module, { name: "other", trapExit: true });
  let said = 0;
  const send = kernel.router.trySend.bind(kernel.router);
  kernel.router.trySend = (...message) => {
    said += 1;
    return send(...message);
  };
  return { kernel, called, handle, other: other as never, context: context as AgentContext, said: () => said };
}

const waits = (work: Promise<unknown>): { readonly work: Promise<unknown>; readonly over: () => boolean } => {
  let over = false;
  const settled = (): void => {
    over = true;
  };
  work.then(settled, settled);
  return { work, over: () => over };
};

describe("what a suspended agent wants done", () => {
  it("is held until it is resumed, and done then", async () => {
    const { kernel, called, handle, other, context, said } = await puppet();
    const supervisor: OwnSupervisor = await context.supervise({ name: "group", strategy: "dynamic" });
    await kernel.process.suspend(handle);
    const before = kernel.process.list().length;
    const acts: Record<string, () => Promise<unknown>> = {
      send: () => context.send(other, "hello"),
      request: () => context.request(other, "hello?"),
      publish: () => context.publish("news", "rain"),
      broadcast: () => context.broadcast("rain"),
      subscribe: () => context.subscribe("weather"),
      spawn: () => context.spawn(module),
      supervise: () => context.supervise({ name: "second", strategy: "dynamic" }),
      add: () => supervisor.add({ id: "added", agent: module }),
      scale: () => supervisor.scale("nobody", 1),
      remove: () => supervisor.remove("nobody"),
      monitor: () => context.monitor(other),
      link: () => context.link(other),
      elevate: () => context.elevate({ canNetwork: true }, { forMs: 10, reason: "test" }),
      tool: () => context.tools.call("sum", [1, 2]),
    };
    const held = Object.entries(acts).map(([name, act]) => ({ name, ...waits(act()) }));
    const ended = (): string[] => held.filter(({ over }) => over()).map(({ name }) => name);
    for (let turn = 0; turn < 10; turn += 1) await kernel.platform.clock.settle();
    expect([ended(), kernel.process.list().length, called]).toEqual([[], before, []]);
    expect([said(), kernel.router.topics.size]).toEqual([0, 0]);
    // What is its own, or about what it took before, it may do.
    await context.state.set("key", 1);
    await context.unsubscribe("weather");
    expect(await context.reply({ id: "0".repeat(24), deadline: undefined } as never, "late")).toEqual({
      status: "unasked",
    });
    await kernel.process.resume(handle);
    await Promise.allSettled(held.map(({ work }) => work));
    expect(ended()).toEqual(Object.keys(acts));
    expect([called, said()]).toEqual([["sum"], 1]);
    expect(kernel.process.list().length).toBe(before + 3);
    expect([...kernel.router.topics.keys()]).toEqual(["weather"]);
    await kernel.shutdown();
  });

  it("fails when it is ended, also what it wants while it is asked to end", async () => {
    const { kernel, handle, other, context, said } = await puppet({ deaf: true });
    await kernel.process.suspend(handle);
    const held = context.send(other, "never");
    const stopped = kernel.process.stop(handle);
    await expect(held).rejects.toMatchObject({ code: "PROCESS_STOPPED" });
    expect(kernel.process.find(handle)?.state).toBe("stopping");
    await expect(context.spawn(module)).rejects.toMatchObject({ code: "PROCESS_STOPPED" });
    await kernel.platform.clock.advance(100);
    await stopped;
    await expect(context.send(other, "never")).rejects.toMatchObject({ code: "PROCESS_NOT_ACCEPTING" });
    expect(said()).toBe(0);
    await kernel.shutdown();
  });

  it("is given up with its caller's signal, and held again when the agent is suspended again at once", async () => {
    const { kernel, handle, other, context } = await puppet();
    await kernel.process.suspend(handle);
    const abort = new AbortController();
    const given = context.request(other, "hello?", { signal: abort.signal });
    const held = waits(context.request(other, "hello?"));
    abort.abort(new Error("no longer"));
    await expect(given).rejects.toThrow("no longer");
    await expect(context.request(other, "?", { signal: abort.signal })).rejects.toThrow("no longer");
    kernel.control.resume(handle.pid as unknown as Pid);
    kernel.control.suspend(handle.pid as unknown as Pid);
    for (let turn = 0; turn < 10; turn += 1) await kernel.platform.clock.settle();
    expect(held.over()).toBe(false);
    await kernel.process.resume(handle);
    expect(((await held.work) as { payload: unknown }).payload).toBe("hello?");
    await kernel.shutdown();
  });

  it("is refused beyond 1024 calls", async () => {
    const { kernel, handle, other, context } = await puppet();
    await kernel.process.suspend(handle);
    const held = Array.from({ length: 1024 }, () => context.send(other, "x"));
    await expect(context.send(other, "one too many")).rejects.toMatchObject({ code: "PROCESS_STATE" });
    await kernel.process.resume(handle);
    await Promise.all(held);
    await context.send(other, "again");
    await kernel.shutdown();
  });

  it("of a rule that suspends it goes no further", async () => {
    const kernel = await harness();
    const done: string[] = [];
    const agent = defineAgent({
      name: "culprit",
      async run(context) {
        // As the guard does when a critical rule matched.
        kernel.control.suspend(context.pid as unknown as Pid);
        done.push("acted");
        await context.spawn(module);
        done.push("spawned");
      },
    });
    const handle = await kernel.process.spawn(agent, {
      restart: { type: "permanent" },
      capabilities: { canSpawn: true },
    });
    for (let turn = 0; turn < 10; turn += 1) await kernel.platform.clock.settle();
    await kernel.router.send(KERNEL, handle.pid as unknown as Pid, "hello");
    expect([done, kernel.process.find(handle)?.state]).toEqual([["acted"], "suspended"]);
    expect(kernel.process.list()).toHaveLength(2);
    await kernel.shutdown();
  });
});
