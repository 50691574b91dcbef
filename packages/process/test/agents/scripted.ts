/** One agent for all backends: its input says what it does. */
import {
  type AgentContext,
  defineAgent,
  isWeftError,
  type JsonObject,
  type JsonValue,
  type Message,
  type Payload,
  type Pid,
} from "@weftos/interface";

const circle: { self?: unknown } = {};
circle.self = circle;

const unfit: readonly unknown[] = [
  { deep: { absent: undefined, there: 1 } },
  { deep: { n: Number.NaN } },
  [Number.POSITIVE_INFINITY],
  { at: new Date(0) },
  new Map(),
  { run() {} },
  { n: 1n },
  { s: Symbol("s") },
  [1, undefined],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried.
  [1, , 3],
  { bytes: new Uint8Array([1]) },
  circle,
];

const behaviours: Record<string, (agent: AgentContext, input: JsonObject) => Promise<void>> = {
  async echo(agent) {
    for await (const message of agent.inbox) {
      if (message.deadline !== undefined) await agent.reply(message, message.payload);
    }
  },
  async introduce(agent) {
    const message = await agent.inbox.receive();
    const { pid, name, parent, input } = agent;
    if (message !== undefined)
      await agent.reply(message, { pid: pid as number, name, parent: parent as number, input });
  },
  async crash() {
    throw Object.assign(new Error("the script says so"), { code: "E_SCRIPT" });
  },
  async finish() {},
  /** Keeps and sends what JSON has no word for, and tells of each what became of it. */
  async unfit(agent, { to }) {
    const message = await agent.inbox.receive();
    const told: JsonObject[] = [];
    for (const value of unfit) {
      const given = value as JsonObject;
      const problem = (error: unknown): JsonValue =>
        isWeftError(error) ? { code: error.code, message: error.message } : { bare: String(error) };
      const sent = await agent.request(to as unknown as Pid<Payload>, given).then(({ payload }) => payload, problem);
      const kept = await agent.state.set("k", given).then(async () => (await agent.state.get("k")) ?? null, problem);
      const called = await agent.tools.call("sum", given).then(() => "called", problem);
      told.push({ sent: sent as JsonValue, kept, called });
    }
    const acknowledged = await agent.acknowledge({} as Message).then(
      () => "acknowledged",
      (error: unknown) => (isWeftError(error) ? error.code : "bare"),
    );
    told.push({ acknowledged, frozen: Object.isFrozen(agent.environment) });
    if (message !== undefined) await agent.reply(message, told);
  },
  async collect(agent, { count }) {
    const seen: Payload[] = [];
    for await (const message of agent.inbox) {
      if (message.deadline === undefined) seen.push(message.payload);
      else await agent.reply(message, seen.slice(0, Number(count)) as never);
    }
  },
  async probe(agent, { to }) {
    const outcome: JsonObject[] = [];
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        const value = await work();
        outcome.push({ what, value: JSON.parse(JSON.stringify(value ?? null)) });
      } catch (error) {
        outcome.push({ what, code: isWeftError(error) ? error.code : String(error) });
      }
    };
    const target = Number(to) as Pid<Payload>;
    await attempt("send", async () => (await agent.send(target, { hello: 1 })).status);
    await attempt("request", async () => (await agent.request(target, "question")).payload);
    await attempt("send to nobody", async () => await agent.send(999_999 as Pid<Payload>, "x"));
    await attempt("subscribe", async () => await agent.subscribe("news.local"));
    await attempt("publish", async () => await agent.publish("news.world", "rain"));
    await attempt("tools", async () => await agent.tools.list());
    await attempt("call", async () => await agent.tools.call("sum", [1, 2]));
    await attempt("call unknown", async () => await agent.tools.call("nothing", null));
    const given = await agent.inbox.receive();
    if (given !== undefined) await agent.reply(given, outcome);
    try {
      if (given !== undefined) await agent.reply({ ...given, id: "0".repeat(24), deadline: undefined }, "forged");
    } catch {
      // A reply to what was never asked goes nowhere on any backend.
    }
  },
  async parent(agent, { module, child, backend }) {
    const handle = await agent.spawn(new URL(String(module)), {
      name: "child",
      input: child ?? null,
      backend: typeof backend === "string" ? backend : undefined,
      capabilities: { canNetwork: true, tools: { allow: ["fs.*", "sum"] } },
    });
    const reason = await handle.exited;
    const message = await agent.inbox.receive();
    if (message !== undefined)
      await agent.reply(message, { name: handle.name, pid: handle.pid as number, reason: reason.kind });
  },
  async log(agent) {
    agent.log.warn("a line of the agent", { colour: "red" });
    await agent.inbox.receive();
  },
  async waitForStop(agent) {
    let ended = false;
    const inbox = (async () => {
      for await (const _ of agent.inbox);
      ended = true;
    })();
    await new Promise<void>((resolve) => agent.signal.addEventListener("abort", () => resolve(), { once: true }));
    await inbox;
    if (!ended || !isWeftError(agent.signal.reason, "PROCESS_STOPPED")) throw new Error("the stop was not told");
  },
  async count(agent) {
    for await (const message of agent.inbox) {
      const count = Number((await agent.state.get("count")) ?? 0) + 1;
      await agent.state.set("count", count);
      await agent.reply(message, count);
    }
  },
  async tell(agent) {
    const message = await agent.inbox.receive();
    if (message !== undefined) await agent.reply(message, { environment: { ...agent.environment } });
  },
  async spawner(agent, { module }) {
    for await (const message of agent.inbox) {
      const outcome = await agent.spawn(new URL(String(module)), { name: "child", input: { do: "finish" } }).then(
        () => "started",
        (error: unknown) => (isWeftError(error) ? error.code : String(error)),
      );
      await agent.reply(message, outcome);
    }
  },
  async spend(agent) {
    const message = await agent.inbox.receive();
    if (message === undefined) return;
    const seen: JsonValue[] = [];
    const look = async (): Promise<void> => void seen.push({ ...(await agent.budget.remaining()) } as JsonObject);
    await look();
    await agent.budget.spend({ tokens: 30 });
    await look();
    const settled = await agent.budget.reserve({ tokens: 50 });
    await look();
    await settled.settle({ tokens: 20 });
    await look();
    await agent.budget.spend({ tokens: 60 }).catch((error: unknown) => {
      seen.push(isWeftError(error) ? error.code : String(error));
    });
    const released = await agent.budget.reserve({ tokens: 10 });
    await look();
    await released.release();
    await look();
    await settled.settle().catch(() => undefined);
    await look();
    await agent.reply(message, seen);
  },
  async holds(agent) {
    const message = await agent.inbox.receive();
    if (message === undefined) return;
    const settled = await agent.budget.reserve({ tokens: 20 });
    await settled.settle({ tokens: 5 });
    await agent.budget.reserve({ tokens: 30 });
    await agent.reply(message, { ...(await agent.budget.remaining()) } as JsonObject);
    await agent.inbox.receive();
  },
  async crashOn(agent) {
    await agent.inbox.receive();
    throw new Error("as it was told");
  },
  async nap(agent, { ms }) {
    for await (const message of agent.inbox) {
      const abort = new AbortController();
      if (message.payload === "given up") queueMicrotask(() => abort.abort(new Error("no longer")));
      const outcome = await agent.sleep(Number(ms), { signal: abort.signal }).then(
        () => "slept",
        (error: unknown) => {
          // Asked to stop: a normal end.
          if (agent.signal.aborted) throw error;
          return isWeftError(error) ? error.code : String(error);
        },
      );
      await agent.reply(message, { outcome, startedAt: agent.startedAt });
    }
  },
  async guardian(agent, { module, stranger }) {
    const child = await agent.spawn(new URL(String(module)), { name: "child", input: { do: "crashOn" } });
    const codeOf = async (work: Promise<unknown>): Promise<JsonValue> =>
      await work.then(
        () => "done",
        (error: unknown) => (isWeftError(error) ? error.code : String(error)),
      );
    const seen: JsonValue[] = [
      await codeOf(agent.link(Number(stranger) as Pid<Payload>)),
      await codeOf(agent.link(999_999 as Pid<Payload>)),
      await codeOf(agent.demonitor("moon" as never)),
      await agent.demonitor("mon-1"),
    ];
    const ref = await agent.monitor(child);
    const dropped = await agent.monitor(child);
    seen.push(await agent.demonitor(dropped), await codeOf(agent.link(child)));
    await agent.send(child as never, "crash");
    for (const signal of ["exit", "down"]) {
      const notice = await agent.inbox.receive({
        where: ({ kind, payload }) => kind === "signal" && (payload as JsonObject).signal === signal,
      });
      const { pid, reason, ref: told } = (notice?.payload ?? {}) as JsonObject;
      const { kind } = (reason ?? {}) as JsonObject;
      seen.push([signal, pid === (child.pid as number), kind ?? null, told === ref]);
    }
    const message = await agent.inbox.receive();
    if (message !== undefined) await agent.reply(message, seen);
  },
  async chief(agent, { module }) {
    const url = new URL(String(module));
    const tree = await agent.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [{ id: "a", agent: url, input: { do: "crashOn" } }],
    });
    const rows = async (): Promise<JsonValue> =>
      (await tree.children()).map(({ id, state, restarts }) => [id, state, restarts]);
    const ended = await tree.add({ id: "b", agent: url, input: { do: "finish" }, restart: { type: "temporary" } });
    const seen: JsonValue[] = [(await ended.exited).kind];
    await tree.add({ id: "pool", agent: url, input: { do: "crashOn" }, replicas: 2 });
    await tree.scale("pool", 1);
    seen.push(await rows());
    await tree.remove("b");
    for await (const message of agent.inbox) {
      const outcome = await tree.add({ id: `c${message.id}`, agent: url, input: { do: "finish" } }).then(
        ({ name }) => name,
        (error: unknown) => (isWeftError(error) ? error.code : String(error)),
      );
      await agent.reply(message, [...seen, outcome, await rows()]);
    }
  },
  async raise(agent, { rights }) {
    for await (const message of agent.inbox) {
      const outcome = await agent
        .elevate(rights as never, { forMs: Number(message.payload), reason: "to call home" })
        .then(
          ({ capabilities: { canNetwork }, until }) => ({ canNetwork, until }),
          (error: unknown) => ({ code: isWeftError(error) ? error.code : String(error) }),
        );
      await agent.reply(message, outcome);
    }
  },
  async hang() {
    await new Promise<void>(() => undefined);
  },
  async closure(agent) {
    await agent.spawn(defineAgent({ name: "closure", async run() {} }));
  },
};

const scripted = defineAgent({
  name: "scripted",
  async run(agent) {
    const input = agent.input as JsonObject;
    await behaviours[String(input.do)]?.(agent, input);
  },
});

export default scripted;
