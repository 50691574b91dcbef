import { defineAgent, type Pid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

const module = (name: string): URL => new URL(`../../agents/${name}.ts`, import.meta.url);

/** Starts a hostile agent beside a healthy one. */
async function pair(act: string, init = {}) {
  const tools = { call: () => new Promise<never>(() => undefined), list: async () => [] };
  const kernel = await harness({ init, tools });
  const healthy = await kernel.process.spawn(module("scripted"), { input: { do: "echo" } });
  const hostile = await kernel.process.spawn(module("hostile"), { backend: "worker", input: act });
  const isHealthy = async () =>
    (await kernel.router.request(0 as Pid, healthy.pid as Pid, "there?")).payload === "there?";
  return { kernel, hostile, isHealthy };
}

describe("a worker agent that misbehaves", () => {
  it("is killed in an endless loop", async () => {
    const { kernel, hostile, isHealthy } = await pair("loop");
    await kernel.process.kill(hostile);
    expect(await hostile.exited).toEqual({ kind: "killed" });
    expect(await isHealthy()).toBe(true);
  });

  it("is killed in an endless loop when it does not stop in time", async () => {
    const { kernel, hostile } = await pair("loop");
    const stopped = kernel.process.stop(hostile);
    await kernel.platform.clock.advance(5000);
    await stopped;
    expect(await hostile.exited).toEqual({ kind: "timeout" });
  });

  it("crashes alone on an unhandled rejection", async () => {
    const { hostile, isHealthy } = await pair("rejection");
    expect(await hostile.exited).toEqual({ kind: "crash", error: "nobody handles this", code: undefined });
    expect(await isHealthy()).toBe(true);
  });

  it("ends only itself with process.exit", async () => {
    const { hostile, isHealthy } = await pair("exit");
    expect(await hostile.exited).toMatchObject({ kind: "crash", error: "the worker ended by itself with code 7" });
    expect(await isHealthy()).toBe(true);
  });

  it.each(["junk", "credit", "flood"])("is ended when it breaks the protocol: %s", async (act) => {
    const { hostile, isHealthy } = await pair(act);
    expect(await hostile.exited).toMatchObject({ kind: "crash", error: expect.stringContaining("broke the protocol") });
    expect(await isHealthy()).toBe(true);
  });

  it("is told of a call that makes no sense, and goes on", async () => {
    const { hostile } = await pair("slip");
    expect(await hostile.exited).toEqual({ kind: "normal" });
  });

  it("ends when its run returns, whatever timers it leaves", async () => {
    const { hostile } = await pair("timers");
    expect(await hostile.exited).toEqual({ kind: "normal" });
  });

  it("is given up when its module never finishes loading", async () => {
    const { process, platform } = await harness({ init: { startTimeoutMs: 50 } });
    const starting = process.spawn(module("loops-at-load"), { backend: "worker" });
    const failed = expect(starting).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED" });
    await platform.clock.advance(50);
    await failed;
  });

  it("does not answer a ping while it hangs", async () => {
    const { kernel, hostile } = await pair("loop");
    let answered = false;
    void kernel.router.ping(hostile.pid as Pid).then(() => {
      answered = true;
    });
    for (let turn = 0; turn < 20; turn += 1) await kernel.platform.clock.settle();
    expect(answered).toBe(false);
    await kernel.process.kill(hostile);
  });
});

describe("messages that a worker had not taken when it ended", () => {
  const KERNEL = 0 as Pid;

  it.each([
    ["crashed", 20, "throw"],
    ["was stopped", 0, "wait"],
    ["was killed", 0, "wait"],
  ] as const)("are in its mailbox again: it %s", async (how, take, end) => {
    const { process, router } = await harness();
    const handle = await process.spawn(module("takes-some"), { backend: "worker", input: { take, end } });
    const pid = handle.pid as Pid;
    const total = 200;
    for (let index = 0; index < total; index += 1) await router.send(KERNEL, pid, String(index));
    if (how === "was stopped") await process.stop(handle);
    else if (how === "was killed") await process.kill(handle);
    expect((await handle.exited).kind).toBe(how === "crashed" ? "crash" : how === "was killed" ? "killed" : "normal");
    expect(router.buried).toEqual([]);
    expect(router.waited.get(pid)).toEqual(Array.from({ length: total - take }, (_, index) => String(index + take)));
  });
});

describe("a worker that a message makes hang", () => {
  it("is killed, and its next start gets what came after that message, and no loop again", async () => {
    const { process, platform, router, shutdown } = await harness();
    const handle = await process.spawn(module("contract-crashes-on"), {
      backend: "worker",
      restart: { type: "permanent" },
    });
    const pid = handle.pid as Pid;
    const loops = router.request(0 as Pid, pid, "loop");
    const answers = Promise.all(["a", "b"].map((text) => router.request(0 as Pid, pid, text)));
    expect((await loops).payload).toBe("loops");
    const restarted = new Promise<void>((resolve) => process.events.on("process:restarted", () => resolve()));
    await process.kill(handle);
    await platform.clock.advance(100);
    await restarted;
    expect((await answers).map(({ payload }) => payload)).toEqual(["a", "b"]);
    await shutdown();
  });
});

describe("what a worker cannot take", () => {
  it("refuses a closure", async () => {
    const { process } = await harness();
    const closure = defineAgent({ name: "closure", async run() {} });
    await expect(process.spawn(closure, { backend: "worker" })).rejects.toMatchObject({
      code: "AGENT_NOT_A_MODULE",
      details: { agent: "closure", backend: "worker" },
    });
  });

  it("refuses a closure as the child of a worker agent", async () => {
    const { process } = await harness();
    const handle = await process.spawn(module("scripted"), { backend: "worker", input: { do: "closure" } });
    expect(await handle.exited).toMatchObject({ kind: "crash", code: "AGENT_NOT_A_MODULE" });
  });
});
