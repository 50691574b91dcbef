/** Supervisors against a model of Erlang/OTP's: strategies, restart types, intensity, escalation. */
import { defineAgent, type RestartPolicy, type SupervisionStrategy, type SupervisorHandle } from "@weftos/interface";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

const POLICY = { withinMs: 1000, backoffMs: 100, maxBackoffMs: 100 };
const STEP_MS = 100;

/** What differs from child to child. */
type Chosen = Pick<Required<RestartPolicy>, "type" | "maxRestarts">;

interface ModelChild extends Chosen {
  readonly id: string;
  state: "running" | "ended" | "forgotten";
  restarts: number;
  times: number[];
}

interface Model {
  now: number;
  readonly strategy: SupervisionStrategy;
  children: ModelChild[];
  alive: boolean;
}

class Real {
  readonly kernel: Harness;
  readonly supervisor: SupervisorHandle;
  readonly ends: Map<string, { readonly crash: () => void; readonly finish: () => void }>;

  constructor(kernel: Harness, supervisor: SupervisorHandle, ends: Real["ends"]) {
    this.kernel = kernel;
    this.supervisor = supervisor;
    this.ends = ends;
  }

  static async start(strategy: SupervisionStrategy, chosen: readonly Chosen[]): Promise<Real> {
    const kernel = await harness();
    const ends: Real["ends"] = new Map();
    const children = chosen.map((one, index) => {
      const id = `child-${index}`;
      const agent = defineAgent({
        name: id,
        run: ({ signal }) =>
          new Promise<void>((resolve, reject) => {
            ends.set(id, { crash: () => reject(new Error("planned")), finish: resolve });
            signal.addEventListener("abort", () => resolve());
          }),
      });
      return { agent, restart: { ...one, ...POLICY } };
    });
    return new Real(kernel, await kernel.process.supervise({ name: "modelled", strategy, children }), ends);
  }
}

function giveUp(model: Model): void {
  model.alive = false;
  for (const child of model.children) if (child.state === "running") child.state = "ended";
}

/** What becomes of the group when a child ends and nobody asked it to. */
function ended(model: Model, child: ModelChild, normal: boolean): void {
  if (child.type === "temporary" || (child.type === "transient" && normal)) {
    child.state = model.strategy === "dynamic" ? "forgotten" : "ended";
    return;
  }
  child.times = child.times.filter((time) => model.now - time < POLICY.withinMs);
  if (child.times.length >= child.maxRestarts) {
    child.state = "ended";
    giveUp(model);
    return;
  }
  child.times.push(model.now);
  child.restarts += 1;
  const at = model.children.indexOf(child);
  const first = model.strategy === "one-for-all" ? 0 : at + 1;
  if (model.strategy !== "one-for-all" && model.strategy !== "rest-for-one") return;
  for (const sibling of model.children.slice(first)) {
    if (sibling === child || sibling.state !== "running") continue;
    if (sibling.type === "temporary") sibling.state = "ended";
    else sibling.restarts += 1;
  }
}

type Command = fc.AsyncCommand<Model, Real>;

async function compare(model: Model, real: Real): Promise<void> {
  await real.kernel.platform.clock.advance(STEP_MS);
  model.now += STEP_MS;
  const live = real.kernel.process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited");
  if (!model.alive) {
    expect(live).toEqual([]);
    expect((await real.supervisor.exited).kind).toBe("crash");
    return;
  }
  const expected = model.children.filter(({ state }) => state !== "forgotten");
  expect(real.supervisor.children().map(({ id, state, restarts }) => [id, state, restarts])).toEqual(
    expected.map(({ id, state, restarts }) => [id, state, restarts]),
  );
  expect(live).toHaveLength(1 + expected.filter(({ state }) => state === "running").length);
  expect(real.kernel.router.mailboxes.size).toBe(live.length);
}

function onChild(
  name: string,
  act: (model: Model, child: ModelChild, real: Real) => Promise<void> | void,
): (pick: number) => Command {
  return (pick) => {
    const running = (model: Readonly<Model>): readonly ModelChild[] =>
      model.alive ? model.children.filter(({ state }) => state === "running") : [];
    return {
      check: (model) => running(model).length > 0,
      async run(model, real) {
        const candidates = running(model);
        await act(model, candidates[pick % candidates.length]!, real);
        await compare(model, real);
      },
      toString: () => `${name}(${pick})`,
    };
  };
}

const crash = onChild("crash", (model, child, real) => {
  real.ends.get(child.id)?.crash();
  ended(model, child, false);
});
const finish = onChild("finish", (model, child, real) => {
  real.ends.get(child.id)?.finish();
  ended(model, child, true);
});
const kill = onChild("kill", async (model, child, real) => {
  await real.kernel.process.kill(real.supervisor.child(child.id)!);
  ended(model, child, false);
});
const stop = onChild("stop", async (model, child, real) => {
  await real.kernel.process.stop(real.supervisor.child(child.id)!);
  child.state = model.strategy === "dynamic" ? "forgotten" : "ended";
});
const restart = onChild("restart", async (_, child, real) => {
  await real.kernel.process.restart(real.supervisor.child(child.id)!);
  child.restarts += 1;
});
const advance = (ms: number): Command => ({
  check: ({ alive }) => alive,
  async run(model, real) {
    await real.kernel.platform.clock.advance(ms);
    model.now += ms;
    await compare(model, real);
  },
  toString: () => `advance(${ms})`,
});

it("does what the model of a supervisor does, under each strategy", { timeout: 60_000 }, async () => {
  const pick = fc.nat({ max: 5 });
  const one = fc.record({
    type: fc.constantFrom<RestartPolicy["type"][]>("permanent", "permanent", "transient", "temporary"),
    maxRestarts: fc.integer({ min: 0, max: 3 }),
  });
  const commands = fc.commands(
    [
      pick.map(crash),
      pick.map(crash),
      pick.map(finish),
      pick.map(kill),
      pick.map(stop),
      pick.map(restart),
      fc.constantFrom(300, 1200).map(advance),
    ],
    { maxCommands: 30, size: "max" },
  );
  const strategy = fc.constantFrom<SupervisionStrategy[]>("one-for-one", "one-for-all", "rest-for-one", "dynamic");
  await fc.assert(
    fc.asyncProperty(
      strategy,
      fc.array(one, { minLength: 1, maxLength: 4 }),
      commands,
      async (chosen, policies, given) => {
        const real = await Real.start(chosen, policies);
        const children = policies.map(
          (policy, index): ModelChild => ({
            id: `child-${index}`,
            ...policy,
            state: "running",
            restarts: 0,
            times: [],
          }),
        );
        await fc.asyncModelRun(() => ({ model: { now: 0, strategy: chosen, children, alive: true }, real }), given);
        await real.kernel.shutdown();
        expect(real.kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
        expect(real.kernel.router.mailboxes.size).toBe(0);
        expect(real.kernel.platform.clock.waiting).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});
