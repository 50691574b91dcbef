import {
  type AgencyPolicy,
  type AgentContext,
  type AgentDefinition,
  type AgentHandle,
  defineAgent,
  type Pid,
  toPid,
} from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

/** An agent whose context the test uses. */
function puppet(name = "puppet"): { readonly agent: AgentDefinition; context: () => AgentContext } {
  let seen: AgentContext | undefined;
  const agent = defineAgent({
    name,
    async run(context) {
      seen = context;
      for await (const _ of context.inbox);
    },
  });
  return { agent, context: () => seen as AgentContext };
}

const network = { name: "x", rights: ["network"], role: "operator" } as never;
function refusal({ capabilities }: Harness, pid: number): string | undefined {
  const subject = { kind: "process" as const, id: String(pid) };
  return capabilities.check({ action: "x", subject, resource: "", attributes: {} }, network);
}

async function family(): Promise<{
  kernel: Harness;
  parent: AgentHandle<never>;
  child: AgentHandle<never>;
  grandchild: AgentHandle<never>;
}> {
  const kernel = await harness();
  const [top, middle, bottom] = [puppet("top"), puppet("middle"), puppet("bottom")];
  const capabilities = { canNetwork: true };
  const parent = await kernel.process.spawn(top.agent, { capabilities });
  const child = await top.context().spawn(middle.agent, { capabilities });
  const grandchild = await middle.context().spawn(bottom.agent, { capabilities });
  return { kernel, parent, child, grandchild };
}

function reaches({ capabilities }: Harness, from: number, to: number): boolean {
  const subject = { kind: "process" as const, id: String(from) };
  const declared = { name: "x", rights: ["ipc"], role: "operator" } as never;
  return capabilities.check({ action: "x", subject, resource: "", attributes: { pid: to } }, declared) === undefined;
}

describe("a scope that names agents by their PIDs", () => {
  it("names them still after their restarts, for good and for a time, and nobody else", async () => {
    const kernel = await harness();
    const [left, right] = [await kernel.process.spawn(puppet().agent), await kernel.process.spawn(puppet().agent)];
    const ipcScope = { kind: "restricted" as const, pids: [left.pid as Pid] };
    const bound = await kernel.process.spawn(puppet().agent, { capabilities: { ipcScope } });
    expect([reaches(kernel, bound.pid, left.pid), reaches(kernel, bound.pid, right.pid)]).toEqual([true, false]);
    const first = left.pid;
    await kernel.process.restart(left);
    await kernel.process.restart(left);
    await kernel.process.restart(right);
    expect(left.pid).not.toBe(first);
    expect([reaches(kernel, bound.pid, left.pid), reaches(kernel, bound.pid, right.pid)]).toEqual([true, false]);
    // One that starts later with the PID that was known then, and restarts itself.
    const late = await kernel.process.spawn(puppet().agent, {
      capabilities: { ipcScope: { ...ipcScope, pids: [first as Pid] } },
    });
    await kernel.process.restart(late);
    expect(reaches(kernel, late.pid, left.pid)).toBe(true);
    await kernel.process.elevate(
      bound,
      { ipcScope: { ...ipcScope, pids: [right.pid as Pid] } },
      { forMs: 1000, reason: "once" },
    );
    await kernel.process.restart(right);
    expect([reaches(kernel, bound.pid, left.pid), reaches(kernel, bound.pid, right.pid)]).toEqual([true, true]);
    await kernel.platform.clock.advance(1000);
    expect([reaches(kernel, bound.pid, left.pid), reaches(kernel, bound.pid, right.pid)]).toEqual([true, false]);
  });
});

describe("a scope that names agents of the last kernel", () => {
  it("names them by the PIDs that this one gave them, whoever was started first", async () => {
    const first = await harness();
    const lasting = new URL("../../agents/lasting.ts", import.meta.url);
    const start = (name: string, ...pids: readonly Pid<never>[]) =>
      first.process.spawn(lasting, {
        name,
        restart: { type: "permanent" },
        capabilities: { ipcScope: { kind: "restricted", pids: pids as Pid[] } },
      });
    const left = await start("left");
    const right = await start("right", left.pid);
    await first.process.grant(left, { ipcScope: { kind: "restricted", pids: [right.pid] } });
    let { platform } = first;
    for (let boot = 0; boot < 2; boot += 1) {
      platform = platform.crash();
      const kernel = await harness({ platform });
      const pidOf = (name: string): Pid =>
        kernel.process.list().find((one) => one.name === name && one.state === "running")?.pid as Pid;
      expect([pidOf("left"), pidOf("right")]).not.toContain(undefined);
      expect(reaches(kernel, pidOf("left"), pidOf("right"))).toBe(true);
      expect(reaches(kernel, pidOf("right"), pidOf("left"))).toBe(true);
      expect(reaches(kernel, pidOf("right"), pidOf("right") + 1)).toBe(false);
    }
  });
});

