import {
  type AgentChild,
  type AgentDefinition,
  defineAgent,
  type Pid,
  type SupervisionStrategy,
  type SupervisorHandle,
} from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

/** Agents whose ends a test decides, and the order of their starts and ends. */
class Stage {
  readonly log: string[] = [];
  readonly #crash = new Map<string, () => void>();
  readonly #finish = new Map<string, () => void>();
  /** Names whose next start throws. */
  readonly failing = new Set<string>();

  agent(name: string): AgentDefinition<unknown> {
    return defineAgent({
      name,
      run: (agent) => {
        if (this.failing.has(name)) throw new Error(`${name} cannot start`);
        this.log.push(`+${name}`);
        return new Promise<void>((resolve, reject) => {
          this.#crash.set(name, () => reject(new Error(`${name} crashed`)));
          this.#finish.set(name, resolve);
          agent.signal.addEventListener("abort", () => {
            // Also the signal of one that has ended aborts.
            if (this.#crash.delete(name)) this.log.push(`-${name}`);
            resolve();
          });
        });
      },
    }) as AgentDefinition<unknown>;
  }

  child(name: string, more: Partial<AgentChild> = {}): AgentChild {
    return { agent: this.agent(name), ...more };
  }

  crash(name: string): void {
    this.log.push(`!${name}`);
    this.#crash.get(name)?.();
    this.#crash.delete(name);
  }

  finish(name: string): void {
    this.log.push(`.${name}`);
    this.#finish.get(name)?.();
    this.#crash.delete(name);
  }

  /** What happened since the last call. */
  take(): string {
    return this.log.splice(0).join(" ");
  }
}

async function tree(strategy: SupervisionStrategy, more: Partial<AgentChild> = {}) {
  const kernel = await harness();
  const stage = new Stage();
  const children = ["a", "b", "c"].map((name) => stage.child(name, more));
  const supervisor = await kernel.process.supervise({ name: "tree", strategy, children });
  expect(stage.take()).toBe("+a +b +c");
  return { kernel, stage, supervisor, clock: kernel.platform.clock };
}

const states = (supervisor: SupervisorHandle): string =>
  supervisor
    .children()
    .map(({ id, state }) => `${id}:${state}`)
    .join(" ");

describe("a supervisor", () => {
  it("is a process whose children name it as their parent, with the rights of its maker", async () => {
    const { kernel, supervisor } = await tree("one-for-one");
    const info = kernel.process.find(supervisor);
    expect(info).toMatchObject({ name: "tree", backend: "supervisor", state: "running", parent: 0 });
    for (const child of supervisor.children()) {
      expect(kernel.process.find(child.pid as Pid)?.parent).toBe(supervisor.pid);
    }
    expect(kernel.audit.filter(({ kind }) => kind === "agent.spawn")).toHaveLength(4);
    await kernel.shutdown();
  });

  it("starts in order and stops in reverse", async () => {
    const { kernel, stage, supervisor } = await tree("one-for-one");
    await kernel.process.stop(supervisor);
    expect(stage.take()).toBe("-c -b -a");
    expect(await supervisor.exited).toEqual({ kind: "normal" });
    expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
  });

  it("stops each child within its own time, then kills it, before it asks the next", async () => {
    const kernel = await harness();
    const deaf = defineAgent({ name: "deaf", run: () => new Promise<void>(() => undefined) });
    const supervisor = await kernel.process.supervise({
      name: "slow",
      strategy: "one-for-one",
      children: [
        { id: "first", agent: deaf, shutdownMs: 300 },
        { id: "second", agent: deaf, shutdownMs: 0 },
        { id: "third", agent: deaf, shutdownMs: 200 },
      ],
    });
    const [first, second, third] = ["first", "second", "third"].map((id) => supervisor.child(id));
    const stopped = kernel.process.stop(supervisor);
    await kernel.platform.clock.advance(199);
    expect(kernel.process.find(third!)?.state).toBe("stopping");
    expect(kernel.process.find(second!)?.state).toBe("running");
    await kernel.platform.clock.advance(1);
    expect(await third!.exited).toEqual({ kind: "timeout" });
    expect(await second!.exited).toEqual({ kind: "supervisor", cause: "supervisor" });
    await kernel.platform.clock.advance(299);
    expect(kernel.process.find(first!)?.state).toBe("stopping");
    await kernel.platform.clock.advance(1);
    await stopped;
    expect(await first!.exited).toEqual({ kind: "timeout" });
  });

  it("stops the children before one that cannot start, and starts nothing", async () => {
    const kernel = await harness();
    const stage = new Stage();
    stage.failing.add("c");
    const children = ["a", "b"].map((name) => stage.child(name));
    const missing: AgentChild = { id: "c", agent: new URL("file:///nowhere/c.ts") };
    await expect(
      kernel.process.supervise({ name: "tree", strategy: "one-for-one", children: [...children, missing] }),
    ).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED" });
    expect(stage.take()).toBe("+a +b -b -a");
    expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
    await kernel.platform.clock.advance(60_000);
    expect(stage.take()).toBe("");
    await kernel.shutdown();
  });

  it("ends cleanly when the entries of its ended children were reaped, and cancels one that waits", async () => {
    const kernel = await harness({ init: { maxExited: 0 } });
    const stage = new Stage();
    const supervisor = await kernel.process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [stage.child("a", { restart: { type: "temporary" } }), stage.child("b"), stage.child("c")],
    });
    stage.finish("a");
    stage.crash("b");
    await kernel.platform.clock.settle();
    expect(states(supervisor)).toBe("a:ended b:waiting c:running");
    await kernel.process.stop(supervisor);
    expect(await supervisor.exited).toEqual({ kind: "normal" });
    expect(stage.take().endsWith("-c")).toBe(true);
    expect(kernel.platform.clock.waiting).toBe(0);
    expect(kernel.router.mailboxes.size).toBe(0);
  });

