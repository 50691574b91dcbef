/**
 * Trees of supervisors under commands that meet at any point of each other: what holds in Erlang/OTP whatever comes first. Nobody lives
 * below who has ended; a supervisor knows all its children, and has none twice; no PID starts or ends twice; each call is answered;
 * budgets are conserved; and nothing is left when all have ended.
 */
import {
  type AgentHandle,
  defineAgent,
  isWeftError,
  type Pid,
  type SupervisionStrategy,
  type SupervisorSpec,
} from "@weftos/interface";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

const STOP_MS = 5000;

const policy = fc.record({
  type: fc.constantFrom("permanent" as const, "permanent" as const, "transient" as const, "temporary" as const),
  maxRestarts: fc.integer({ min: 1, max: 3 }),
  withinMs: fc.constantFrom(200, 2000),
  backoffMs: fc.constantFrom(1, 50),
});
const leaf = fc.record({
  restart: policy,
  shutdownMs: fc.constantFrom(0, 10, undefined),
  tokens: fc.constantFrom(undefined, undefined, 5),
  /** How it takes a stop, and which of its starts fails. */
  stop: fc.constantFrom("ends", "ends", "fails", "slow", "deaf"),
  failsAt: fc.constantFrom(0, 0, 0, 2, 3),
});
type Leaf = typeof leaf extends fc.Arbitrary<infer T> ? T : never;
interface Tree {
  readonly strategy: SupervisionStrategy;
  readonly restart: Leaf["restart"];
  readonly children: readonly (Leaf | Tree)[];
}
const strategy = fc.constantFrom<SupervisionStrategy[]>("one-for-one", "one-for-all", "rest-for-one", "dynamic");
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    strategy,
    restart: policy,
    children: fc.array(fc.oneof({ maxDepth: 2 }, leaf, leaf, tie("tree")), { minLength: 1, maxLength: 4 }),
  }),
}));

const verbs = ["crash", "finish", "kill", "stop", "restart", "suspend", "resume", "add", "remove", "link"] as const;
const step = fc.record({
  verb: fc.constantFrom("crash" as const, "crash" as const, "restart" as const, ...verbs),
  pick: fc.nat(50),
  other: fc.nat(50),
  leaf,
  /** Turns, or milliseconds, until the next. */
  wait: fc.oneof(fc.nat(12), fc.constantFrom("1 ms", "10 ms", "100 ms")),
});

class World {
  readonly #code = new Map<Pid, { readonly crash: () => void; readonly finish: () => void }>();
  readonly kernel: Harness;
  /** Calls that are not answered. */
  readonly open: string[] = [];
  readonly wrong: unknown[] = [];
  readonly told: string[] = [];
  #names = 0;

