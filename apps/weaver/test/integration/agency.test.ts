import { governance } from "@weftos/governance";
import type { AgentContext, SpawnOptions } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { defineAgent, Kernel } from "weftos";

const idle = defineAgent({
  name: "idle",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});

/** Starts an agent and gives what its code has. */
async function held(kernel: { readonly process: Kernel["process"] }, options: SpawnOptions): Promise<AgentContext> {
  let context: AgentContext | undefined;
  const holder = defineAgent({
    name: "holder",
    async run(agent) {
      context = agent;
      for await (const message of agent.inbox) await agent.reply(message, "ok");
    },
  });
  await kernel.process.spawn(holder, options);
  if (context === undefined) throw new Error("it was not started");
  return context;
}

const refused = { code: "PROCESS_AGENCY_NOT_ALLOWED" };
const boot = (agency: Readonly<Record<string, object>> = {}) =>
  Kernel.boot({ features: [governance()], config: { file: false, values: { governance: { agency } } } });

describe("the place of an agent among agents", () => {
  it.each([
    ["supervisor", ["service", "worker"], ["supervisor", "user", "root"]],
    ["service", ["worker"], ["service", "user"]],
    ["worker", [], ["worker", "service"]],
    ["user", [], ["worker"]],
  ])("says whom a %s may start", async (role, may, mayNot) => {
    const kernel = await boot();
    const agent = await held(kernel, { agency: role, capabilities: { canSpawn: true } });
    for (const agency of may) expect((await agent.spawn(idle, { agency })).name).toBe("idle");
    for (const agency of mayNot) await expect(agent.spawn(idle, { agency })).rejects.toThrow();
    // A child without a place would be bound by none.
    await expect(agent.spawn(idle)).rejects.toThrow();
    await kernel.shutdown();
  });

  it("holds for what it starts by a supervisor, too", async () => {
    const kernel = await boot();
    const agent = await held(kernel, { agency: "supervisor", capabilities: { canSpawn: true } });
    const of = (agency: string | undefined) => ({
      name: "tree",
      strategy: "one-for-one" as const,
      children: [{ agent: idle, ...(agency === undefined ? {} : { agency }) }],
    });
    for (const agency of ["supervisor", "root", undefined]) await expect(agent.supervise(of(agency))).rejects.toThrow();
    await kernel.shutdown();
  });

  it("says how many children it has at once", async () => {
    const kernel = await boot({ service: { maxChildren: 1 } });
    const agent = await held(kernel, { agency: "service", capabilities: { canSpawn: true } });
    const first = await agent.spawn(idle, { agency: "worker" });
    await expect(agent.spawn(idle, { agency: "worker" })).rejects.toMatchObject(refused);
    await kernel.process.stop(first.pid);
    await agent.spawn(idle, { agency: "worker" });
    await kernel.shutdown();
  });

  it("cuts rights to its ceiling, at the start and when more is granted later", async () => {
    const kernel = await boot({ service: { ceiling: { canNetwork: false, tools: { allow: ["fs.*"] } } } });
    const { pid } = await kernel.process.spawn(idle, {
      agency: "service",
      capabilities: { canNetwork: true, tools: { allow: ["fs.read", "http.post"] } },
    });
    const rights = () => kernel.process.find(pid)?.capabilities;
    expect(rights()).toMatchObject({ canNetwork: false, tools: { allow: ["fs.read"] } });
    await kernel.process.grant(pid, { canNetwork: true, tools: { allow: ["http.post"] } }).catch(() => undefined);
    expect(rights()).toMatchObject({ canNetwork: false, tools: { allow: ["fs.read"] } });
    await kernel.shutdown();
  });

  it("is one that the configuration knows", async () => {
    const kernel = await boot({ clerk: { maxChildren: 0 } });
    expect((await kernel.process.spawn(idle, { agency: "clerk" })).name).toBe("idle");
    await expect(kernel.process.spawn(idle, { agency: "king" })).rejects.toMatchObject(refused);
    await kernel.shutdown();
  });
});
