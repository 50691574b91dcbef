import { defineAgent, type JsonValue, type MethodCaller } from "@weftos/interface";
import { expect, it, vi } from "vitest";
import type { ProcessInit } from "../../src/index.ts";
import { harness } from "../harness.ts";

const idle = defineAgent({
  name: "idle",
  async run(agent) {
    await agent.inbox.receive();
  },
});
const caller: MethodCaller = {
  subject: { kind: "principal", id: "ann" },
  role: "operator",
  signal: new AbortController().signal,
};

async function kernel(init?: ProcessInit) {
  const made = await harness({ init });
  const call = (name: string, input: JsonValue, as = caller) => made.methods.get(name)!.call(input, as);
  return { ...made, call };
}

it("lists live agents, and exited ones on request", async () => {
  const { process, call } = await kernel();
  const first = await process.spawn(idle, { name: "first" });
  await process.spawn(idle, { name: "second" });
  await process.stop(first);
  expect(await call("agent.list", {})).toMatchObject({
    agents: [{ pid: 2, name: "second", state: "running", exit: null }],
  });
  expect(await call("agent.list", { exited: true })).toMatchObject({
    agents: [{ pid: 1, exit: { kind: "normal" } }, { pid: 2 }],
  });
});

it("shows one process with its capabilities and what binds its code", async () => {
  const { process, call } = await kernel();
  await process.spawn(idle, {
    restart: { type: "permanent" },
    mailboxLimit: 7,
    probes: { liveness: { request: "ok?" } },
  });
  expect(await call("agent.inspect", { pid: 1 })).toMatchObject({
    restart: { type: "permanent", maxRestarts: 5, withinMs: 60_000, used: 0 },
    mailboxLimit: 7,
    probes: { liveness: { request: "ok?" } },
    topics: [],
    pid: 1,
    parent: 0,
    backend: "inline",
    confined: [],
    capabilities: { canNetwork: false, ipcScope: { kind: "all" } },
  });
  await expect(call("agent.inspect", { pid: 5 })).rejects.toMatchObject({ code: "PROCESS_NOT_FOUND" });
  await expect(call("agent.inspect", { pid: "one" })).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
});

it("suspends, resumes, restarts and stops under the caller's name", async () => {
  const { process, call, audit } = await kernel();
  const handle = await process.spawn(idle);
  expect(await call("agent.suspend", { pid: 1 })).toMatchObject({ state: "suspended" });
  expect(await call("agent.resume", { pid: 1 })).toMatchObject({ state: "running" });
  expect(await call("agent.restart", { pid: 1 })).toEqual({ oldPid: 1, pid: 2, name: "idle" });
  expect(await call("agent.stop", { pid: 2 })).toMatchObject({ state: "exited", exit: { kind: "normal" } });
  expect((await handle.exited).kind).toBe("normal");
  const actors = audit
    .filter(({ kind }) => kind === "agent.stop" || kind === "agent.restart")
    .map(({ actor }) => actor);
  expect(actors).toEqual([{ principal: "ann" }, { principal: "ann" }]);
});

it("shows what it ended, restarted or changed when so many ended with it that the table has dropped it", async () => {
  const { process, call } = await kernel({ maxExited: 2 });
  const parent = defineAgent({
    name: "parent",
    async run(agent) {
      for (let count = 0; count < 4; count += 1) await agent.spawn(idle);
      await agent.inbox.receive();
    },
  });
  const running = async (): Promise<number> => {
    const { pid } = await process.spawn(parent);
    await vi.waitFor(() => expect(process.list().filter(({ parent: of }) => of === pid)).toHaveLength(4));
    return pid;
  };
  const stopped = await running();
  expect(await call("agent.stop", { pid: stopped })).toMatchObject({
    pid: stopped,
    state: "exited",
    exit: { kind: "normal" },
    usage: null,
  });
  const killed = await running();
  expect(await call("agent.stop", { pid: killed, graceful: false })).toMatchObject({ exit: { kind: "killed" } });
  expect(process.find(killed as never)).toBeUndefined();
  const restarted = await running();
  expect(await call("agent.restart", { pid: restarted })).toMatchObject({ oldPid: restarted, name: "parent" });
  await expect(call("agent.stop", { pid: stopped })).rejects.toMatchObject({ code: "PROCESS_NOT_FOUND" });
});

it("refuses a caller whose role is too low", async () => {
  const { process, call } = await kernel();
  await process.spawn(idle);
  const viewer: MethodCaller = { ...caller, role: "viewer" };
  await expect(call("agent.stop", { pid: 1 }, viewer)).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
});

const module = new URL("../agents/lasting.ts", import.meta.url).href;

it("spawns a module for an operator, under the operator's name, and cuts it to its parent's rights", async () => {
  const { process, call, audit } = await kernel();
  const parent = await process.spawn(idle, { capabilities: { tools: { allow: ["fs.read"] } } });
  const capabilities = { canNetwork: true, tools: { allow: ["fs.*"] } };
  const made = await call("agent.spawn", { module, parent: parent.pid, capabilities, limits: { wallMs: 1000 } });
  expect(made).toMatchObject({
    parent: parent.pid,
    capabilities: { canNetwork: false, tools: { allow: ["fs.read"] } },
    limits: { wallMs: 1000 },
    unlimitable: ["memory", "cpu"],
    limitedBy: ["worker", "process"],
  });
  expect(audit.filter(({ kind }) => kind === "agent.spawn").at(-1)?.actor).toMatchObject({ principal: "ann" });
});

