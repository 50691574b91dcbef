import {
  type AgentContext,
  type AgentSource,
  type AgentUsage,
  defineAgent,
  type ExitReason,
  type MethodCaller,
  type SpawnBackend,
} from "@weftos/interface";
import { describe, expect, it, vi } from "vitest";
import { type Harness, harness } from "../../harness.ts";

const idle = defineAgent({
  name: "idle",
  async run({ inbox }) {
    for await (const _ of inbox);
  },
});

/** A backend whose figures the test sets. */
function measured(): { readonly backend: SpawnBackend; usage: AgentUsage; rights: unknown[] } {
  const made = { usage: { cpuMs: 0, memoryBytes: 0, wallMs: 0 } as AgentUsage, rights: [] as unknown[] };
  const backend: SpawnBackend = {
    name: "measured",
    confines: [],
    measures: ["cpu", "memory"],
    async start() {
      let end: (reason: ExitReason) => void = () => undefined;
      const exited = new Promise<ExitReason>((resolve) => {
        end = resolve;
      });
      return {
        exited,
        kill: async () => end({ kind: "killed" }),
        usage: () => made.usage,
        rightsChanged: (rights) => void made.rights.push(rights),
      };
    },
  };
  return Object.assign(made, { backend });
}

function talker(): { readonly agent: AgentSource; context: () => AgentContext; readonly notices: unknown[] } {
  let seen: AgentContext | undefined;
  const notices: unknown[] = [];
  const agent = defineAgent({
    name: "talker",
    async run(context) {
      seen = context;
      for await (const message of context.inbox) if (message.kind === "signal") notices.push(message.payload);
    },
  });
  return { agent: agent as AgentSource, context: () => seen as AgentContext, notices };
}

const caller: MethodCaller = {
  subject: { kind: "principal", id: "ops" },
  role: "viewer",
  signal: new AbortController().signal,
};
const warned = ({ logs }: Harness): number => logs.filter(({ message }) => message.includes("80 % of a limit")).length;