describe("rights of live agents", () => {
  it("are granted at once, recorded, and kept through a restart", async () => {
    const kernel = await harness();
    const handle = await kernel.process.spawn(puppet().agent);
    expect(refusal(kernel, handle.pid)).toContain("canNetwork");
    await kernel.process.grant(handle, { canNetwork: true });
    expect(refusal(kernel, handle.pid)).toBeUndefined();
    expect(kernel.audit.map(({ kind }) => kind)).toContain("agent.grant");
    await kernel.process.restart(handle);
    expect(refusal(kernel, handle.pid)).toBeUndefined();
  });

  it("that are revoked go from everything below too, and a grant below gives no more than above", async () => {
    const { kernel, parent, child, grandchild } = await family();
    for (const { pid } of [parent, child, grandchild]) expect(refusal(kernel, pid)).toBeUndefined();
    await kernel.process.revoke(parent, { canNetwork: false });
    for (const { pid } of [parent, child, grandchild]) expect(refusal(kernel, pid)).toContain("canNetwork");
    const held = await kernel.process.grant(grandchild, { canNetwork: true });
    expect(held.canNetwork).toBe(false);
    expect(refusal(kernel, grandchild.pid)).toContain("canNetwork");
    // What was taken from the child stays taken when its parent gets it back.
    await kernel.process.grant(parent, { canNetwork: true });
    expect(refusal(kernel, child.pid)).toContain("canNetwork");
  });

  it("that are narrowed while a child waits for its restart bind the next start", async () => {
    const kernel = await harness();
    const top = puppet("top");
    const capabilities = { canNetwork: true };
    const parent = await kernel.process.spawn(top.agent, { capabilities });
    const child = await top.context().spawn(puppet().agent, { capabilities, restart: { type: "permanent" } });
    await kernel.process.kill(child);
    await kernel.process.revoke(parent, { canNetwork: false });
    await kernel.platform.clock.advance(1000);
    expect(kernel.process.find(child)?.state).toBe("running");
    expect(refusal(kernel, child.pid)).toContain("canNetwork");
  });

  it("are not changed by a grant that cannot be recorded or is refused", async () => {
    const kernel = await harness();
    const handle = await kernel.process.spawn(puppet().agent);
    kernel.decide = () => ({
      verdict: "deny",
      by: "rule",
      reason: "no",
      rules: [],
      policy: "",
      suspend: false,
    });
    await expect(kernel.process.grant(handle, { canNetwork: true })).rejects.toMatchObject({
      code: "GOVERNANCE_DENIED",
    });
    expect(refusal(kernel, handle.pid)).toContain("canNetwork");
  });

  it("are elevated for a time, narrow back by themselves, and the record says both", async () => {
    const { kernel, parent, child } = await family();
    await kernel.process.revoke(parent, { canNetwork: false });
    const { until } = await kernel.process.elevate(parent, { canNetwork: true }, { forMs: 5000, reason: "an update" });
    expect(until).toBe(kernel.platform.clock.now() + 5000);
    expect(refusal(kernel, parent.pid)).toBeUndefined();
    // What is above a child may be given to it, and goes with it.
    await kernel.process.grant(child, { canNetwork: true });
    expect(refusal(kernel, child.pid)).toBeUndefined();
    await kernel.process.restart(parent).catch(() => undefined);
    expect(refusal(kernel, parent.pid)).toBeUndefined();
    await kernel.platform.clock.advance(4999);
    expect(refusal(kernel, parent.pid)).toBeUndefined();
    await kernel.platform.clock.advance(1);
    expect(refusal(kernel, parent.pid)).toContain("canNetwork");
    const kinds = kernel.audit.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["agent.elevate", "agent.narrow"]));
  });

  it("narrow back below an elevated agent as well", async () => {
    const { kernel, parent, child } = await family();
    await kernel.process.revoke(parent, { canNetwork: false });
    await kernel.process.elevate(parent, { canNetwork: true }, { forMs: 10 });
    await kernel.process.grant(child, { canNetwork: true });
    await kernel.platform.clock.advance(10);
    expect(refusal(kernel, child.pid)).toContain("canNetwork");
  });

  it("that were revoked do not come back when another elevation of before ends", async () => {
    const { kernel, parent } = await family();
    await kernel.process.revoke(parent, { canNetwork: false });
    for (const forMs of [1000, 5000]) await kernel.process.elevate(parent, { canNetwork: true }, { forMs });
    await kernel.process.revoke(parent, { canNetwork: false });
    await kernel.platform.clock.advance(1000);
    expect(refusal(kernel, parent.pid)).toMatch(/canNetwork/);
    expect(kernel.process.find(parent)?.capabilities.canNetwork).toBe(false);
  });

  it("of an elevated agent that is revoked lose the elevation", async () => {
    const kernel = await harness();
    const handle = await kernel.process.spawn(puppet().agent);
    await kernel.process.elevate(handle, { canNetwork: true }, { forMs: 1000 });
    await kernel.process.revoke(handle, { canSpawn: false });
    expect(refusal(kernel, handle.pid)).toContain("canNetwork");
    await kernel.platform.clock.advance(2000);
    expect(kernel.process.find(handle)?.capabilities).toMatchObject({ canNetwork: false, canSpawn: false });
  });

  it("survive the kernel's crash in an agent that is started again", async () => {
    const platform = memoryPlatform();
    const kernel = await harness({ platform });
    const module = new URL("../../agents/lasting.ts", import.meta.url);
    const handle = await kernel.process.spawn(module, { name: "lasting", restart: { type: "permanent" } });
    await kernel.process.grant(handle, { canNetwork: true, tools: { allow: ["fs.read"] } });
    await kernel.process.elevate(handle, { tools: { allow: ["fs.remove"] } }, { forMs: 60_000 });
    const next = await harness({ platform: platform.crash() });
    const again = next.process.list().find(({ name }) => name === "lasting");
    expect(again?.capabilities).toMatchObject({ canNetwork: true, tools: { allow: ["fs.read"] } });
  });

  it("of the kernel, of a supervisor and of what has ended cannot be changed", async () => {
    const kernel = await harness();
    const handle = await kernel.process.spawn(puppet().agent);
    await kernel.process.stop(handle);
    await expect(kernel.process.grant(handle, {})).rejects.toMatchObject({ code: "PROCESS_STATE" });
    await expect(kernel.process.grant(toPid(0), {})).rejects.toMatchObject({ code: "PROCESS_PROTECTED" });
    await expect(kernel.process.elevate(handle, {}, { forMs: 0 })).rejects.toMatchObject({
      code: "PROCESS_INPUT_INVALID",
    });
  });
});