  it("answers a request with the list of its children", async () => {
    const { kernel, supervisor } = await tree("one-for-one");
    const reply = await kernel.router.request(0 as Pid, supervisor.pid, "which children");
    expect(reply.payload).toMatchObject([{ id: "a", state: "running" }, { id: "b" }, { id: "c" }]);
    await kernel.shutdown();
  });

  it.each([
    [{ name: "x", strategy: "none" }],
    [{ name: "", strategy: "one-for-one" }],
    [{ name: "x", strategy: "one-for-one", children: [{ agent: 7 }] }],
    [{ name: "x", strategy: "one-for-all", children: [{ agent: new URL("file:///a.ts"), replicas: 2 }] }],
    [
      {
        name: "x",
        strategy: "one-for-one",
        children: [{ agent: new URL("file:///a.ts") }, { agent: new URL("file:///a.ts") }],
      },
    ],
  ])("refuses what is no specification: %o", async (spec) => {
    const { process } = await harness();
    await expect(process.supervise(spec as never)).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
  });
});

describe("strategies", () => {
  it("one-for-one starts the failed child again, after its backoff", async () => {
    const { stage, clock, supervisor, kernel } = await tree("one-for-one");
    stage.crash("b");
    await clock.advance(74);
    expect(stage.take()).toBe("!b");
    expect(states(supervisor)).toBe("a:running b:waiting c:running");
    await clock.advance(26);
    expect(stage.take()).toBe("+b");
    expect(supervisor.children()[1]).toMatchObject({ id: "b", state: "running", restarts: 1 });
    await kernel.shutdown();
  });

  it("one-for-all stops the others in reverse, waits, and starts all in order", async () => {
    const { stage, clock, kernel, supervisor } = await tree("one-for-all");
    const before = supervisor.child("a")?.pid;
    stage.crash("b");
    await clock.advance(10);
    expect(stage.take()).toBe("!b -c -a");
    await clock.advance(100);
    expect(stage.take()).toBe("+a +b +c");
    expect(supervisor.child("a")?.pid).toBeGreaterThan(before ?? 0);
    expect(kernel.process.find(before as Pid)?.exit).toEqual({ kind: "supervisor", cause: "sibling" });
    await kernel.shutdown();
  });

  it("rest-for-one takes along those that were started later", async () => {
    const { stage, clock, kernel } = await tree("rest-for-one");
    stage.crash("b");
    await clock.advance(200);
    expect(stage.take()).toBe("!b -c +b +c");
    await kernel.shutdown();
  });

  it("rest-for-one starts from the earliest when an earlier one fails during the wait", async () => {
    const { stage, clock, kernel, supervisor } = await tree("rest-for-one");
    stage.crash("c");
    await clock.advance(10);
    stage.crash("a");
    await clock.advance(1000);
    expect(stage.take().endsWith("+a +b +c")).toBe(true);
    expect(states(supervisor)).toBe("a:running b:running c:running");
    await kernel.shutdown();
  });

  it("does not start a temporary sibling again that was stopped with the others", async () => {
    const kernel = await harness();
    const stage = new Stage();
    const supervisor = await kernel.process.supervise({
      name: "tree",
      strategy: "one-for-all",
      children: [stage.child("a"), stage.child("b", { restart: { type: "temporary" } })],
    });
    stage.take();
    stage.crash("a");
    await kernel.platform.clock.advance(200);
    expect(stage.take()).toBe("!a -b +a");
    expect(states(supervisor)).toBe("a:running b:ended");
    await kernel.shutdown();
  });

  it("counts one that fails as it is started again as a failure of its own, which takes all along again", async () => {
    const { stage, clock, kernel, supervisor } = await tree("one-for-all");
    stage.failing.add("b");
    stage.crash("a");
    await clock.advance(120);
    expect(stage.take()).toBe("!a -c -b +a +c -c -a");
    stage.failing.clear();
    await clock.advance(1000);
    expect(stage.take().endsWith("+a +b +c")).toBe(true);
    expect(states(supervisor)).toBe("a:running b:running c:running");
    await kernel.shutdown();
  });

  it("dynamic forgets a child that ends for good, and takes new ones", async () => {
    const { stage, clock, kernel, supervisor } = await tree("dynamic", { restart: { type: "transient" } });
    stage.finish("b");
    await clock.settle();
    expect(states(supervisor)).toBe("a:running c:running");
    const added = await supervisor.add(stage.child("d"));
    expect(kernel.process.find(added)?.parent).toBe(supervisor.pid);
    await expect(supervisor.add(stage.child("d"))).rejects.toMatchObject({ code: "PROCESS_STATE" });
    await supervisor.remove("a");
    expect(states(supervisor)).toBe("c:running d:running");
    await kernel.process.stop(supervisor);
    expect(stage.take()).toBe(".b +d -a -d -c");
    await expect(supervisor.add(stage.child("e"))).rejects.toMatchObject({ code: "PROCESS_STATE" });
  });

  it.each(["one-for-one", "one-for-all", "rest-for-one", "dynamic"] as const)(
    "%s brings all back, whichever child crashes at whichever moment",
    async (strategy) => {
      for (const first of ["a", "b", "c"]) {
        for (const second of ["a", "b", "c"]) {
          for (const between of [0, 1, 50, 75, 99, 100, 101, 150]) {
            const { stage, clock, kernel, supervisor } = await tree(strategy);
            stage.crash(first);
            if (between > 0) await clock.advance(between);
            stage.crash(second);
            await clock.advance(2000);
            expect(states(supervisor), `${first} then ${second} after ${between}`).toBe(
              "a:running b:running c:running",
            );
            await kernel.shutdown();
            expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
            expect(clock.waiting).toBe(0);
          }
        }
      }
    },
  );
});

