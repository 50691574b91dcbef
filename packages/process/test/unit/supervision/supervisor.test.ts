import { type AgentContext, type AgentHandle, defineAgent, type Payload, type Pid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

const idle = defineAgent({
  name: "idle",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});
const failing = defineAgent({
  name: "failing",
  async run() {
    throw new Error("out of luck");
  },
});
const kinds = (audit: readonly { readonly kind: string }[]): string[] => audit.map((event) => event.kind);

describe("starting and ending", () => {
  it("starts an agent, which exits normally when its run returns", async () => {
    const { process, audit } = await harness();
    const seen: unknown[] = [];
    const once = defineAgent({
      name: "once",
      async run(agent) {
        seen.push(agent.input, agent.parent, agent.name);
      },
    });
    const handle = await process.spawn(once, { input: { folder: "docs" } });
    expect(await handle.exited).toEqual({ kind: "normal" });
    expect(seen).toEqual([{ folder: "docs" }, 0, "once"]);
    expect(process.find(handle)?.state).toBe("exited");
    expect(kinds(audit)).toEqual(["agent.exit", "agent.spawn"]);
    expect(audit[1]?.payload).toMatchObject({ outcome: "ok", result: { pid: 1, parent: 0, agent: "once" } });
  });

  it("reports a crash with its message and code, never with a stack", async () => {
    const { process, audit } = await harness();
    const handle = await process.spawn(failing);
    expect(await handle.exited).toEqual({ kind: "crash", error: "out of luck", code: undefined });
    expect(audit.find(({ kind }) => kind === "agent.exit")?.payload).toEqual({
      pid: 1,
      agent: "failing",
      restarts: 0,
      reason: "crash",
      error: "out of luck",
    });
  });

  it("lets an agent end by itself when it is stopped", async () => {
    const { process } = await harness();
    const handle = await process.spawn(idle, { restart: { type: "permanent" } });
    const stopped = process.stop(handle);
    expect(process.find(handle)?.state).toBe("running");
    await stopped;
    expect(process.find(handle)?.state).toBe("exited");
    expect(await handle.exited).toEqual({ kind: "normal" });
  });

  it("kills an agent that does not end in time", async () => {
    const { process, platform } = await harness({ init: { stopTimeoutMs: 700 } });
    const deaf = defineAgent({ name: "deaf", run: () => new Promise<void>(() => undefined) });
    const handle = await process.spawn(deaf);
    const stopped = process.stop(handle);
    await platform.clock.settle();
    expect(process.find(handle)?.state).toBe("stopping");
    await platform.clock.advance(699);
    expect(process.find(handle)?.state).toBe("stopping");
    await platform.clock.advance(1);
    await stopped;
    expect(await handle.exited).toEqual({ kind: "timeout" });
  });

  it("counts an agent that throws its stop signal's reason as ended normally", async () => {
    const { process } = await harness();
    const waiting = defineAgent({
      name: "waiting",
      run: (agent) =>
        new Promise<void>((_, reject) => agent.signal.addEventListener("abort", () => reject(agent.signal.reason))),
    });
    const handle = await process.spawn(waiting);
    await process.stop(handle);
    expect(await handle.exited).toEqual({ kind: "normal" });
  });

  it("makes the context of an abandoned agent useless", async () => {
    const { process } = await harness();
    let kept: AgentContext | undefined;
    const deaf = defineAgent({
      name: "deaf",
      run(agent) {
        kept = agent;
        return new Promise<void>(() => undefined);
      },
    });
    const other = await process.spawn(idle);
    const handle = await process.spawn(deaf);
    await process.kill(handle);
    expect(await handle.exited).toEqual({ kind: "killed" });
    await expect(kept?.send(other as { pid: Pid<string> }, "boo")).rejects.toMatchObject({
      code: "PROCESS_NOT_ACCEPTING",
    });
  });

  it("ends an agent whose start could not be recorded", async () => {
    const fake = await harness();
    let started = false;
    const agent = defineAgent({
      name: "unrecorded",
      run(context) {
        started = true;
        fake.auditFails = true;
        return new Promise<void>((resolve) => context.signal.addEventListener("abort", () => resolve()));
      },
    });
    await expect(fake.process.spawn(agent)).rejects.toThrow("the disk is full");
    expect(started).toBe(true);
    expect(fake.directory.state(1 as Pid)).toBe("exited");
  });

  it("stops the children of a process that ends", async () => {
    const { process, platform } = await harness();
    let child: AgentHandle<Payload> | undefined;
    const parent = defineAgent({
      name: "parent",
      async run(agent) {
        child = await agent.spawn(idle, { restart: { type: "permanent" } });
        await agent.inbox.receive();
      },
    });
    const handle = await process.spawn(parent);
    await platform.clock.settle();
    expect(process.find(child!)?.parent).toBe(handle.pid);
    await process.stop(handle);
    expect(await child!.exited).toEqual({ kind: "supervisor", cause: "parent" });
  });
});

describe("restarts", () => {
  it("starts a permanent agent again after its backoff, under a new PID that the handle follows", async () => {
    const { process, platform, audit } = await harness();
    const handle = await process.spawn(idle, {
      name: "echo",
      restart: { type: "permanent" },
      mailboxLimit: 7,
      input: "in",
    });
    const first = handle.pid;
    await process.kill(first);
    await platform.clock.advance(74);
    expect(handle.pid).toBe(first);
    await platform.clock.advance(26);
    expect(handle.pid).toBe(2);
    expect(process.find(handle)).toMatchObject({ name: "echo", state: "running", restarts: 1, parent: 0 });
    const restart = audit.find(({ kind }) => kind === "agent.restart");
    expect(restart?.payload).toMatchObject({ outcome: "ok", result: { oldPid: 1, newPid: 2, count: 1 } });
  });

  it("gives up after as many restarts as the window allows, with a wait that doubles", async () => {
    const { process, platform, audit } = await harness();
    const restarted: number[] = [];
    const abandoned: object[] = [];
    process.events.on("process:restarted", ({ backoffMs }) => restarted.push(backoffMs));
    process.events.on("process:abandoned", (event) => abandoned.push(event));
    const handle = await process.spawn(failing, { restart: { type: "transient" } });
    await platform.clock.advance(10_000);
    expect(await handle.exited).toMatchObject({ kind: "crash" });
    expect(restarted).toHaveLength(5);
    for (const [index, waited] of restarted.entries()) {
      expect(waited).toBeGreaterThanOrEqual(75 * 2 ** index);
      expect(waited).toBeLessThanOrEqual(100 * 2 ** index);
    }
    expect(abandoned).toEqual([{ pid: 6, name: "failing", restarts: 5, withinMs: 60_000 }]);
    expect(kinds(audit).filter((kind) => kind === "agent.abandon")).toHaveLength(1);
    await platform.clock.advance(100_000);
    expect(process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
  });

  it("does not start a temporary agent, nor a transient one that ended normally", async () => {
    const { process, platform } = await harness();
    const done = defineAgent({ name: "done", async run() {} });
    const transient = await process.spawn(done, { restart: { type: "transient" } });
    const temporary = await process.spawn(failing);
    expect((await transient.exited).kind).toBe("normal");
    expect((await temporary.exited).kind).toBe("crash");
    expect(platform.clock.waiting).toBe(0);
  });

  it("cancels a restart that waits when the agent is stopped", async () => {
    const { process, platform } = await harness();
    const handle = await process.spawn(failing, { restart: { type: "permanent" } });
    await platform.clock.settle();
    expect(platform.clock.waiting).toBe(1);
    await process.stop(handle);
    expect(await handle.exited).toMatchObject({ kind: "crash" });
    expect(platform.clock.waiting).toBe(0);
  });

  it("restarts by hand at once, and keeps the handle", async () => {
    const { process } = await harness();
    const handle = await process.spawn(idle);
    const again = await process.restart(handle);
    expect(again).toBe(handle);
    expect(handle.pid).toBe(2);
    expect(process.find(1 as Pid)).toMatchObject({ state: "exited", exit: { kind: "supervisor", cause: "restart" } });
    await expect(process.restart(1 as Pid)).rejects.toMatchObject({ code: "PROCESS_STATE" });
  });

  it("starts once when it is restarted twice at a time", async () => {
    const { process, platform } = await harness();
    const running = await process.spawn(idle);
    const waiting = await process.spawn(failing, { restart: { type: "permanent" } });
    await platform.clock.settle();
    for (const handle of [running, waiting]) {
      const results = await Promise.allSettled([process.restart(handle), process.restart(handle)]);
      expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
      expect(results[1]).toMatchObject({ reason: { code: "PROCESS_STATE" } });
    }
    expect(process.list().map(({ pid }) => pid)).toEqual([0, 1, 2, 3, 4]);
  });

  it("starts once when it is restarted by hand while it is starting again by itself", async () => {
    const { process, platform } = await harness();
    const handle = await process.spawn(failing, { restart: { type: "permanent" } });
    const outcomes: string[] = [];
    process.events.on("process:state-changed", ({ pid, to }) => {
      if (pid !== 2 || to !== "exited") return;
      process.restart(1 as Pid).then(
        () => outcomes.push("restarted"),
        (error: { code: string }) => outcomes.push(error.code),
      );
    });
    await platform.clock.advance(100);
    expect(outcomes).toEqual(["PROCESS_STATE"]);
    expect(handle.pid).toBe(2);
    await process.stop(handle);
  });

  it("does not restart what a rule refuses, and gives up in the end", async () => {
    const fake = await harness();
    const handle = await fake.process.spawn(idle, { restart: { type: "permanent" } });
    const permit = fake.decide;
    fake.decide = (action) =>
      action === "process.restart"
        ? { verdict: "deny", by: "rule", reason: "frozen", rules: [], policy: "", suspend: false }
        : permit(action);
    await fake.process.kill(handle);
    await fake.platform.clock.advance(60_000);
    expect(await handle.exited).toMatchObject({ kind: "crash", code: "GOVERNANCE_DENIED" });
  });
});

describe("shutdown", () => {
  it("ends the youngest first and refuses new starts", async () => {
    const { process, shutdown, platform } = await harness();
    const ended: string[] = [];
    process.events.on("process:exited", ({ name }) => ended.push(name));
    for (const name of ["a", "b", "c"]) await process.spawn(idle, { name });
    const waiting = await process.spawn(failing, { restart: { type: "permanent" } });
    await platform.clock.settle();
    await shutdown();
    expect(ended).toEqual(["failing", "c", "b", "a"]);
    expect((await waiting.exited).kind).toBe("crash");
    await expect(process.spawn(idle)).rejects.toMatchObject({ code: "PROCESS_NOT_ACCEPTING" });
    expect(platform.clock.waiting).toBe(0);
  });

  it("kills what does not end before the time for all is over", async () => {
    const { process, shutdown, platform } = await harness({ init: { stopTimeoutMs: 1000 } });
    const deaf = defineAgent({ name: "deaf", run: () => new Promise<void>(() => undefined) });
    const handles = [await process.spawn(deaf), await process.spawn(deaf), await process.spawn(deaf)];
    const down = shutdown();
    await platform.clock.advance(1000);
    await down;
    const reasons = await Promise.all(handles.map(({ exited }) => exited));
    expect(reasons.map(({ kind }) => kind)).toEqual(["timeout", "timeout", "timeout"]);
  });

  it("asks every agent, also behind one that does not listen", async () => {
    const { process, shutdown, platform } = await harness({ init: { stopTimeoutMs: 1000 } });
    const deaf = defineAgent({ name: "deaf", run: () => new Promise<void>(() => undefined) });
    const old = await process.spawn(idle);
    const young = await process.spawn(deaf);
    const down = shutdown();
    await platform.clock.advance(500);
    expect(await old.exited).toEqual({ kind: "supervisor", cause: "shutdown" });
    expect(process.find(young)?.state).toBe("stopping");
    await platform.clock.advance(500);
    await down;
    expect(await young.exited).toEqual({ kind: "timeout" });
  });
});
