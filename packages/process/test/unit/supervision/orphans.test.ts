/** What an ended process started, until it has ended too: in what time, with which rights, on whose budget. */
import { type AgentContext, type AgentHandle, defineAgent } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

const DAY_MS = 86_400_000;
const STOP_MS = 5000;

/** Takes no notice of being asked to stop. */
const deaf = defineAgent({ name: "deaf", run: () => new Promise<void>(() => undefined) });
const run = (name: string, work: (agent: AgentContext) => Promise<unknown>) =>
  defineAgent({ name, run: async (agent) => void (await work(agent as AgentContext)) });
const live = ({ process }: Harness): readonly string[] =>
  process.list().flatMap(({ name, state }) => (name === "kernel" || state === "exited" ? [] : [`${name} ${state}`]));

describe("below a process that has ended", () => {
  it("all have ended after the time of the kernel, however deep they nest and however long they may take by themselves", async () => {
    const kernel = await harness();
    const chain = (depth: number): ReturnType<typeof run> =>
      run(`level-${depth}`, async (agent) => {
        const below = depth === 0 ? deaf : chain(depth - 1);
        if (depth % 2 === 0) await agent.spawn(below, { shutdownMs: DAY_MS });
        else
          await agent.supervise({
            name: `tree-${depth}`,
            strategy: "one-for-one",
            children: [{ agent: below, shutdownMs: DAY_MS }],
          });
        await new Promise(() => undefined);
      });
    const top = await kernel.process.spawn(chain(4), { capabilities: { canSpawn: true } });
    await kernel.platform.clock.settle();
    expect(live(kernel)).toHaveLength(8);
    await kernel.process.kill(top);
    await kernel.platform.clock.advance(STOP_MS - 1);
    expect(live(kernel).length).toBeGreaterThan(0);
    await kernel.platform.clock.advance(1);
    expect(live(kernel)).toEqual([]);
    await kernel.shutdown();
    expect(kernel.platform.clock.waiting).toBe(0);
  });

  it("and below one that is ending, nothing is started any more", async () => {
    const kernel = await harness();
    let refused: Promise<string> | undefined;
    const parent = defineAgent({
      name: "parent",
      run: (agent) =>
        new Promise<void>(() => {
          agent.signal.addEventListener("abort", () => {
            refused = agent.spawn(deaf).then(
              () => "started",
              (error: { readonly code: string }) => error.code,
            );
          });
        }),
    });
    const handle = await kernel.process.spawn(parent, { capabilities: { canSpawn: true } });
    const stopped = kernel.process.stop(handle);
    await kernel.platform.clock.settle();
    expect(live(kernel)).toEqual(["parent stopping"]);
    expect(await refused).toBe("PROCESS_NOT_FOUND");
    await kernel.platform.clock.advance(STOP_MS);
    await stopped;
    await kernel.shutdown();
  });

  it("they have the time that was set for them where that is less", async () => {
    const kernel = await harness();
    const parent = run("parent", (agent) => agent.spawn(deaf, { shutdownMs: 100 }));
    await kernel.process.spawn(parent, { capabilities: { canSpawn: true } });
    await kernel.platform.clock.advance(99);
    expect(live(kernel)).toEqual(["deaf stopping"]);
    await kernel.platform.clock.advance(1);
    expect(live(kernel)).toEqual([]);
    await kernel.shutdown();
  });

  it.each(["ended", "started again"])("they lose what those above it lose, whether it has %s", async (what) => {
    const kernel = await harness();
    const parent = run("parent", async (agent) => {
      await agent.spawn(deaf);
      if (what === "started again") await agent.inbox.receive();
    });
    let below: AgentHandle | undefined;
    const top = await kernel.process.spawn(
      run("top", async (agent) => {
        below = (await agent.spawn(parent, { restart: { type: "permanent" } })) as AgentHandle;
        await new Promise(() => undefined);
      }),
      { capabilities: { canSpawn: true, canNetwork: true } },
    );
    await kernel.platform.clock.settle();
    const child = kernel.process.list().find(({ name }) => name === "deaf");
    if (what === "started again") await kernel.process.restart(below as AgentHandle);
    const holder = what === "started again" ? (below as AgentHandle) : top;
    expect(kernel.process.find(child!)?.state).toBe("stopping");
    await kernel.process.grant(top, { canNetwork: true });
    await kernel.process.revoke(holder, { canSpawn: false });
    expect(kernel.process.find(child!)?.capabilities.canSpawn).toBe(false);
    const down = kernel.shutdown();
    await kernel.platform.clock.advance(2 * STOP_MS);
    await down;
  });

  it("they go on spending its budget, which goes back when the last of them has ended", async () => {
    const kernel = await harness();
    let spend = (_tokens: number): Promise<string> => Promise.resolve("");
    const spender = run("spender", async ({ budget }) => {
      spend = (tokens) =>
        budget.spend({ tokens }).then(
          () => "spent",
          (error: { readonly code: string }) => error.code,
        );
      await new Promise(() => undefined);
    });
    const top = await kernel.process.spawn(
      run("top", async (agent) => {
        const parent = run("parent", async (it) => {
          await it.spawn(
            run("lender", async (lender) => {
              await lender.spawn(spender);
              await new Promise(() => undefined);
            }),
            { budget: { messages: 1 } },
          );
          await new Promise(() => undefined);
        });
        await agent.spawn(parent, { budget: { tokens: 50 } });
        await new Promise(() => undefined);
      }),
      { budget: { tokens: 100 }, capabilities: { canSpawn: true } },
    );
    await kernel.platform.clock.settle();
    const accounts = () =>
      kernel.process.budgets.list().map(({ owner, spent: { tokens = 0 } }) => `${owner} ${tokens}`);
    expect(await spend(20)).toBe("spent");
    await kernel.process.kill(kernel.process.list().find(({ name }) => name === "parent")!);
    await kernel.platform.clock.settle();
    expect(await spend(20)).toBe("spent");
    expect(await spend(20)).toBe("PROCESS_BUDGET_EXHAUSTED");
    expect(accounts()).toEqual(["kernel 0", "top 0", "parent 40", "lender 0"]);
    await kernel.platform.clock.advance(STOP_MS);
    expect(live(kernel)).toEqual(["top running"]);
    expect(accounts()).toEqual(["kernel 0", "top 40"]);
    expect(kernel.process.budgets.of(top)).toMatchObject({ lent: { tokens: 0 }, held: {} });
    expect(kernel.logs.filter(({ level }) => level === "error")).toEqual([]);
    const down = kernel.shutdown();
    await kernel.platform.clock.advance(STOP_MS);
    await down;
    expect(accounts()).toEqual(["kernel 0"]);
  });
});
