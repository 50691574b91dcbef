import { defineAgent, type JsonValue, type MethodCaller } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

/** Keeps something short and something long, and its child does. */
const keeper = defineAgent({
  name: "keeper",
  async run(agent) {
    await agent.state.set("short", agent.name);
    await agent.state.set("long", "x".repeat(5000));
    if (agent.input !== "alone") await agent.spawn(keeper, { name: "child", input: "alone" });
    await agent.inbox.receive();
  },
});
const caller: MethodCaller = {
  subject: { kind: "principal", id: "ann" },
  role: "operator",
  signal: new AbortController().signal,
};

async function kernel(stateAgents = 30) {
  const made = await harness({ init: { stateAgents } });
  const call = (name: string, input: JsonValue, as = caller) => made.methods.get(name)!.call(input, as);
  return Object.assign(made, { call });
}

const filesBelow = async ({ platform: { files } }: Awaited<ReturnType<typeof kernel>>): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const folder of ["/state/journal/state", "/state/journal/values"])
    for (const { name } of await files.list(folder)) found.push(name);
  return found;
};

describe("what agents keep", () => {
  it("is listed by name behind those who started them, and removed when nobody uses it", async () => {
    const made = await kernel();
    const { process, call, audit, platform } = made;
    const handle = await process.spawn(keeper);
    await platform.clock.settle();
    const names = async (): Promise<JsonValue> => (await call("agent.states", {})) as JsonValue;
    const states = [
      { agents: ["keeper"], open: true },
      { agents: ["keeper", "child"], open: true },
    ];
    expect(await names()).toEqual({ states: expect.arrayContaining(states), more: 0 });
    expect(await call("agent.states", { limit: 1 })).toMatchObject({ more: 1 });
    await expect(call("agent.forget", { agents: ["keeper"] })).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
    await process.stop(handle);
    await platform.clock.settle();
    const closed = states.map((state) => ({ ...state, open: false }));
    expect(await names()).toEqual({ states: expect.arrayContaining(closed), more: 0 });
    expect(await call("agent.forget", { agents: ["keeper", "child"] })).toEqual({
      agents: ["keeper", "child"],
      removed: true,
    });
    expect(audit.at(-1)).toMatchObject({ kind: "agent.forget", actor: { principal: "ann" } });
    expect(await names()).toEqual({ states: [{ agents: ["keeper"], open: false }], more: 0 });
    expect(await call("agent.forget", { agents: ["keeper", "child"] })).toMatchObject({ removed: false });
    await call("agent.forget", { agents: ["keeper"] });
    expect(await filesBelow(made)).toEqual([]);
    await made.shutdown();
  });

  it("leaves its place to another once it is removed", async () => {
    const { process, call, platform, shutdown } = await kernel(1);
    const spawn = (name: string) => process.spawn(keeper, { name, input: "alone" });
    const first = await spawn("first");
    await process.stop(first);
    expect(await (await spawn("second")).exited).toMatchObject({ code: "AGENT_STATE_FULL" });
    await call("agent.forget", { agents: ["first"] });
    const third = await spawn("third");
    await platform.clock.settle();
    expect(await call("agent.states", {})).toMatchObject({ states: [{ agents: ["third"] }] });
    await process.stop(third);
    await shutdown();
  });

  it("is removed by nobody whose role is too low, or whom the gate refuses", async () => {
    const made = await kernel();
    await made.process.stop(await made.process.spawn(keeper, { input: "alone" }));
    const agents = { agents: ["keeper"] };
    await expect(made.call("agent.forget", agents, { ...caller, role: "viewer" })).rejects.toMatchObject({
      code: "CAPABILITY_DENIED",
    });
    made.decide = () => ({ verdict: "deny", by: "rule", reason: "no", rules: [], policy: "", suspend: false });
    await expect(made.call("agent.forget", agents)).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    expect(await made.call("agent.states", {})).toMatchObject({ states: [agents] });
    for (const input of [{ agents: [] }, { agents: [""] }, { agents: ["x".repeat(200)] }])
      await expect(made.call("agent.forget", input)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    await made.shutdown();
  });
});
