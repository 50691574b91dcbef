/** Agents between two starts, and starts that fail: nothing of them is left behind when nobody wants them any more. */
import {
  type AgentHandle,
  type BackendStart,
  defineAgent,
  type ExitReason,
  type RunningAgent,
  type SpawnBackend,
} from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

const module = new URL("file:///elsewhere.ts");
const usage = () => ({ cpuMs: undefined, memoryBytes: undefined, wallMs: 0 });

/** Runs nothing; what it does at each start is told by the test. */
function backend(start: (from: BackendStart) => Promise<RunningAgent>): SpawnBackend {
  return { name: "elsewhere", confines: [], start };
}

function running({ context }: BackendStart): RunningAgent {
  const exited = new Promise<ExitReason>((resolve) => {
    context.signal.addEventListener("abort", () => resolve({ kind: "normal" }));
  });
  return { exited, usage, kill: async () => undefined };
}

describe("an agent that waits for its next start", () => {
  it("ends with its parent, at once and for good", async () => {
    const { process, platform, router, shutdown } = await harness();
    let below: AgentHandle | undefined;
    const failing = defineAgent({ name: "failing", run: () => Promise.reject(new Error("planned")) });
    const parent = defineAgent({
      name: "parent",
      async run(agent) {
        const restart = { type: "permanent", backoffMs: 10_000, maxBackoffMs: 10_000 } as const;
        below = (await agent.spawn(failing, { restart })) as AgentHandle;
        await agent.inbox.receive();
      },
    });
    const handle = await process.spawn(parent, { capabilities: { canSpawn: true } });
    await platform.clock.settle();
    expect(platform.clock.waiting).toBe(1);
    await process.stop(handle);
    expect(await below?.exited).toMatchObject({ kind: "crash", error: "planned" });
    expect([platform.clock.waiting, router.mailboxes.size]).toEqual([0, 0]);
    await shutdown();
  });
});

describe("a start that fails", () => {
  it("by hand is told to who asked for it, and counts as a failure of the agent", async () => {
    let starts = 0;
    const fails = backend(async (from) => {
      starts += 1;
      if (starts === 2) throw new Error("no room");
      return running(from);
    });
    const { process, platform, shutdown } = await harness({ backends: [fails] });
    const restart = { type: "permanent", backoffMs: 100 } as const;
    const handle = await process.spawn(module, { backend: "elsewhere", restart });
    await expect(process.restart(handle)).rejects.toThrow("no room");
    await platform.clock.advance(100);
    expect(starts).toBe(3);
    expect(process.find(handle)).toMatchObject({ state: "running", restarts: 2 });
    await shutdown();
    expect(platform.clock.waiting).toBe(0);
  });

  it("because it is killed is over at once, and not when the code is loaded", async () => {
    const loading = backend(() => new Promise(() => undefined));
    const { process, platform, shutdown } = await harness({ backends: [loading] });
    const made = process.spawn(module, { backend: "elsewhere" });
    made.catch(() => undefined);
    await platform.clock.settle();
    const [, info] = process.list();
    expect(info?.state).toBe("starting");
    await process.kill(info!);
    await expect(made).rejects.toMatchObject({ code: "PROCESS_STOPPED" });
    await shutdown();
    expect(platform.clock.waiting).toBe(0);
  });
});

describe("a start that its caller takes back", () => {
  it("is no crash of the agent", async () => {
    const loading = backend(() => new Promise(() => undefined));
    const { process, platform, shutdown } = await harness({ backends: [loading] });
    const caller = new AbortController();
    const made = process.spawn(module, { backend: "elsewhere", signal: caller.signal });
    made.catch(() => undefined);
    await platform.clock.settle();
    caller.abort();
    await expect(made).rejects.toMatchObject({ name: "AbortError" });
    expect(process.list()[1]).toMatchObject({ state: "exited", exit: { kind: "killed" } });
    await shutdown();
  });
});

describe("a restart that cannot be recorded", () => {
  it("does not stand: the agent is ended, and started again when it can be", async () => {
    const kernel = await harness();
    const idle = defineAgent({ name: "idle", run: ({ inbox }) => inbox.receive().then() });
    const restart = { type: "permanent", backoffMs: 100, maxBackoffMs: 100 } as const;
    const handle = await kernel.process.spawn(idle, { restart });
    await kernel.process.kill(handle);
    kernel.auditFails = true;
    await kernel.platform.clock.advance(100);
    expect(kernel.process.find(handle)).toMatchObject({
      state: "exited",
      exit: { kind: "supervisor", cause: "restart" },
    });
    kernel.auditFails = false;
    await kernel.platform.clock.advance(100);
    expect(kernel.process.find(handle)?.state).toBe("running");
    await kernel.shutdown();
  });
});

describe("a backend", () => {
  it("that breaks its promise to tell how an agent ended has told that it crashed", async () => {
    const broken = backend(async (from) => ({ ...running(from), exited: Promise.reject(new Error("lost it")) }));
    const { process, logs, shutdown } = await harness({ backends: [broken] });
    const handle = await process.spawn(module, { backend: "elsewhere" });
    expect(await handle.exited).toMatchObject({ kind: "crash", error: "lost it" });
    expect(logs.map(({ message }) => message)).toContain("a backend broke its promise never to reject");
    await shutdown();
  });
});