it("refuses a viewer nothing but what the table refuses, and everybody a wrong request", async () => {
  const { call } = await kernel();
  for (const [name, input] of [
    ["agent.spawn", { module: "", parent: 0 }],
    ["agent.spawn", { module, signal: {} }],
    ["agent.grant", { pid: 1, rights: { canFly: true } }],
    ["agent.elevate", { pid: 1, rights: {}, forMs: 0 }],
    ["agent.logs", { waitMs: 1_000_000 }],
    ["budget.grant", { pid: 1, amounts: { gold: 1 } }],
  ] as const) {
    await expect(call(name, input as JsonValue)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
  }
});

it("grants, revokes, elevates and funds by method", async () => {
  const { process, call, platform } = await kernel();
  const { pid } = await process.spawn(idle, { budget: { tokens: 5 } });
  expect(await call("agent.grant", { pid, rights: { canNetwork: true } })).toMatchObject({
    capabilities: { canNetwork: true },
  });
  expect(await call("agent.revoke", { pid, rights: { canNetwork: false } })).toMatchObject({
    capabilities: { canNetwork: false },
  });
  const until = platform.clock.now() + 10;
  expect(await call("agent.elevate", { pid, rights: { canNetwork: true }, forMs: 10 })).toMatchObject({ until });
  expect(await call("agent.inspect", { pid })).toMatchObject({ elevations: [{ rights: { canNetwork: true }, until }] });
  expect(await call("budget.grant", { pid, amounts: { tokens: 2 } })).toMatchObject({ remaining: { tokens: 7 } });
  expect(await call("budget.tree", {})).toMatchObject({
    accounts: [{ id: 0 }, { owner: "idle", grant: { tokens: 7 } }],
  });
  await platform.clock.advance(10);
  expect(await call("agent.inspect", { pid })).toMatchObject({
    budget: { tokens: 7 },
    capabilities: { canNetwork: false },
    elevations: [],
  });
});

it("warns of a grant that adds nothing, and of a revocation that takes nothing", async () => {
  const { process, call } = await kernel();
  const parent = await process.spawn(idle);
  const { pid } = (await call("agent.spawn", { module, parent: parent.pid })) as { readonly pid: number };
  const told: string[] = [];
  const warned: MethodCaller = { ...caller, onWarnings: (warnings) => void told.push(...warnings) };
  await call("agent.grant", { pid, rights: { canNetwork: true } }, warned);
  expect(told).toEqual([expect.stringContaining(`nothing was added to what process ${pid} may do`)]);
  await call("agent.grant", { pid: parent.pid, rights: { canNetwork: true } }, warned);
  await call("agent.grant", { pid, rights: { canNetwork: true } }, warned);
  expect(told).toHaveLength(1);
  await call("agent.revoke", { pid, rights: { canNetwork: false } }, warned);
  expect(told).toHaveLength(1);
  await call("agent.revoke", { pid, rights: { canNetwork: false } }, warned);
  expect(told[1]).toContain(`nothing was taken from what process ${pid} may do`);
  await call("agent.grant", { pid, rights: { canNetwork: true } }, warned);
  expect(told).toHaveLength(2);
});

it("measures live agents for top, with dashes for what only the kernel knows", async () => {
  const { process, call, platform } = await kernel();
  await process.stop(await process.spawn(idle));
  const { pid } = await process.spawn(idle);
  expect(await call("agent.top", {})).toMatchObject({
    time: platform.clock.now(),
    agents: [{ pid, activity: { kind: "idle" }, mailbox: 0, cpuMs: null, memoryBytes: null, sent: 0, restarts: 0 }],
  });
});

it("gives what agents wrote, waits for what is new, and ends with the wait or the caller", async () => {
  const { process, call, platform } = await kernel();
  let say: (text: string) => void = () => undefined;
  const writer = defineAgent({
    name: "writer",
    async run(agent) {
      say = (text) => agent.log.info(text, { password: "x" });
      await agent.inbox.receive();
    },
  });
  const { pid } = await process.spawn(writer);
  say("one");
  const line = { pid, agent: "writer", level: "info" };
  expect(await call("agent.logs", {})).toEqual({
    last: 1,
    lines: [{ ...line, index: 1, time: platform.clock.now(), message: "one" }],
  });
  await expect(call("agent.logs", { pid: 77 })).rejects.toMatchObject({ code: "PROCESS_NOT_FOUND" });
  const silent = await process.spawn(idle);
  expect(await call("agent.logs", { pid: silent.pid })).toEqual({ last: 1, lines: [] });
  const next = call("agent.logs", { pid, since: 1, waitMs: 1000 });
  await platform.clock.settle();
  say("two");
  expect(await next).toMatchObject({ last: 2, lines: [{ message: "two" }] });
  expect(await call("agent.logs", { agent: line.agent, tail: 1 })).toMatchObject({ lines: [{ message: "two" }] });
  expect(await call("agent.logs", { agent: "nobody" })).toEqual({ last: 2, lines: [] });
  const nothing = call("agent.logs", { since: 2, waitMs: 1000 });
  await platform.clock.advance(1000);
  expect(await nothing).toEqual({ last: 2, lines: [] });
  const leaving = new AbortController();
  const left = call("agent.logs", { since: 2, waitMs: 1000 }, { ...caller, signal: leaving.signal });
  leaving.abort();
  expect(await left).toEqual({ last: 2, lines: [] });
  for (let index = 0; index < 5000; index += 1) say("more");
  expect(((await call("agent.logs", {})) as { lines: unknown[] }).lines).toHaveLength(4096);
});
