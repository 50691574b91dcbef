/** What every spawn backend owes: the same agent code, seen from outside, does the same. */
import { type JsonObject, type Pid, type ToolRunner, WeftError } from "@weftos/interface";
import { describe, expect, it, vi } from "vitest";
import { type Harness, type HarnessInit, harness } from "../harness.ts";

const module = (name: string): URL => new URL(`../agents/${name}.ts`, import.meta.url);
const KERNEL = 0 as Pid;

/** Tools that add, and tell who called. */
const tools: ToolRunner = {
  async call(as, name, input) {
    if (name === "never") return await new Promise(() => undefined);
    if (name === "sum" && Array.isArray(input)) return { by: as.id, sum: Number(input[0]) + Number(input[1]) };
    throw WeftError.fromJSON({ code: "TOOL_NOT_FOUND", message: "no such tool", retryable: false, details: {} });
  },
  list: async () => [{ name: "sum", description: "adds", inputSchema: {}, action: "tool.sum" }],
};

export function backendContract(backend: string, given: Pick<HarnessInit, "backends" | "disk"> = {}): void {
  const start = async (input: JsonObject, init: Parameters<typeof harness>[0] = {}) => {
    const kernel = await harness({ tools, ...given, ...init });
    const handle = await kernel.process.spawn(module("scripted"), { backend, input });
    return { ...kernel, kernel, handle, pid: handle.pid as Pid };
  };
  const ask = (kernel: Harness, pid: Pid, payload: unknown = "ask") =>
    kernel.router.request(KERNEL, pid, payload as JsonObject).then((reply) => reply.payload);

  describe(`the ${backend} backend`, () => {
    it("gives an agent its name, PID, parent and input", async () => {
      const { kernel, pid, shutdown } = await start({ do: "introduce", deep: { list: [1, "two", null] } });
      expect(await ask(kernel, pid)).toEqual({
        pid,
        name: "scripted",
        parent: 0,
        input: { do: "introduce", deep: { list: [1, "two", null] } },
      });
      await shutdown();
    });

    it("carries text, bytes and JSON to the agent and back; it is idle before the first heartbeat", async () => {
      const { kernel, pid, shutdown } = await start({ do: "echo" });
      await vi.waitFor(() => expect(kernel.process.find(pid)?.activity).toEqual({ kind: "idle" }));
      expect(await ask(kernel, pid, "text")).toBe("text");
      expect(await ask(kernel, pid, { a: [1, 2.5, null, true] })).toEqual({ a: [1, 2.5, null, true] });
      const bytes = new Uint8Array([0, 255, 7]);
      const back = await ask(kernel, pid, bytes);
      expect(back).toEqual(bytes);
      await shutdown();
    });

    it("refuses what JSON has no word for, with the same code and place, and leaves out what has no value", async () => {
      const kernel = await harness({ tools, ...given });
      const echo = await kernel.process.spawn(module("scripted"), { input: { do: "echo" } });
      const handle = await kernel.process.spawn(module("scripted"), {
        backend,
        input: { do: "unfit", to: echo.pid as number },
      });
      const [absent, ...others] = (await ask(kernel, handle.pid as Pid)) as JsonObject[];
      const there = { deep: { there: 1 } };
      expect(absent).toMatchObject({ sent: there, kept: there, called: { code: "TOOL_NOT_FOUND" } });
      const last = others.pop();
      expect(last?.frozen).toBe(true);
      const places: readonly (readonly [place: string, received: string])[] = [
        ["deep.n", "NaN"],
        ["[0]", "Infinity"],
        ["at", "an object of a class"],
        ["", "an object of a class"],
        ["run", "function"],
        ["n", "bigint"],
        ["s", "symbol"],
        ["[1]", "undefined"],
        ["[1]", "undefined"],
        ["bytes", "an object of a class"],
        [".self".repeat(64).slice(1, 257), "a value nested over 64 deep"],
      ];
      expect(others.map(({ kept }) => kept)).toEqual(
        places.map(([place, received]) => ({
          code: "PROCESS_INPUT_INVALID",
          message: `the value of a state${place === "" ? "" : `: ${place}`}: expected plain JSON of at most 64 levels, got ${received}`,
        })),
      );
      if (backend !== "inline") {
        // The kernel's own thread leaves it to the router, which has the same words for it.
        expect(last?.acknowledged).toBe("IPC_INPUT_INVALID");
        expect(others.map(({ sent }) => sent)).toEqual(
          places.map(([place, received]) => ({
            code: "IPC_PAYLOAD_INVALID",
            message: `the payload${place === "" ? "" : `'s ${place}`} must be a string, bytes or plain JSON, got ${received}`,
          })),
        );
      }
      await kernel.shutdown();
    });

    it("keeps the order of many messages", async () => {
      const { kernel, router, pid, shutdown } = await start({ do: "collect", count: 500 });
      for (let n = 0; n < 500; n += 1) await router.send(KERNEL, pid, n);
      expect(await ask(kernel, pid)).toEqual(Array.from({ length: 500 }, (_, n) => n));
      await shutdown();
    });

    it("gives an agent sending, topics and tools, with the codes of what fails", async () => {
      const kernel = await harness({ tools, ...given });
      const echo = await kernel.process.spawn(module("scripted"), { backend, input: { do: "echo" } });
      const probe = await kernel.process.spawn(module("scripted"), {
        backend,
        input: { do: "probe", to: echo.pid as number },
      });
      expect(await ask(kernel, probe.pid as Pid)).toEqual([
        { what: "send", value: "delivered" },
        { what: "request", value: "question" },
        { what: "send to nobody", code: "IPC_TARGET_NOT_FOUND" },
        { what: "subscribe", value: null },
        { what: "publish", value: { delivered: 0, refused: 0 } },
        { what: "tools", value: [{ name: "sum", description: "adds", inputSchema: {}, action: "tool.sum" }] },
        { what: "call", value: { by: String(probe.pid), sum: 3 } },
        { what: "call unknown", code: "TOOL_NOT_FOUND" },
      ]);
      expect([...(kernel.router.topics.get("news.local") ?? [])]).toEqual([probe.pid]);
      expect((await probe.exited).kind).toBe("normal");
      await kernel.shutdown();
    });

    it("lets an agent start a child, with no more rights than it holds, and see its end", async () => {
      const kernel = await harness({ tools, ...given });
      const input = { do: "parent", module: module("scripted").href, child: { do: "crash" } };
      const parent = await kernel.process.spawn(module("scripted"), {
        backend,
        input,
        capabilities: { tools: { allow: ["fs.read", "net.*"] } },
      });
      const told = (await ask(kernel, parent.pid as Pid)) as { readonly pid: number };
      expect(told).toEqual({ name: "child", pid: 2, reason: "crash" });
      const child = kernel.process.find(told.pid as Pid);
      expect(child).toMatchObject({
        parent: parent.pid,
        capabilities: { canNetwork: false, tools: { allow: ["fs.read"] } },
      });
      await kernel.shutdown();
    });

    it("writes an agent's log lines with who wrote them", async () => {
      const { router, pid, logs, shutdown, handle } = await start({ do: "log" });
      await router.send(KERNEL, pid, "go on");
      await handle.exited;
      const line = logs.find(({ message }) => message === "a line of the agent");
      expect(line).toEqual({
        level: "warn",
        message: "a line of the agent",
        fields: { colour: "red", processId: pid, agent: "scripted" },
      });
      await shutdown();
    });

    it("tells an agent to stop by its signal and the end of its inbox", async () => {
      const { process, handle } = await start({ do: "waitForStop" });
      await process.stop(handle);
      expect(await handle.exited).toEqual({ kind: "normal" });
    });

    it("reports a crash with message and code", async () => {
      const { handle } = await start({ do: "crash" });
      expect(await handle.exited).toEqual({ kind: "crash", error: "the script says so", code: "E_SCRIPT" });
    });

    it("kills an agent that waits for nothing", async () => {
      const { process, handle } = await start({ do: "hang" });
      await process.kill(handle);
      expect(await handle.exited).toEqual({ kind: "killed" });
    });

    it("answers a ping of a live agent", async () => {
      const { router, pid, shutdown } = await start({ do: "echo" });
      expect((await router.ping(pid)).payload).toBe("pong");
      await shutdown();
    });

    it("hands a suspended agent nothing until it is resumed", async () => {
      const { kernel, process, router, pid, platform, shutdown } = await start({ do: "collect", count: 10 });
      await router.send(KERNEL, pid, "before");
      expect(await ask(kernel, pid)).toEqual(["before"]);
      await process.suspend(pid);
      await router.send(KERNEL, pid, "while");
      let answered = false;
      const answer = ask(kernel, pid).then((payload) => {
        answered = true;
        return payload;
      });
      for (let turn = 0; turn < 20; turn += 1) await platform.clock.settle();
      expect(answered).toBe(false);
      await process.resume(pid);
      expect(await answer).toEqual(["before", "while"]);
      await shutdown();
    });

    it("lets nothing through that the agent's schema refuses", async () => {
      const kernel = await harness(given);
      const { pid } = await kernel.process.spawn(module("typed"), { backend });
      const typed = pid as Pid;
      await kernel.router.send(KERNEL, typed, { n: "no number" });
      await expect(ask(kernel, typed, { n: 1.5 })).rejects.toMatchObject({ code: "IPC_PAYLOAD_INVALID" });
      expect(await ask(kernel, typed, { n: 21 })).toBe(42);
      expect(
        kernel.logs.filter(({ message }) => message === "a message does not fit what the agent accepts"),
      ).toHaveLength(2);
      await kernel.shutdown();
    });

    it.each([
      ["is absent", "absent"],
      ["has no agent", "no-agent"],
      ["throws while it loads", "throws-at-load"],
    ])("refuses to start a module that %s", async (_, name) => {
      const kernel = await harness(given);
      await expect(kernel.process.spawn(module(name), { backend })).rejects.toMatchObject({
        code: "AGENT_LOAD_FAILED",
      });
      expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
      expect(kernel.router.mailboxes.size).toBe(0);
    });

    it("keeps an agent's state through its restart and through a crash of the kernel", async () => {
      const { kernel, process, handle, pid, platform } = await start({ do: "count" });
      expect([await ask(kernel, pid), await ask(kernel, pid)]).toEqual([1, 2]);
      const again = await process.restart(handle);
      expect(await ask(kernel, again.pid as Pid)).toBe(3);
      const next = await start({ do: "count" }, { platform: platform.crash() });
      expect(await ask(next.kernel, next.pid)).toBe(4);
      await kernel.shutdown();
      await next.shutdown();
    });

    it("gives an agent the environment that it was granted, also after a restart", async () => {
      const kernel = await harness(given);
      const handle = await kernel.process.spawn(module("scripted"), {
        backend,
        input: { do: "tell" },
        environment: { MODE: "night" },
      });
      await kernel.process.restart(handle);
      expect(await ask(kernel, handle.pid as Pid)).toEqual({ environment: { MODE: "night" } });
      await kernel.shutdown();
    });

    it("lets an agent spend what its budget holds, and no more", async () => {
      const kernel = await harness(given);
      const { pid } = await kernel.process.spawn(module("scripted"), {
        backend,
        input: { do: "spend" },
        budget: { tokens: 100 },
      });
      expect(await ask(kernel, pid as Pid)).toEqual([
        { tokens: 100 },
        { tokens: 70 },
        { tokens: 20 },
        { tokens: 50 },
        "PROCESS_BUDGET_EXHAUSTED",
        { tokens: 40 },
        { tokens: 50 },
        { tokens: 50 },
      ]);
      await kernel.shutdown();
    });

    it("takes for spent what an agent set aside and did not settle before its end", async () => {
      const kernel = await harness(given);
      const handle = await kernel.process.spawn(module("scripted"), {
        backend,
        input: { do: "holds" },
        budget: { tokens: 100 },
      });
      expect(await ask(kernel, handle.pid as Pid)).toEqual({ tokens: 65 });
      await kernel.process.restart(handle);
      expect(kernel.process.budgets.of(handle)).toMatchObject({ spent: { tokens: 35 }, held: { tokens: 0 } });
      expect(await ask(kernel, handle.pid as Pid)).toEqual({ tokens: 30 });
      await kernel.shutdown();
    });

    it("lets an agent sleep on the kernel's clock, shown as waiting for a timer", async () => {
      const { kernel, process, pid, platform, handle } = await start({ do: "nap", ms: 5000 });
      const asleep = async (): Promise<void> => {
        for (;;) {
          const activity = process.find(pid)?.activity;
          if (activity?.kind === "waiting") return expect(activity.on).toBe("timer");
          await platform.clock.settle();
        }
      };
      const startedAt = process.find(pid)?.startedAt;
      const answer = ask(kernel, pid);
      await asleep();
      await platform.clock.advance(5000);
      expect(await answer).toEqual({ outcome: "slept", startedAt });
      expect(process.find(pid)?.activity?.kind).not.toBe("waiting");
      expect(await ask(kernel, pid, "given up")).toEqual({ outcome: "Error: no longer", startedAt });
      // Asked to stop, it does not sleep on.
      void ask(kernel, pid).catch(() => undefined);
      await asleep();
      await process.stop(handle);
      expect(await handle.exited).toEqual({ kind: "normal" });
    });

    it.each([-1, 0.5, 86_400_001])("refuses to sleep for %d ms", async (ms) => {
      const { kernel, pid, shutdown } = await start({ do: "nap", ms });
      expect(await ask(kernel, pid)).toMatchObject({ outcome: "PROCESS_INPUT_INVALID" });
      await shutdown();
    });

    it("lets an agent watch and link what it started, and link no stranger", async () => {
      const kernel = await harness(given);
      const stranger = await kernel.process.spawn(module("scripted"), { backend, input: { do: "echo" } });
      kernel.process.monitor(stranger);
      const { pid } = await kernel.process.spawn(module("scripted"), {
        backend,
        trapExit: true,
        input: { do: "guardian", module: module("scripted").href, stranger: stranger.pid as number },
      });
      expect(await ask(kernel, pid as Pid)).toEqual([
        "PROCESS_LINK_NOT_ALLOWED",
        "PROCESS_NOT_FOUND",
        "PROCESS_INPUT_INVALID",
        false,
        true,
        "done",
        ["exit", true, "crash", false],
        ["down", true, "crash", true],
      ]);
      const links = kernel.audit.filter(({ kind }) => kind === "agent.link");
      expect(links.map(({ payload }) => payload.outcome)).toEqual(["failed", "failed", "ok"]);
      await kernel.shutdown();
    });

    it("lets an agent ask for rights of its own, which go by themselves, and gives it none that nobody permits", async () => {
      const { kernel, process, pid, platform, shutdown } = await start({ do: "raise", rights: { canNetwork: true } });
      const now = platform.clock.now();
      expect(await ask(kernel, pid, 1000)).toEqual({ canNetwork: true, until: now + 1000 });
      expect(process.find(pid)?.capabilities.canNetwork).toBe(true);
      await platform.clock.advance(1000);
      expect(process.find(pid)?.capabilities.canNetwork).toBe(false);
      expect(await ask(kernel, pid, 0)).toEqual({ code: "PROCESS_INPUT_INVALID" });
      const refusal = { verdict: "deny", by: "rule", reason: "no", rules: [], policy: "", suspend: false } as const;
      kernel.decide = () => refusal;
      expect(await ask(kernel, pid, 1000)).toEqual({ code: "GOVERNANCE_DENIED" });
      expect(process.find(pid)?.capabilities.canNetwork).toBe(false);
      const told = kernel.audit.find(({ kind, payload }) => kind === "agent.elevate" && payload.outcome === "ok");
      expect(told).toBeDefined();
      expect(kernel.audit.some(({ kind }) => kind === "agent.narrow")).toBe(true);
      await shutdown();
    });

    it("lets an agent supervise, and add to it as long as it may start agents", { timeout: 60_000 }, async () => {
      const { kernel, process, pid, platform, shutdown } = await start({
        do: "chief",
        module: module("scripted").href,
      });
      const [b, before, name, after] = (await ask(kernel, pid)) as readonly unknown[];
      expect([b, name]).toEqual(["normal", "scripted"]);
      const a = ["a", "running", 0];
      const pool = ["pool#1", "running", 0];
      expect(before).toEqual([a, ["b", "ended", 0], pool]);
      expect(after).toHaveLength(3);
      const tree = process.list().find((info) => info.name === "tree");
      expect(tree).toMatchObject({ parent: pid, backend: "supervisor" });
      const added = kernel.audit.filter(({ kind, actor }) => kind === "agent.spawn" && actor.pid === pid);
      expect(added.map(({ payload }) => payload.subject)).toEqual(new Array(5).fill(`process:${pid}`));
      await process.revoke(pid, { canSpawn: false });
      expect(await ask(kernel, pid)).toMatchObject({ 2: "CAPABILITY_DENIED" });
      await process.stop(pid);
      // All below it ends with it.
      while (process.list().some((info) => info.pid !== 0 && info.state !== "exited")) await platform.clock.settle();
      await shutdown();
    });

    it("feels a right that is revoked, or granted, at its next call", async () => {
      const { kernel, process, pid, shutdown } = await start({ do: "spawner", module: module("scripted").href });
      expect(await ask(kernel, pid)).toBe("started");
      await process.revoke(pid, { canSpawn: false });
      expect(await ask(kernel, pid)).toBe("CAPABILITY_DENIED");
      await process.grant(pid, { canSpawn: true });
      expect(await ask(kernel, pid)).toBe("started");
      await shutdown();
    });

    it("gives its next start the messages that waited, and not the one that it fell over", async () => {
      const kernel = await harness(given);
      const handle = await kernel.process.spawn(module("contract-crashes-on"), {
        backend,
        restart: { type: "transient" },
      });
      const restarted = new Promise<void>((resolve) => kernel.process.events.on("process:restarted", () => resolve()));
      const ended = new Promise<void>((resolve) => kernel.process.events.on("process:exited", () => resolve()));
      const { pid } = handle;
      await kernel.router.send(KERNEL, pid as Pid, "crash");
      const answers = Promise.all(Array.from({ length: 100 }, (_, index) => ask(kernel, pid as Pid, String(index))));
      await ended;
      await kernel.platform.clock.advance(100);
      await restarted;
      expect(await answers).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
      expect(kernel.process.find(handle.pid)?.restarts).toBe(1);
      await kernel.shutdown();
    });

    it("restarts a killed agent under a new PID", async () => {
      const kernel = await harness(given);
      const handle = await kernel.process.spawn(module("scripted"), {
        backend,
        input: { do: "echo" },
        restart: { type: "transient" },
      });
      await kernel.process.kill(handle);
      const restarted = new Promise<void>((resolve) => kernel.process.events.on("process:restarted", () => resolve()));
      await kernel.platform.clock.advance(100);
      await restarted;
      expect(handle.pid).toBe(2);
      expect(await ask(kernel, handle.pid as Pid, "again")).toBe("again");
      await kernel.shutdown();
    });
  });
}