  constructor(kernel: Harness) {
    this.kernel = kernel;
    kernel.process.events.on("process:started", ({ pid }) => this.#once(`${pid} starts`));
    kernel.process.events.on("process:exited", ({ pid }) => this.#once(`${pid} ends`));
  }

  get live() {
    return this.kernel.process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited");
  }

  spec({ strategy: how, children }: Tree): SupervisorSpec {
    this.#names += 1;
    const name = `supervisor-${this.#names}`;
    return { name, strategy: how, children: children.map((child) => this.child(child)) };
  }

  child(given: Leaf | Tree) {
    const { restart } = given;
    if ("strategy" in given) return { supervisor: this.spec(given), restart };
    const { shutdownMs, tokens, stop, failsAt } = given;
    const { clock } = this.kernel.platform;
    this.#names += 1;
    let starts = 0;
    const agent = defineAgent({
      name: `agent-${this.#names}`,
      run: ({ pid, signal }) =>
        new Promise<void>((finish, reject) => {
          const crash = (): void => reject(new Error("planned"));
          starts += 1;
          if (starts === failsAt) crash();
          this.#code.set(pid as Pid, { crash, finish });
          const asked = {
            ends: finish,
            fails: crash,
            slow: () => void clock.schedule(20, finish),
            deaf: () => undefined,
          };
          signal.addEventListener("abort", () => asked[stop](), { once: true });
        }),
    });
    return { agent, restart, shutdownMs, ...(tokens === undefined ? {} : { budget: { tokens } }) };
  }

  do({ verb, pick, other, leaf: added }: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    const { process } = this.kernel;
    const all = process.list().slice(1);
    const { live } = this;
    const target = live[pick % live.length];
    if (target === undefined) return;
    const any = all[pick % all.length] ?? target;
    if (verb === "crash" || verb === "finish") this.#code.get(target.pid)?.[verb]();
    else if (verb === "link")
      this.answered(verb, async () => process.link(target, live[other % live.length] ?? target));
    else if (verb === "add" || verb === "remove") {
      const supervisors = live.flatMap(({ pid }) => process.supervisor(pid) ?? []);
      const supervisor = supervisors[pick % supervisors.length];
      const ids = supervisor?.children().map(({ id }) => id) ?? [];
      if (supervisor === undefined) return;
      if (verb === "add") this.answered(verb, () => supervisor.add(this.child(added) as never));
      else this.answered(verb, () => supervisor.remove(ids[other % ids.length] ?? "none"));
    } else this.answered(verb, () => process[verb](any));
  }

  answered(what: string, call: () => Promise<unknown>): void {
    const isExpected = (error: unknown): boolean => isWeftError(error) || /planned/.test(String(error));
    this.open.push(what);
    call()
      .catch((error: unknown) => void (isExpected(error) || this.wrong.push(error)))
      .finally(() => this.open.splice(this.open.indexOf(what), 1));
  }

  /** What holds at every moment between two turns of the program. */
  check(): void {
    const { live } = this;
    const pids = new Set<unknown>([0, ...live.map(({ pid }) => pid)]);
    // Who is asked to end with its parent may take its time.
    expect(live.filter(({ parent, state }) => !pids.has(parent) && state !== "stopping")).toEqual([]);
    const accounts = this.kernel.process.budgets.list();
    for (const { id, grant, lent = {} } of accounts) {
      const below = accounts.filter(({ parent }) => parent === id && id !== 0);
      expect(below.reduce((sum, child) => sum + (child.grant.tokens ?? 0), 0)).toBe(
        grant.tokens === undefined ? 0 : (lent.tokens ?? 0),
      );
    }
    expect(this.wrong).toEqual([]);
  }

  /** What holds when nothing happens any more. */
  checkAtRest(): void {
    this.check();
    expect(this.open).toEqual([]);
    const { live } = this;
    for (const { pid, name } of live) {
      const rows = this.kernel.process.supervisor(pid)?.children();
      if (rows === undefined) continue;
      const known = rows.flatMap((row) => (row.state === "running" ? [row.pid] : []));
      expect([name, ...known]).toEqual([name, ...new Set(known)]);
      const below = live.flatMap(({ parent, pid: child }) => (parent === pid ? [child] : []));
      expect([name, ...below]).toEqual([name, ...known.sort((one, other) => (one ?? 0) - (other ?? 0))]);
      expect(rows.filter(({ state }) => state !== "running" && state !== "ended")).toEqual([]);
    }
    expect(this.kernel.router.mailboxes.size).toBe(live.length);
  }

  #once(what: string): void {
    if (this.told.includes(what)) this.wrong.push(`${what} twice`);
    this.told.push(what);
  }
}

it("keeps what holds of any tree, whatever happens at the same time", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, fc.array(step, { minLength: 5, maxLength: 40 }), async (one, other, steps) => {
      const world = new World(await harness());
      const { process, platform } = world.kernel;
      const { clock } = platform;
      for (const given of [one, other]) world.answered("supervise", () => process.supervise(world.spec(given)));
      for (const given of steps) {
        world.do(given);
        if (typeof given.wait === "string") await clock.advance(Number.parseInt(given.wait, 10));
        else for (let turn = 0; turn < given.wait; turn += 1) await Promise.resolve();
        if (typeof given.wait === "string") world.check();
      }
      // Each that is deaf delays the next.
      await clock.advance(60 * STOP_MS);
      world.checkAtRest();
      const over = world.live.map(({ pid }) => (process.handle(pid) as AgentHandle).exited);
      const down = world.kernel.shutdown();
      await clock.advance(4 * STOP_MS);
      await Promise.all([down, ...over]);
      expect([world.live, world.wrong, world.kernel.router.mailboxes.size, clock.waiting]).toEqual([[], [], 0, 0]);
      expect(world.told.length % 2).toBe(0);
      expect(process.budgets.list()).toHaveLength(1);
    }),
    { numRuns: 60 },
  );
});
