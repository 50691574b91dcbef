import { defineAgent, type JsonValue, type MethodCaller, type Pid, type SpawnBackend } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import type { ProcessEvents } from "../../../src/index.ts";
import { LoopbackBackend } from "../../contract/loopback-backend.ts";
import { type Harness, harness } from "../../harness.ts";
import { heldLog } from "../../held-log.ts";

const waits = new URL("../../agents/lasting.ts", import.meta.url);
const idle = defineAgent({
  name: "closure",
  async run(agent) {
    await agent.inbox.receive();
  },
});

/** A supervisor that takes more, with the child `a`. */
const dynamicTree = ({ process }: Harness) =>
  process.supervise({ name: "tree", strategy: "dynamic", children: [{ id: "a", agent: waits }] });

describe("after a crash of the kernel", () => {
  it("permanent agents with a module are started again as they were, and others are told as lost", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const keeper = await first.process.spawn(waits, {
      name: "keeper",
      restart: { type: "permanent", maxRestarts: 7 },
      capabilities: { canNetwork: true },
      mailboxLimit: 9,
      input: { folder: "docs" },
    });
    await first.process.kill(keeper);
    await platform.clock.advance(100);
    await first.process.spawn(waits, { name: "transient", restart: { type: "transient" } });
    await first.process.spawn(idle, { restart: { type: "permanent" } });
    const stopped = await first.process.spawn(waits, { name: "stopped", restart: { type: "permanent" } });
    await first.process.stop(stopped);
    await platform.clock.settle();
    expect(keeper.pid).toBe(2);

    const lost: ProcessEvents["process:lost"][] = [];
    const second = await harness({
      platform: platform.crash(),
      onBoot: ({ process }) => void process.events.on("process:lost", (event) => lost.push(event)),
    });
    const live = second.process.list().filter(({ pid }) => pid !== 0);
    expect(live).toHaveLength(1);
    expect(live[0]).toMatchObject({ name: "keeper", state: "running", restarts: 2, parent: 0 });
    expect(live[0]?.capabilities.canNetwork).toBe(true);
    expect(live[0]?.pid).toBeGreaterThan(1000);
    expect(second.router.limits.get(live[0]?.pid as Pid)).toBe(9);
    expect(lost).toEqual([
      { pid: 2, name: "keeper", recovering: true },
      { pid: 3, name: "transient", recovering: false },
      { pid: 4, name: "closure", recovering: false },
    ]);
    const records = second.audit.map(({ kind, payload }) => [kind, payload.pid ?? payload.result]);
    expect(records).toEqual([
      ["agent.lost", 2],
      ["agent.lost", 3],
      ["agent.lost", 4],
      ["agent.restart", { oldPid: 2, newPid: live[0]?.pid, count: 2, backoffMs: 0 }],
    ]);
    expect(second.logs.filter(({ level }) => level === "warn")).toHaveLength(4);
    expect(second.logs.find(({ fields }) => "again" in fields)).toMatchObject({
      level: "warn",
      message: expect.stringMatching(/1 run again and 2 are lost$/),
      fields: { again: 1, lost: 2 },
    });
    await second.shutdown();
  });

  it("who was stopped stays so: a stop is over when the next kernel would know of it", async () => {
    const { platform, hold, release } = heldLog(memoryPlatform(), "processes");
    const first = await harness({ platform });
    const agent = await first.process.spawn(waits, { restart: { type: "permanent" } });
    hold();
    let over = false;
    const stopped = first.process.stop(agent).then(() => {
      over = true;
    });
    await agent.exited;
    await platform.clock.settle();
    expect(over).toBe(false);
    release();
    await stopped;
    const second = await harness({ platform: platform.crash() });
    expect(second.process.list()).toHaveLength(1);
    expect(second.audit).toEqual([]);
    await second.shutdown();
  });

  it("agents act for whoever started them, or who is above them, as before", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const spawn = async (name: string, input: object): Promise<Pid> => {
      const caller = {
        subject: { kind: "principal", id: name },
        role: "operator",
        signal: new AbortController().signal,
      };
      const made = await first.methods.get("agent.spawn")?.call(input as JsonValue, caller as MethodCaller);
      return (made as { pid: Pid }).pid;
    };
    const module = new URL("../../agents/scripted.ts", import.meta.url).href;
    const chief = await spawn("ann", { module, input: { do: "chief", module } });
    const keeper = await spawn("ann", { module: waits.href, name: "keeper", restart: { type: "permanent" } });
    const below = await spawn("bob", { module: waits.href, parent: keeper });
    await first.process.spawn(waits, { name: "own", restart: { type: "permanent" } });
    await platform.clock.settle();
    const starters = ({ process }: Harness) =>
      process.list().flatMap(({ name, state, principal }) => (state === "running" ? [[name, principal]] : []));
    await expect.poll(() => starters(first)).toContainEqual(["tree", "ann"]);
    // A supervisor of the agent with its replicas, and what it added, act for ann, too.
    await expect.poll(() => starters(first).filter(([, who]) => who === "ann").length).toBeGreaterThanOrEqual(4);
    expect(starters(first)).toContainEqual(["lasting", "bob"]);
    expect(first.process.find(below)?.parent).toBe(keeper);
    await first.process.stop(chief);
    const again = await first.process.restart(keeper);
    expect(first.process.find(again)).toMatchObject({ restarts: 1, principal: "ann" });
    await platform.clock.settle();

    const second = await harness({ platform: platform.crash() });
    expect(starters(second)).toEqual([
      ["kernel", undefined],
      ["keeper", "ann"],
      ["own", undefined],
    ]);
    const told = second.audit.filter(({ kind, actor }) => kind === "agent.lost" && actor.agent === "keeper");
    expect(told.map(({ actor }) => actor.principal)).toEqual(["ann"]);
    await second.shutdown();
  });

  it("a supervisor comes back with its children, when all of them are modules", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.supervise({
      name: "tree",
      strategy: "one-for-all",
      children: [
        { id: "a", agent: waits, shutdownMs: 70 },
        { supervisor: { name: "inner", strategy: "one-for-one", children: [{ agent: waits, replicas: 2 }] } },
      ],
    });
    await first.process.supervise({ name: "closures", strategy: "one-for-one", children: [{ agent: idle }] });
    await platform.clock.settle();
    const second = await harness({ platform: platform.crash() });
    const live = second.process.list().filter(({ pid, state }) => pid !== 0 && state === "running");
    expect(live.map(({ name }) => name)).toEqual(["tree", "lasting", "inner", "lasting", "lasting"]);
    const [tree] = live;
    expect(tree).toMatchObject({ backend: "supervisor", restarts: 1 });
    expect(
      second.process
        .supervisor(tree!.pid)
        ?.children()
        .map(({ id, state }) => [id, state]),
    ).toEqual([
      ["a", "running"],
      ["inner", "running"],
    ]);
    expect(second.audit.filter(({ kind }) => kind === "agent.lost")).toHaveLength(7);
    await second.shutdown();
  });

  const childrenOf = (kernel: Harness, name: string) => {
    const tree = kernel.process.list().find((info) => info.name === name && info.state === "running");
    return tree === undefined
      ? undefined
      : kernel.process
          .supervisor(tree.pid)
          ?.children()
          .map(({ id }) => id);
  };

  it("children that were added come back under their supervisor, and what was removed or scaled stays so", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const tree = await first.process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [
        { id: "a", agent: waits },
        { id: "b", agent: waits },
        { id: "pool", agent: waits, replicas: 1 },
        { id: "inner", supervisor: { name: "inner", strategy: "dynamic", children: [{ id: "i", agent: waits }] } },
      ],
    });
    const inner = first.process.supervisor(tree.child("inner")!.pid);
    const night = await inner?.add({
      id: "night",
      agent: waits,
      name: "night",
      mailboxLimit: 9,
      budget: { tokens: 9 },
    });
    await inner?.add({ id: "brief", agent: waits, restart: { type: "transient" } });
    await inner?.add({ id: "closure", agent: idle });
    await tree.add({
      supervisor: { name: "late", strategy: "dynamic" },
      restart: { type: "permanent", maxRestarts: 2 },
    });
    await first.process.supervisor(tree.child("late")!.pid)?.add({ id: "later", agent: waits });
    await tree.add({ id: "more", agent: waits, replicas: 2 });
    await tree.scale("more", 3);
    await tree.scale("pool", 2);
    await tree.remove("b");
    await first.process.grant(night!, { canNetwork: true });
    await first.process.revoke(tree.child("a")!, { canSpawn: false });
    await first.process.kill(night!);
    await platform.clock.advance(100);
    await platform.clock.settle();

    const lost: ProcessEvents["process:lost"][] = [];
    const second = await harness({
      platform: platform.crash(),
      onBoot: ({ process }) => void process.events.on("process:lost", (event) => lost.push(event)),
    });
    expect(childrenOf(second, "tree")).toEqual([
      "a",
      "pool#1",
      "pool#2",
      "inner",
      "late",
      "more#1",
      "more#2",
      "more#3",
    ]);
    expect(childrenOf(second, "inner")).toEqual(["i", "night"]);
    expect(childrenOf(second, "late")).toEqual(["later"]);
    expect(lost.filter(({ recovering }) => !recovering).map(({ name }) => name)).toEqual(["lasting", "closure"]);
    const back = second.process.list().find(({ name, state }) => name === "night" && state === "running");
    expect(back).toMatchObject({ restarts: 2, capabilities: { canNetwork: true } });
    expect(second.router.limits.get(back!.pid)).toBe(9);
    const account = second.process.budgets.of(back!.pid);
    expect([account.owner, account.grant]).toEqual(["night", { tokens: 9 }]);
    expect(second.process.budgets.list().filter(({ owner }) => owner === "night")).toHaveLength(1);
    const again = second.process.supervisor(second.process.list().find(({ name }) => name === "tree")!.pid);
    expect(second.process.find(again!.child("a")!)?.capabilities.canSpawn).toBe(false);
    // What came back is as it was: it is followed, scaled and found again.
    await again?.scale("more", 1);
    await again?.remove("a");
    await platform.clock.settle();
    await second.shutdown();
  });

  it("a second crash finds what the first one left, and what was changed since", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const tree = await dynamicTree(first);
    await tree.add({ id: "b", agent: waits });
    const secondPlatform = platform.crash();
    const second = await harness({ platform: secondPlatform });
    const back = second.process.supervisor(second.process.list().find(({ name }) => name === "tree")!.pid);
    await back?.add({ id: "c", agent: waits });
    await back?.remove("a");
    const third = await harness({ platform: secondPlatform.crash() });
    expect(childrenOf(third, "tree")).toEqual(["b", "c"]);
    await third.shutdown();
  });

  it("a supervisor that its own supervisor started again begins with its specification, also after a crash", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const tree = await first.process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [{ supervisor: { name: "inner", strategy: "one-for-one", children: [{ id: "a", agent: waits }] } }],
    });
    const inner = tree.child("inner")!;
    await first.process.supervisor(inner.pid)?.remove("a");
    await first.process.supervisor(inner.pid)?.add({ id: "added", agent: waits });
    await first.process.kill(inner);
    await platform.clock.advance(100);
    await platform.clock.settle();
    expect(
      first.process
        .supervisor(inner.pid)
        ?.children()
        .map(({ id }) => id),
    ).toEqual(["a"]);
    const second = await harness({ platform: platform.crash() });
    expect(childrenOf(second, "inner")).toEqual(["a"]);
    await second.shutdown();
  });

  it("whatever record of the journal was the last, the next kernel starts what it tells of, and no more", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const tree = await dynamicTree(first);
    /** What there is, as the supervisor says, each time that something was done. */
    const states: (readonly string[])[] = [["a"]];
    const step = async (work: () => Promise<unknown>): Promise<void> => {
      await work();
      await platform.clock.settle();
      states.push(tree.children().map(({ id }) => id));
    };
    await step(() => tree.add({ id: "b", agent: waits }));
    await step(() => tree.add({ id: "c", agent: waits }));
    await step(() => tree.remove("a"));
    await step(() => first.process.stop(tree.child("b")!));
    await step(() => tree.add({ id: "d", agent: waits }));
    const second = await harness({ platform: platform.crash() });
    // The next kernel lives, too, when it is lost at any step of its own.
    const files = second.platform.files;
    const records: Uint8Array[] = [];
    const log = await second.platform.openAppendLog(files, "/state/journal/processes");
    for await (const record of log.records()) records.push(record);
    expect(records.length).toBeGreaterThan(8);
    for (let count = 1; count <= records.length; count += 1) {
      const cut = memoryPlatform();
      await cut.files.makeFolder("/state/journal", { mode: 0o700 });
      const prefix = await cut.openAppendLog(cut.files, "/state/journal/processes");
      for (const record of records.slice(0, count)) await prefix.append(record);
      await prefix.close();
      const kernel = await harness({ platform: cut });
      const children = childrenOf(kernel, "tree");
      expect(children === undefined ? undefined : states.map(String)).toContain(String(children));
      // Nothing is left over that a third kernel would tell of.
      const third = await harness({ platform: cut.crash() });
      expect(childrenOf(third, "tree")).toEqual(children);
      await third.shutdown();
      const fourth = await harness({ platform: cut.crash() });
      expect(fourth.audit.filter(({ kind }) => kind === "agent.lost")).toHaveLength((children?.length ?? -1) + 1);
    }
  });

  it("those that are left out by name are told and lost for good, a supervisor with all below it", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    for (const name of ["guest.one", "guest.two", "clerk"])
      await first.process.spawn(waits, { name, restart: { type: "permanent" } });
    await first.process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [
        { name: "bad", agent: waits },
        { name: "good", agent: waits },
      ],
    });
    const children = [{ name: "kept", agent: waits }];
    await first.process.supervise({ name: "other", strategy: "one-for-one", children });
    await platform.clock.settle();
    const again = (at: TestPlatform, ...withoutAgents: string[]) => harness({ platform: at, init: { withoutAgents } });
    const second = await again(platform.crash(), "guest.*", "bad");
    const live = ({ process }: Harness) =>
      process.list().flatMap(({ name, state }) => (name !== "kernel" && state === "running" ? [name] : []));
    expect(live(second)).toEqual(["clerk", "other", "kept"]);
    const lost = second.audit.filter(({ kind, payload }) => kind === "agent.lost" && payload.recovering === false);
    expect(lost.map(({ payload }) => payload.agent)).toEqual(["guest.one", "guest.two", "tree", "bad", "good"]);
    const third = await again(second.platform.crash());
    expect(live(third)).toEqual(["clerk", "other", "kept"]);
    await third.shutdown();
    await expect(again(memoryPlatform(), "a..b")).rejects.toMatchObject({ code: "CONFIG_GLOB" });
  });

  it("those that run in the kernel's thread are given up when kernels end with them more often than they may fail", async () => {
    let platform = memoryPlatform();
    const apart = (): SpawnBackend => new LoopbackBackend();
    const restart = { type: "permanent" } as const;
    const first = await harness({ platform, backends: [apart()] });
    await first.process.spawn(waits, { name: "inside", restart });
    await first.process.spawn(waits, { name: "apart", restart, backend: "loopback" });
    await first.process.spawn(waits, { name: "once", restart: { ...restart, maxRestarts: 0 } });
    const children = [
      { name: "above", agent: waits },
      { name: "patient", agent: waits, restart: { ...restart, maxRestarts: 9 } },
    ];
    await first.process.supervise({ name: "tree", strategy: "one-for-one", children: children.slice(0, 1) });
    await first.process.supervise({ name: "other", strategy: "one-for-one", children: children.slice(1) });
    await platform.clock.settle();
    const abandoned: string[] = [];
    const again = async (): Promise<Harness> => {
      // A kernel may end as soon as it starts the first of them: that it tried is on disk by then.
      let atFirst: TestPlatform | undefined;
      const kernel = await harness({
        platform: platform.crash(),
        backends: [apart()],
        onBoot: (booted) => {
          booted.process.events.on("process:abandoned", ({ name, restarts }) => abandoned.push(`${name} ${restarts}`));
          const permit = booted.decide;
          booted.decide = (action) => {
            if (action === "process.restart") atFirst ??= booted.platform.crash();
            return permit(action);
          };
        },
      });
      platform = atFirst ?? platform;
      return kernel;
    };
    const live = ({ process }: Harness) =>
      process.list().flatMap(({ name, state }) => (name !== "kernel" && state === "running" ? [name] : []));
    expect(live(await again())).toEqual(["inside", "apart", "once", "tree", "above", "other", "patient"]);
    for (let loss = 2; loss <= 5; loss += 1) {
      expect(live(await again())).toEqual(["inside", "apart", "tree", "above", "other", "patient"]);
    }
    const last = await again();
    expect(live(last)).toEqual(["apart", "other", "patient"]);
    expect(abandoned).toEqual(["once 0", "inside 5", "above 5"]);
    const records = last.audit.filter(({ kind }) => kind === "agent.abandon").map(({ payload }) => payload);
    expect(records).toContainEqual({ pid: expect.any(Number), restarts: 5, withinMs: 60_000 });
    expect(last.logs).toContainEqual({
      level: "error",
      message: expect.stringMatching(/^given up after 5 restarts in 60 s: the kernel ended again with it/),
      fields: { processId: expect.any(Number), agent: "inside" },
    });
    const lost = last.audit.filter(({ kind, payload }) => kind === "agent.lost" && payload.recovering === false);
    expect(lost.map(({ payload }) => payload.agent)).toEqual(["inside", "tree", "above"]);
  });

  it("those that lived through their window since the last loss are started again, however often they were lost", async () => {
    let platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.spawn(waits, { restart: { type: "permanent", maxRestarts: 1, withinMs: 1000 } });
    await platform.clock.settle();
    for (let loss = 0; loss < 4; loss += 1) {
      platform = platform.crash();
      const kernel = await harness({ platform });
      expect(kernel.process.list().filter(({ state }) => state === "running")).toHaveLength(2);
      await platform.clock.advance(1000);
    }
  });

  it("failures of an agent count on in the next kernel", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform, backends: [new LoopbackBackend()] });
    const restart = { type: "permanent", maxRestarts: 3, backoffMs: 10 } as const;
    const handle = await first.process.spawn(waits, { name: "apart", restart, backend: "loopback" });
    for (let failure = 0; failure < 3; failure += 1) {
      await first.process.kill(handle);
      await platform.clock.advance(100);
    }
    const crashed = platform.crash();
    const second = await harness({ platform: crashed, backends: [new LoopbackBackend()] });
    const back = second.process.handle(second.process.list().find(({ name }) => name === "apart")!.pid)!;
    await second.process.kill(back);
    await crashed.clock.settle();
    expect(second.audit.map(({ kind }) => kind)).toContain("agent.abandon");
    expect((await back.exited).kind).toBe("killed");
  });

  it("an agent that waited for its next start comes back too", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const handle = await first.process.spawn(waits, { restart: { type: "permanent" } });
    await first.process.kill(handle);
    await platform.clock.settle();
    const second = await harness({ platform: platform.crash() });
    expect(second.process.list().filter(({ state }) => state === "running")).toHaveLength(2);
    await second.shutdown();
  });

  it("one that cannot be started any more is told, and lost for good", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.spawn(waits, { restart: { type: "permanent" } });
    await platform.clock.settle();
    const files = platform.crash().files;
    const second = await harness({
      platform: memoryPlatform({ files }),
      onBoot: (kernel) => {
        kernel.decide = () => ({
          verdict: "deny",
          by: "rule",
          reason: "frozen",
          rules: [],
          policy: "",
          suspend: false,
        });
      },
    });
    expect(second.logs.filter(({ level }) => level === "error")).toHaveLength(1);
    await second.shutdown();
    const third = await harness({ platform: memoryPlatform({ files }) });
    expect(third.process.list()).toHaveLength(1);
    expect(third.audit).toEqual([]);
    await third.shutdown();
  });

  it("nothing is told after a shutdown", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.spawn(waits, { restart: { type: "permanent" } });
    await first.shutdown();
    const second = await harness({ platform: platform.crash() });
    expect(second.process.list()).toHaveLength(1);
    expect(second.audit).toEqual([]);
    await second.shutdown();
  });
});
