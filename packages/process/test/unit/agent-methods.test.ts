import { defineAgent, type JsonValue, type MethodCaller } from "@weftos/interface";
import { expect, it } from "vitest";
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

async function kernel() {
  const made = await harness();
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
  await process.spawn(idle);
  expect(await call("agent.inspect", { pid: 1 })).toMatchObject({
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

it("refuses a caller whose role is too low", async () => {
  const { process, call } = await kernel();
  await process.spawn(idle);
  const viewer: MethodCaller = { ...caller, role: "viewer" };
  await expect(call("agent.stop", { pid: 1 }, viewer)).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
});