describe("giving up", () => {
  it("ends the supervisor and its children when one fails too often, in the count that survives its restarts", async () => {
    const { stage, clock, kernel, supervisor } = await tree("one-for-one");
    for (let crash = 0; crash < 6; crash += 1) {
      stage.crash("b");
      await clock.advance(5000);
    }
    const exit = await supervisor.exited;
    expect(exit).toMatchObject({ kind: "crash", code: "PROCESS_RESTARTS_EXHAUSTED" });
    expect(stage.take().endsWith("!b -c -a")).toBe(true);
    expect(kernel.audit.filter(({ kind }) => kind === "agent.abandon")).toHaveLength(1);
    expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
  });

  it("escalates: the supervisor above starts the failed one again, with all its children", async () => {
    const kernel = await harness();
    const stage = new Stage();
    const top = await kernel.process.supervise({
      name: "top",
      strategy: "one-for-one",
      children: [
        stage.child("x"),
        {
          supervisor: {
            name: "inner",
            strategy: "one-for-one",
            children: [stage.child("a"), stage.child("b")],
            intensity: { maxRestarts: 1 },
          },
        },
      ],
    });
    expect(stage.take()).toBe("+x +a +b");
    const inner = top.child("inner");
    const before = inner?.pid;
    stage.crash("a");
    await kernel.platform.clock.advance(200);
    stage.crash("a");
    await kernel.platform.clock.advance(200);
    expect(stage.take()).toBe("!a +a !a -b +a +b");
    expect(inner?.pid).toBeGreaterThan(before ?? 0);
    expect(states(top)).toBe("x:running inner:running");
    await kernel.shutdown();
    expect(stage.take()).toBe("-b -a -x");
  });

  it("ends the whole tree when the top gives up too", async () => {
    const kernel = await harness();
    const stage = new Stage();
    const top = await kernel.process.supervise({
      name: "top",
      strategy: "one-for-all",
      intensity: { maxRestarts: 1 },
      children: [
        stage.child("x"),
        {
          supervisor: {
            name: "inner",
            strategy: "one-for-one",
            intensity: { maxRestarts: 0 },
            children: [stage.child("a")],
          },
        },
      ],
    });
    stage.crash("a");
    await kernel.platform.clock.advance(200);
    stage.crash("a");
    await kernel.platform.clock.advance(200);
    expect(await top.exited).toMatchObject({ kind: "crash", code: "PROCESS_RESTARTS_EXHAUSTED" });
    expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
  });

  it("starts the children of a killed supervisor again only when the old ones have ended", async () => {
    const kernel = await harness();
    const stage = new Stage();
    const top = await kernel.process.supervise({
      name: "top",
      strategy: "one-for-one",
      children: [
        { supervisor: { name: "inner", strategy: "one-for-one", children: [stage.child("a"), stage.child("b")] } },
      ],
    });
    await kernel.process.kill(top.child("inner")!);
    await kernel.platform.clock.advance(200);
    const happened = stage.take();
    expect(happened.startsWith("+a +b")).toBe(true);
    expect(happened.endsWith("+a +b")).toBe(true);
    expect(happened.split(" ").filter((step) => step.startsWith("-"))).toHaveLength(2);
    await kernel.shutdown();
  });
});