describe("limits of a process", () => {
  it("warn at 80 % of its messages and end it at the one too many, with the limit as the reason", async () => {
    const kernel = await harness();
    const other = await kernel.process.spawn(idle);
    const { agent, context, notices } = talker();
    const handle = await kernel.process.spawn(agent, { limits: { messages: 5 }, trapExit: true });
    for (let index = 0; index < 4; index += 1) await context().send(other, index);
    await kernel.platform.clock.settle();
    expect(notices).toEqual([{ signal: "limit", limit: "messages", used: 4, max: 5 }]);
    await context().publish("news", 5);
    await expect(context().send(other, 6)).rejects.toMatchObject({ code: "PROCESS_LIMIT_EXCEEDED" });
    expect(await handle.exited).toEqual({ kind: "limit", limit: "messages" });
    expect(kernel.audit.find(({ kind }) => kind === "agent.exit")?.payload).toMatchObject({
      reason: "limit",
      limit: "messages",
    });
    expect(warned(kernel)).toBe(1);
  });

  it("put no notice before an agent that takes none", async () => {
    const kernel = await harness();
    const { agent, context, notices } = talker();
    await kernel.process.spawn(agent, { limits: { messages: 1 } });
    await context().publish("news", 1);
    await kernel.platform.clock.settle();
    expect([notices, warned(kernel)]).toEqual([[], 1]);
  });

  it("begin anew with a restart", async () => {
    const kernel = await harness();
    const { agent, context } = talker();
    const handle = await kernel.process.spawn(agent, { limits: { messages: 1 }, restart: { type: "permanent" } });
    await context().publish("news", 1);
    await expect(context().publish("news", 2)).rejects.toMatchObject({ code: "PROCESS_LIMIT_EXCEEDED" });
    await kernel.platform.clock.advance(200);
    await context().publish("news", 3);
    expect(kernel.process.find(handle)).toMatchObject({ restarts: 1, state: "running" });
  });

  it("are none for messages and tools unless they are given", async () => {
    const kernel = await harness({ tools: { call: async () => null, list: async () => [] } });
    const { agent, context } = talker();
    await kernel.process.spawn(agent);
    for (let index = 0; index < 2000; index += 1) await context().tools.call("x", null);
    expect(kernel.process.list().at(-1)?.state).toBe("running");
  });

  it("end it by tool calls", async () => {
    const kernel = await harness({ tools: { call: async () => 1, list: async () => [] } });
    const { agent, context } = talker();
    const handle = await kernel.process.spawn(agent, { limits: { toolCalls: 2 } });
    await context().tools.call("x", null);
    await context().tools.call("x", null);
    await expect(context().tools.call("x", null)).rejects.toMatchObject({ code: "PROCESS_LIMIT_EXCEEDED" });
    expect(await handle.exited).toEqual({ kind: "limit", limit: "toolCalls" });
  });

  it("end an inline agent by wall time, with a warning before", async () => {
    const kernel = await harness();
    const { agent, notices } = talker();
    const handle = await kernel.process.spawn(agent, { limits: { wallMs: 1000 }, trapExit: true });
    await kernel.platform.clock.advance(799);
    expect(notices).toEqual([]);
    await kernel.platform.clock.advance(1);
    expect(notices).toEqual([{ signal: "limit", limit: "wallMs", used: 800, max: 1000 }]);
    await kernel.platform.clock.advance(200);
    expect(await handle.exited).toEqual({ kind: "limit", limit: "wallMs" });
    expect(kernel.platform.clock.waiting).toBe(0);
  });

  it("of wall time keep a program there that waits for the end, as their warning does not", async () => {
    const kernel = await harness();
    const schedule = vi.spyOn(kernel.platform.clock, "schedule");
    const { agent } = talker();
    await kernel.process.spawn(agent, { limits: { wallMs: 1234 } });
    const background = schedule.mock.calls.map(([ms, , options]) => [ms, options?.background === true]);
    expect(background).toContainEqual([1234, false]);
    expect(background).toContainEqual([988, true]);
  });

  it.each(["cpuMs", "memoryBytes"] as const)(
    "of %s are refused where only the kernel can be measured, with who can",
    async (limit) => {
      const kernel = await harness();
      await expect(kernel.process.spawn(idle, { limits: { [limit]: 1000 } })).rejects.toMatchObject({
        code: "PROCESS_LIMIT_NOT_ENFORCEABLE",
        message: expect.stringContaining("start it on the backend worker or process"),
        details: { limit, backend: "inline", backends: ["worker", "process"] },
      });
      expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
    },
  );

  it.each([
    ["cpuMs", { cpuMs: 800, memoryBytes: 0, wallMs: 0 }, { cpuMs: 1000, memoryBytes: 0, wallMs: 0 }],
    ["memoryBytes", { cpuMs: 0, memoryBytes: 900, wallMs: 0 }, { cpuMs: 0, memoryBytes: 1001, wallMs: 0 }],
  ] as const)("of %s are held by what the backend measures", async (limit, near, over) => {
    const made = measured();
    const kernel = await harness({ backends: [made.backend] });
    const handle = await kernel.process.spawn(idle, { backend: "measured", limits: { [limit]: 1000 } });
    await kernel.platform.clock.advance(2000);
    expect(warned(kernel)).toBe(0);
    made.usage = near;
    await kernel.platform.clock.advance(2000);
    expect(warned(kernel)).toBe(1);
    made.usage = over;
    await kernel.platform.clock.advance(500);
    expect(await handle.exited).toEqual({ kind: "limit", limit });
  });

  it("of disk warn once at 80 % of what its state keeps, and end it at the change too many, which is not made", async () => {
    const kernel = await harness();
    const { agent, context } = talker();
    const handle = await kernel.process.spawn(agent, { limits: { diskBytes: 1000 }, restart: { type: "transient" } });
    await kernel.platform.clock.settle();
    await context().state.set("a", "x".repeat(700));
    expect(warned(kernel)).toBe(0);
    await context().state.set("b", "x".repeat(150));
    await context().state.set("b", "x".repeat(160));
    expect(warned(kernel)).toBe(1);
    await expect(context().state.set("c", "x".repeat(150))).rejects.toMatchObject({
      code: "PROCESS_LIMIT_EXCEEDED",
      details: { limit: "diskBytes", max: 1000 },
    });
    await kernel.platform.clock.settle();
    expect(kernel.audit.find(({ kind }) => kind === "agent.exit")?.payload).toMatchObject({
      reason: "limit",
      limit: "diskBytes",
    });
    await kernel.platform.clock.advance(200);
    expect(kernel.process.find(handle)).toMatchObject({ restarts: 1, state: "running" });
    expect(await context().state.keys()).toEqual(["a", "b"]);
    await context().state.set("a", "smaller");
    await kernel.shutdown();
  });

  it("of disk let an agent that found more than its limit make it less, and no more", async () => {
    const kernel = await harness();
    const [wide, narrow] = [talker(), talker()];
    await kernel.process.stop(await kernel.process.spawn(wide.agent));
    await kernel.process.spawn(wide.agent);
    await wide.context().state.set("a", "x".repeat(3000));
    await wide.context().state.set("b", "x".repeat(3000));
    const handle = await kernel.process.spawn(narrow.agent, { limits: { diskBytes: 2000 } });
    const { state } = narrow.context();
    await state.set("a", "x".repeat(2500));
    await state.remove("a");
    expect(kernel.process.find(handle)?.state).toBe("running");
    await expect(state.set("b", "x".repeat(3001))).rejects.toMatchObject({ code: "PROCESS_LIMIT_EXCEEDED" });
    expect(await handle.exited).toEqual({ kind: "limit", limit: "diskBytes" });
    expect(await wide.context().state.get("b")).toBe("x".repeat(3000));
  });

  it("of disk are the configuration's where a spawn names none, and as much as a state holds where it names 0", async () => {
    const kernel = await harness({ init: { stateBytes: 2000 } });
    const [bound, free] = [talker(), talker()];
    const handle = await kernel.process.spawn(bound.agent, { name: "bound" });
    await kernel.process.spawn(free.agent, { name: "free", limits: { diskBytes: 0 } });
    await free.context().state.set("a", "x".repeat(5000));
    await expect(bound.context().state.set("a", "x".repeat(5000))).rejects.toMatchObject({
      code: "PROCESS_LIMIT_EXCEEDED",
    });
    expect(await handle.exited).toEqual({ kind: "limit", limit: "diskBytes" });
  });

  it("of more disk than a state holds are refused, since they would never act", async () => {
    const kernel = await harness();
    await kernel.process.spawn(idle, { limits: { diskBytes: 268_435_456 } });
    await expect(kernel.process.spawn(idle, { limits: { diskBytes: 268_435_457 } })).rejects.toMatchObject({
      code: "PROCESS_LIMIT_NOT_ENFORCEABLE",
      details: { limit: "diskBytes", backends: [] },
    });
  });

  it.each([
    ["inline", {}, { diskBytes: 104_857_600 }, ["diskBytes"]],
    ["inline", { diskBytes: 5, messages: 7 }, { diskBytes: 5, messages: 7 }, []],
    ["bounding", { wallMs: 9 }, { memoryBytes: 1000, diskBytes: 104_857_600, wallMs: 9 }, ["memoryBytes", "diskBytes"]],
    ["bounding", { memoryBytes: 0, diskBytes: 5 }, { memoryBytes: 0, diskBytes: 5 }, []],
  ] as const)(
    "that hold an agent on %s are shown, %j, with which of them are defaults",
    async (backend, given, held, defaults) => {
      const bounding: SpawnBackend = { ...measured().backend, name: "bounding", memoryBytes: 1000 };
      const kernel = await harness({ backends: [bounding] });
      const { agent, context } = talker();
      const { pid } = await kernel.process.spawn(backend === "inline" ? agent : (idle as AgentSource), {
        backend,
        limits: given,
      });
      if (backend === "inline") await context().state.set("k", 1);
      const inspect = kernel.methods.get("agent.inspect");
      const shown = await inspect?.call({ pid }, caller);
      expect(shown).toMatchObject({ limits: held, usage: { diskBytes: backend === "inline" ? 2 : 0 } });
      expect((shown as { defaultLimits: unknown }).defaultLimits).toEqual(defaults);
    },
  );

  it("of memory are the backend's where a spawn names none, and none where it names 0", async () => {
    const made = measured();
    const backend: SpawnBackend = { ...made.backend, memoryBytes: 1000 };
    const kernel = await harness({ backends: [backend] });
    const bound = await kernel.process.spawn(idle, { backend: "measured" });
    const free = await kernel.process.spawn(idle, { backend: "measured", limits: { memoryBytes: 0 } });
    made.usage = { cpuMs: 0, memoryBytes: 999, wallMs: 0 };
    await kernel.platform.clock.advance(500);
    expect(warned(kernel)).toBe(1);
    made.usage = { cpuMs: 0, memoryBytes: 1000, wallMs: 0 };
    await kernel.platform.clock.advance(500);
    expect(await bound.exited).toEqual({ kind: "limit", limit: "memoryBytes" });
    expect(kernel.process.find(free)?.state).toBe("running");
    await kernel.process.kill(free);
    await kernel.shutdown();
  });

  it("are told to the backend when rights change, so that it can take them from the code", async () => {
    const made = measured();
    const kernel = await harness({ backends: [made.backend] });
    const handle = await kernel.process.spawn(idle, { backend: "measured" });
    await kernel.process.grant(handle, { canNetwork: true });
    expect(made.rights).toMatchObject([{ canNetwork: true }]);
  });
});