describe("a place among agents", () => {
  const policy: AgencyPolicy = {
    terms: (role) =>
      role === "service"
        ? { ceiling: { canNetwork: false }, maxChildren: 1, maySpawn: ["worker"] }
        : role === "worker"
          ? { ceiling: {}, maxChildren: 0, maySpawn: [] }
          : undefined,
  };

  it("bounds rights at the start and at every change", async () => {
    const kernel = await harness({ agency: [policy] });
    const handle = await kernel.process.spawn(puppet().agent, {
      agency: "service",
      capabilities: { canNetwork: true },
    });
    expect(refusal(kernel, handle.pid)).toContain("canNetwork");
    expect((await kernel.process.grant(handle, { canNetwork: true })).canNetwork).toBe(false);
    const { capabilities } = await kernel.process.elevate(handle, { canNetwork: true }, { forMs: 10 });
    expect(capabilities.canNetwork).toBe(false);
  });

  it("bounds the number and the places of children", async () => {
    const kernel = await harness({ agency: [policy] });
    const service = puppet("service");
    await kernel.process.spawn(service.agent, { agency: "service" });
    const context = service.context();
    const refused = { code: "PROCESS_AGENCY_NOT_ALLOWED" };
    await expect(context.spawn(puppet().agent)).rejects.toMatchObject(refused);
    await expect(context.spawn(puppet().agent, { agency: "service" })).rejects.toMatchObject(refused);
    await context.spawn(puppet().agent, { agency: "worker" });
    await expect(context.spawn(puppet().agent, { agency: "worker" })).rejects.toMatchObject(refused);
  });

  it("that nobody knows is refused", async () => {
    const refused = { code: "PROCESS_AGENCY_NOT_ALLOWED" };
    const [bare, ruled] = [await harness(), await harness({ agency: [policy] })];
    await expect(bare.process.spawn(puppet().agent, { agency: "worker" })).rejects.toMatchObject(refused);
    await expect(ruled.process.spawn(puppet().agent, { agency: "king" })).rejects.toMatchObject(refused);
  });
});

describe("the quota of an agent", () => {
  it("bounds all that is below it, at any depth, and frees what ends; others go on", async () => {
    const kernel = await harness({ init: { maxDescendants: 3 } });
    const top = puppet("top");
    await kernel.process.spawn(top.agent);
    let { context } = top;
    let last: AgentHandle<never> | undefined;
    for (let depth = 0; depth < 3; depth += 1) {
      const next = puppet();
      last = await context().spawn(next.agent);
      context = next.context;
    }
    await expect(context().spawn(puppet().agent)).rejects.toMatchObject({ code: "PROCESS_QUOTA", retryable: true });
    await expect(top.context().spawn(puppet().agent)).rejects.toMatchObject({ code: "PROCESS_QUOTA" });
    await kernel.process.spawn(puppet().agent);
    await kernel.process.stop(last as AgentHandle<never>);
    await top.context().spawn(puppet().agent);
  });
});