describe("replicas", () => {
  const pool = async (): Promise<{ kernel: Harness; stage: Stage; supervisor: SupervisorHandle }> => {
    const kernel = await harness();
    const stage = new Stage();
    const supervisor = await kernel.process.supervise({
      name: "pool",
      strategy: "one-for-one",
      children: [stage.child("w", { replicas: 2 })],
    });
    return { kernel, stage, supervisor };
  };

  it("keeps so many running, whatever ends them", async () => {
    const { kernel, stage, supervisor } = await pool();
    expect(states(supervisor)).toBe("w#1:running w#2:running");
    stage.finish("w");
    await kernel.platform.clock.advance(200);
    expect(states(supervisor)).toBe("w#1:running w#2:running");
    await kernel.shutdown();
  });

  it("follows the number that is wanted, up and down, also while one waits", async () => {
    const { kernel, stage, supervisor } = await pool();
    await supervisor.scale("w", 4);
    expect(states(supervisor)).toBe("w#1:running w#2:running w#3:running w#4:running");
    const last = supervisor.child("w#4");
    stage.crash("w");
    await kernel.platform.clock.settle();
    await supervisor.scale("w", 1);
    expect(states(supervisor)).toBe("w#1:running");
    expect(["supervisor", "crash"]).toContain((await last!.exited).kind);
    await supervisor.scale("w", 0);
    expect(states(supervisor)).toBe("");
    await kernel.platform.clock.advance(10_000);
    expect(states(supervisor)).toBe("");
    await expect(supervisor.scale("other", 1)).rejects.toMatchObject({ code: "PROCESS_STATE" });
    await expect(supervisor.scale("w", -1)).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
    await kernel.shutdown();
  });
});
