/** The supervisor against a model of Erlang/OTP's one-for-one supervisor with restart intensity. */
import { type AgentHandle, defineAgent, type Pid, type RestartPolicy } from "@weftos/interface";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

const POLICY = { maxRestarts: 2, withinMs: 1000, backoffMs: 100, maxBackoffMs: 100 };

interface ModelAgent {
  readonly type: RestartPolicy["type"];
  state: "live" | "waiting" | "ended";
  restarts: number;
  abandoned: boolean;
  times: number[];
}

interface Model {
  now: number;
  readonly agents: ModelAgent[];
}

class Real {
  readonly handles: AgentHandle[] = [];
  readonly kernel: Harness;
  readonly #runs = new Map<Pid, { readonly finish: () => void; readonly crash: () => void }>();

  constructor(kernel: Harness) {
    this.kernel = kernel;
  }

  async spawn(type: RestartPolicy["type"]): Promise<void> {
    const agent = defineAgent({
      name: "modelled",
      run: (context) =>
        new Promise<void>((resolve, reject) => {
          this.#runs.set(context.pid as Pid, { finish: resolve, crash: () => reject(new Error("crash")) });
          context.signal.addEventListener("abort", () => resolve());
        }),
    });
    const handle = await this.kernel.process.spawn(agent, { restart: { type, ...POLICY } });
    this.handles.push(handle as AgentHandle);
  }

  end(index: number, how: "finish" | "crash"): void {
    this.#runs.get(this.handles[index]!.pid)?.[how]();
  }
}

function exit(model: Model, agent: ModelAgent, normal: boolean): void {
  if (agent.type === "temporary" || (agent.type === "transient" && normal)) {
    agent.state = "ended";
    return;
  }
  agent.times = agent.times.filter((time) => model.now - time < POLICY.withinMs);
  if (agent.times.length >= POLICY.maxRestarts) {
    agent.state = "ended";
    agent.abandoned = true;
    return;
  }
  agent.times.push(model.now);
  agent.state = "waiting";
}

function restarted(agent: ModelAgent): void {
  agent.state = "live";
  agent.restarts += 1;
}

type Command = fc.AsyncCommand<Model, Real>;

async function compare(model: Model, real: Real): Promise<void> {
  await real.kernel.platform.clock.settle();
  for (const [index, agent] of model.agents.entries()) {
    const info = real.kernel.process.find(real.handles[index]!);
    expect(info?.state === "running").toBe(agent.state === "live");
    if (agent.state === "live") expect(info?.restarts).toBe(agent.restarts);
  }
  const live = real.kernel.process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited");
  expect(live).toHaveLength(model.agents.filter(({ state }) => state === "live").length);
  const abandoned = real.kernel.audit.filter(({ kind }) => kind === "agent.abandon");
  expect(abandoned).toHaveLength(model.agents.filter((agent) => agent.abandoned).length);
  // The mailbox of one that waits is kept for its next start.
  const waiting = model.agents.filter(({ state }) => state === "waiting");
  expect(real.kernel.router.mailboxes.size).toBe(live.length + waiting.length);
}

/** Makes a command on one agent in one of some states. */
function onAgent(
  name: string,
  states: readonly ModelAgent["state"][],
  act: (model: Model, agent: ModelAgent, real: Real, index: number) => Promise<void>,
): (pick: number) => Command {
  return (pick) => {
    const chosen = (model: Readonly<Model>): number[] =>
      model.agents.flatMap(({ state }, index) => (states.includes(state) ? [index] : []));
    return {
      check: (model) => chosen(model).length > 0,
      async run(model, real) {
        const candidates = chosen(model);
        const index = candidates[pick % candidates.length]!;
        await act(model, model.agents[index]!, real, index);
        await compare(model, real);
      },
      toString: () => `${name}(${pick})`,
    };
  };
}

const spawn = (type: RestartPolicy["type"]): Command => ({
  check: (model) => model.agents.length < 3,
  async run(model, real) {
    await real.spawn(type);
    model.agents.push({ type, state: "live", restarts: 0, abandoned: false, times: [] });
    await compare(model, real);
  },
  toString: () => `spawn(${type})`,
});

const advance = (ms: number): Command => ({
  check: () => true,
  async run(model, real) {
    await real.kernel.platform.clock.advance(ms);
    model.now += ms;
    for (const agent of model.agents) if (agent.state === "waiting") restarted(agent);
    await compare(model, real);
  },
  toString: () => `advance(${ms})`,
});

const finish = onAgent("finish", ["live"], async (model, agent, real, index) => {
  real.end(index, "finish");
  exit(model, agent, true);
});
const crash = onAgent("crash", ["live"], async (model, agent, real, index) => {
  real.end(index, "crash");
  exit(model, agent, false);
});
const kill = onAgent("kill", ["live"], async (model, agent, real, index) => {
  await real.kernel.process.kill(real.handles[index]!);
  exit(model, agent, false);
});
const stop = onAgent("stop", ["live", "waiting"], async (_, agent, real, index) => {
  await real.kernel.process.stop(real.handles[index]!);
  agent.state = "ended";
  expect((await real.handles[index]!.exited).kind).toBeDefined();
});
const restart = onAgent("restart", ["live", "waiting"], async (_, agent, real, index) => {
  const before = real.handles[index]!.pid;
  const handle = await real.kernel.process.restart(real.handles[index]!);
  expect(handle.pid).toBeGreaterThan(before);
  restarted(agent);
});
const restartEnded = onAgent("restart ended", ["ended"], async (_, __, real, index) => {
  await expect(real.kernel.process.restart(real.handles[index]!)).rejects.toMatchObject({ code: "PROCESS_STATE" });
});

it("does what the model of a one-for-one supervisor does", async () => {
  const pick = fc.nat({ max: 5 });
  const commands = fc.commands(
    [
      fc.constantFrom("permanent", "transient", "temporary").map((type) => spawn(type as RestartPolicy["type"])),
      fc.constantFrom(100, 100, 100, 400, 1200).map(advance),
      pick.map(finish),
      pick.map(crash),
      pick.map(kill),
      pick.map(stop),
      pick.map(restart),
      pick.map(restartEnded),
    ],
    { maxCommands: 60, size: "max" },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (given) => {
      const kernel = await harness();
      await fc.asyncModelRun(() => ({ model: { now: 0, agents: [] }, real: new Real(kernel) }), given);
      await kernel.shutdown();
      expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
      expect(kernel.platform.clock.waiting).toBe(0);
    }),
    { numRuns: 100 },
  );
});