describe("budgets of agents", () => {
  it("are set aside from the parent's, charged for messages and tool calls, and given back at the end", async () => {
    const kernel = await harness({ tools: { call: async () => null, list: async () => [] } });
    const other = await kernel.process.spawn(idle);
    const [top, below] = [talker(), talker()];
    const parent = await kernel.process.spawn(top.agent, { budget: { messages: 100, toolCalls: 10, tokens: 1000 } });
    const child = await top.context().spawn(below.agent, { budget: { messages: 20, toolCalls: 4, tokens: 300 } });
    expect(await top.context().budget.remaining()).toEqual({ messages: 80, toolCalls: 6, tokens: 700 });
    for (let index = 0; index < 7; index += 1) await below.context().send(other, index);
    await below.context().tools.call("x", null);
    await below.context().budget.spend({ tokens: 50 });
    await kernel.process.stop(child);
    expect(await top.context().budget.remaining()).toEqual({ messages: 93, toolCalls: 9, tokens: 950 });
    expect(kernel.process.budgets.of(parent)).toMatchObject({ spent: { messages: 7, toolCalls: 1, tokens: 50 } });
    await kernel.process.stop(parent);
    expect(kernel.process.budgets.list()).toHaveLength(1);
  });

  it("end what costs when they are used up, by a typed error, and go on after a grant", async () => {
    const kernel = await harness();
    const other = await kernel.process.spawn(idle);
    const { agent, context } = talker();
    const handle = await kernel.process.spawn(agent, { budget: { messages: 2, tokens: 5 } });
    const exhausted = { code: "PROCESS_BUDGET_EXHAUSTED" };
    await context().send(other, 1);
    await context().send(other, 2);
    await expect(context().send(other, 3)).rejects.toMatchObject(exhausted);
    await expect(context().budget.spend({ tokens: 6 })).rejects.toMatchObject(exhausted);
    const waits = context().budget.spend({ tokens: 6 }, { onExhausted: "wait" });
    await kernel.platform.clock.settle();
    expect(kernel.process.find(handle)?.activity).toEqual({ kind: "waiting", on: "budget" });
    await kernel.process.budgets.grant(handle, { messages: 1, tokens: 1 });
    await waits;
    await context().send(other, 3);
    expect(kernel.process.find(handle)?.activity).toEqual({ kind: "idle" });
    expect(kernel.audit.map(({ kind }) => kind)).toContain("budget.grant");
  });

  it("are one through restarts, so that a crash buys nothing", async () => {
    const kernel = await harness();
    const { agent, context } = talker();
    const handle = await kernel.process.spawn(agent, { budget: { messages: 3 }, restart: { type: "permanent" } });
    await context().publish("news", 1);
    await kernel.process.kill(handle);
    await kernel.platform.clock.advance(1000);
    expect(kernel.process.find(handle)?.restarts).toBe(1);
    await context().publish("news", 2);
    await context().publish("news", 3);
    await expect(context().publish("news", 4)).rejects.toMatchObject({ code: "PROCESS_BUDGET_EXHAUSTED" });
  });

  it("take for spent what a start holds when it ends, and leave the room of its holds to the next", async () => {
    const kernel = await harness();
    const [top, below] = [talker(), talker()];
    const parent = await kernel.process.spawn(top.agent, { budget: { tokens: 10_000 } });
    for (const used of [4096, 8192]) {
      const child = await top.context().spawn(below.agent);
      const { budget } = below.context();
      await Promise.all(Array.from({ length: 4096 }, () => budget.reserve({ tokens: 1 })));
      await expect(budget.reserve({ tokens: 1 })).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
      await kernel.process.kill(child);
      expect(kernel.process.budgets.of(parent)).toMatchObject({ spent: { tokens: used }, held: { tokens: 0 } });
      await expect(budget.reserve({ tokens: 1 })).rejects.toMatchObject({ code: "PROCESS_NOT_ACCEPTING" });
    }
    expect(await top.context().budget.remaining()).toEqual({ tokens: 1808 });
  });

  it("give back what was being set aside when its start ended, and settle nothing twice", async () => {
    const kernel = await harness();
    const { agent, context } = talker();
    const handle = await kernel.process.spawn(agent, { budget: { tokens: 10 }, restart: { type: "permanent" } });
    const { budget } = context();
    const hold = await budget.reserve({ tokens: 4 });
    await expect(hold.settle({ tokens: -1 })).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
    const late = budget.reserve({ tokens: 3 });
    await kernel.process.kill(handle);
    await expect(late).rejects.toMatchObject({ code: "PROCESS_NOT_ACCEPTING" });
    await hold.settle({ tokens: 1 });
    await kernel.platform.clock.advance(1000);
    expect(kernel.process.find(handle)?.restarts).toBe(1);
    expect(kernel.process.budgets.of(handle)).toMatchObject({ spent: { tokens: 4 }, held: { tokens: 0 } });
  });

  it("bind a child without one by its parent's, and refuse one that is more than the parent has", async () => {
    const kernel = await harness();
    const [top, below] = [talker(), talker()];
    await kernel.process.spawn(top.agent, { budget: { tokens: 10 } });
    const asks = top.context().spawn(below.agent, { budget: { tokens: 11 } });
    await expect(asks).rejects.toMatchObject({ code: "PROCESS_BUDGET_EXHAUSTED" });
    await top.context().spawn(below.agent);
    await below.context().budget.spend({ tokens: 4 });
    expect(await top.context().budget.remaining()).toEqual({ tokens: 6 });
  });

  it("survive the kernel's crash with the agent that is started again, and end with those that are not", async () => {
    const kernel = await harness();
    const module = new URL("../../agents/lasting.ts", import.meta.url);
    const handle = await kernel.process.spawn(module, {
      name: "lasting",
      restart: { type: "permanent" },
      budget: { tokens: 100 },
    });
    await kernel.process.spawn(idle, { budget: { tokens: 7 } });
    await kernel.process.budgets.grant(handle, { tokens: 11 });
    const next = await harness({ platform: kernel.platform.crash() });
    const again = next.process.list().find(({ name }) => name === "lasting");
    expect(next.process.budgets.list()).toHaveLength(2);
    expect(next.process.budgets.of(again?.pid as never)).toMatchObject({ grant: { tokens: 111 }, owner: "lasting" });
  });

  it("are charged for processor time that was measured, and end the agent when it is used up", async () => {
    const made = measured();
    const kernel = await harness({ backends: [made.backend] });
    const handle = await kernel.process.spawn(idle, { backend: "measured", budget: { cpuMs: 1000 } });
    made.usage = { cpuMs: 400, memoryBytes: 0, wallMs: 0 };
    await kernel.platform.clock.advance(500);
    expect(kernel.process.budgets.of(handle)).toMatchObject({ spent: { cpuMs: 400 } });
    made.usage = { cpuMs: 700, memoryBytes: 0, wallMs: 0 };
    await kernel.platform.clock.advance(500);
    expect(kernel.process.budgets.of(handle)).toMatchObject({ spent: { cpuMs: 700 } });
    made.usage = { cpuMs: 1200, memoryBytes: 0, wallMs: 0 };
    await kernel.platform.clock.advance(500);
    expect(await handle.exited).toEqual({ kind: "limit", limit: "budget.cpuMs" });
  });

  it("cannot be granted to who has none, nor more than above", async () => {
    const kernel = await harness();
    const handle = await kernel.process.spawn(idle);
    const grant = kernel.process.budgets.grant(handle, { tokens: 1 });
    await expect(grant).rejects.toMatchObject({ code: "PROCESS_BUDGET_UNKNOWN" });
    await expect(kernel.process.spawn(idle, { budget: { tokens: 0.5 } })).rejects.toMatchObject({
      code: "PROCESS_INPUT_INVALID",
    });
  });
});
