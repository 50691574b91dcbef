import { defineAgent, type Payload, type Pid, type ProcessRef, type RestartPolicy } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

const KERNEL = 0 as Pid;
const restart: RestartPolicy = { type: "permanent", backoffMs: 100 };
const code = (expected: string) => expect.objectContaining({ code: expected });
const lasting = new URL("../../agents/lasting.ts", import.meta.url);

/** Keeps what it takes, over all its starts, and fails when it is told. */
function taker(name = "taker") {
  const seen = { took: [] as Payload[], starts: 0, fail: (): void => undefined };
  const agent = defineAgent({
    name,
    run: (context) =>
      new Promise<void>((resolve, reject) => {
        seen.starts += 1;
        seen.fail = () => reject(new Error("planned"));
        context.signal.addEventListener("abort", () => resolve(), { once: true });
        void (async () => {
          for await (const message of context.inbox) seen.took.push(message.payload);
        })();
      }),
  });
  return { agent, seen };
}

const stateOf = ({ process }: Harness, handle: ProcessRef<never>): string | undefined => process.find(handle)?.state;
const pidOf = ({ pid }: { readonly pid: unknown }): Pid => pid as Pid;
const named = ({ process }: Harness, name: string) =>
  process.list().find((info) => info.name === name && info.state !== "exited");

describe("a suspended agent", () => {
  it("stays so through a restart of its own, and takes what waited when it is resumed", async () => {
    const kernel = await harness();
    const { agent, seen } = taker();
    const handle = await kernel.process.spawn(agent, { restart });
    await kernel.process.suspend(handle);
    await kernel.router.send(KERNEL, pidOf(handle), "while");
    for (const end of [() => seen.fail(), () => kernel.control.kill(pidOf(handle))]) {
      end();
      await kernel.platform.clock.settle();
      await kernel.platform.clock.advance(1000);
      expect(stateOf(kernel, handle)).toBe("suspended");
    }
    await kernel.router.send(KERNEL, pidOf(handle), "after");
    await kernel.platform.clock.settle();
    expect([seen.starts, seen.took]).toEqual([3, []]);
    const restarts = kernel.audit.filter(({ kind }) => kind === "agent.restart");
    expect(restarts.map(({ payload }) => payload.result)).toEqual([
      { oldPid: 1, newPid: 2, count: 1, backoffMs: expect.any(Number), suspended: true },
      { oldPid: 2, newPid: 3, count: 2, backoffMs: expect.any(Number), suspended: true },
    ]);
    await kernel.process.resume(handle);
    await kernel.platform.clock.settle();
    expect(seen.took).toEqual(["while", "after"]);
    seen.fail();
    await kernel.platform.clock.settle();
    await kernel.platform.clock.advance(1000);
    expect(stateOf(kernel, handle)).toBe("running");
    await kernel.shutdown();
  });

  it("is no more when somebody restarts it by hand, while it runs or waits for its next start", async () => {
    const kernel = await harness();
    const { agent, seen } = taker();
    const handle = await kernel.process.spawn(agent, { restart });
    await kernel.process.suspend(handle);
    await kernel.process.restart(handle);
    expect(stateOf(kernel, handle)).toBe("running");
    await kernel.process.suspend(handle);
    seen.fail();
    await kernel.platform.clock.settle();
    expect(stateOf(kernel, handle)).toBe("exited");
    await kernel.process.restart(handle);
    expect(stateOf(kernel, handle)).toBe("running");
    await kernel.shutdown();
  });

  it("is known as such by every PID that it had, in the last kernel too, until it is resumed", async () => {
    let platform = memoryPlatform();
    const first = await harness({ platform });
    const known: Pid[] = [];
    const handle = await first.process.spawn(lasting, { name: "held", restart });
    known.push(pidOf(handle));
    expect(first.directory.held(handle.pid)).toBeUndefined();
    await first.process.suspend(handle);
    await first.process.kill(handle);
    expect(first.directory.held(known[0] as Pid)).toBeInstanceOf(Promise);
    await platform.clock.advance(100);
    known.push(pidOf(handle));
    platform = platform.crash();
    let atBoot: Promise<void> | undefined;
    const second = await harness({
      platform,
      onBoot: ({ directory }) => {
        // It was not started again yet.
        atBoot = directory.held(known[1] as Pid);
      },
    });
    const now = named(second, "held");
    expect(now?.state).toBe("suspended");
    let resumed = 0;
    for (const held of [atBoot, second.directory.held(known[1] as Pid), second.directory.held(now?.pid as Pid)]) {
      held?.then(() => {
        resumed += 1;
      });
    }
    await second.process.spawn(taker("other").agent);
    await platform.clock.settle();
    expect(resumed).toBe(0);
    await second.process.resume(now as { pid: Pid });
    await platform.clock.settle();
    expect(resumed).toBe(3);
    expect(second.directory.held(known[1] as Pid)).toBeUndefined();
    await second.shutdown();
  });

  it("may be suspended and resumed while it waits for its next start, once each", async () => {
    const kernel = await harness();
    const { agent, seen } = taker();
    const handle = await kernel.process.spawn(agent, { restart });
    const failed = async (): Promise<void> => {
      seen.fail();
      await kernel.platform.clock.settle();
    };
    await failed();
    await kernel.process.suspend(handle);
    await expect(kernel.process.suspend(handle)).rejects.toEqual(code("PROCESS_STATE"));
    await kernel.platform.clock.advance(1000);
    expect(stateOf(kernel, handle)).toBe("suspended");
    await failed();
    await kernel.process.resume(handle);
    await expect(kernel.process.resume(handle)).rejects.toEqual(code("PROCESS_STATE"));
    await kernel.platform.clock.advance(1000);
    expect(stateOf(kernel, handle)).toBe("running");
    await kernel.shutdown();
  });

  it("is so from its first message on when it is suspended while it starts", async () => {
    const kernel = await harness();
    const took: Payload[] = [];
    const hasty = defineAgent({
      name: "hasty",
      async run(context) {
        kernel.control.suspend(context.pid as unknown as Pid);
        await kernel.router.send(KERNEL, context.pid as unknown as Pid, "early");
        for await (const message of context.inbox) took.push(message.payload);
      },
    });
    const handle = await kernel.process.spawn(hasty);
    await kernel.platform.clock.settle();
    expect([stateOf(kernel, handle), took]).toEqual(["suspended", []]);
    // A rule that wants it again, while its code acts on, finds what it wants.
    kernel.control.suspend(pidOf(handle));
    await kernel.process.resume(handle);
    await kernel.platform.clock.settle();
    expect(took).toEqual(["early"]);
    await kernel.shutdown();
  });

  it("cannot be resumed or suspended once it is asked to end, or has ended for good", async () => {
    const kernel = await harness({ init: { stopTimeoutMs: 50 } });
    const deaf = defineAgent({ name: "deaf", run: () => new Promise<void>(() => undefined) });
    const handle = await kernel.process.spawn(deaf, { restart });
    await kernel.process.suspend(handle);
    const stopped = kernel.process.stop(handle);
    await kernel.platform.clock.settle();
    for (const state of ["stopping", "exited"]) {
      expect(stateOf(kernel, handle)).toBe(state);
      await expect(kernel.process.resume(handle)).rejects.toEqual(code("PROCESS_STATE"));
      await expect(kernel.process.suspend(handle)).rejects.toEqual(code("PROCESS_STATE"));
      await kernel.platform.clock.advance(50);
      await stopped;
    }
    await kernel.shutdown();
  });

  it("stays so when a sibling takes it along, and its siblings do not wait until it is ready", async () => {
    const kernel = await harness();
    const held = taker("held");
    const other = taker("other");
    const readiness = { request: "ready?", intervalMs: 100, timeoutMs: 50, failures: 1 };
    const asked = defineAgent({
      name: "asked",
      async run(context) {
        for await (const message of context.inbox) await context.reply(message, "yes");
      },
    });
    const tree = await kernel.process.supervise({
      name: "tree",
      strategy: "one-for-all",
      children: [
        { id: "held", agent: held.agent },
        { id: "asked", agent: asked, probes: { readiness } },
        { id: "other", agent: other.agent },
      ],
    });
    await kernel.process.suspend(tree.child("held")!);
    await kernel.process.suspend(tree.child("asked")!);
    other.seen.fail();
    await kernel.platform.clock.settle();
    await kernel.platform.clock.advance(200);
    const states = () => ["held", "asked", "other"].map((id) => stateOf(kernel, tree.child(id)!));
    expect([states(), other.seen.starts]).toEqual([["suspended", "suspended", "running"], 2]);
    expect(tree.children()[1]?.ready).toBe(false);
    await kernel.process.resume(tree.child("asked")!);
    await kernel.platform.clock.advance(200);
    expect(tree.children()[1]?.ready).toBe(true);
    await kernel.shutdown();
  });

  it("is not ended for its readiness when it is suspended while its siblings wait for that", async () => {
    const kernel = await harness({ init: { startTimeoutMs: 500 } });
    const silent = taker("silent");
    const next = taker("next");
    const probes = { readiness: { request: "ready?", intervalMs: 100, timeoutMs: 50, failures: 1 } };
    const made = kernel.process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [
        { id: "silent", agent: silent.agent, probes },
        { id: "next", agent: next.agent },
      ],
    });
    await kernel.platform.clock.settle();
    await kernel.platform.clock.advance(100);
    await kernel.process.suspend(named(kernel, "silent")!);
    await kernel.platform.clock.advance(500);
    const tree = await made;
    expect([stateOf(kernel, tree.child("silent")!), next.seen.starts]).toEqual(["suspended", 1]);
    await kernel.shutdown();
  });

  it("stays so, and keeps the rights that were taken from it, when the supervisors above it are started again", async () => {
    const kernel = await harness();
    const held = taker("held");
    const tree = await kernel.process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [
        {
          supervisor: {
            name: "middle",
            strategy: "one-for-one",
            children: [
              {
                supervisor: {
                  name: "inner",
                  strategy: "one-for-one",
                  children: [
                    { id: "held", agent: held.agent },
                    { id: "free", agent: taker("free").agent },
                  ],
                },
              },
            ],
          },
        },
      ],
    });
    await kernel.process.suspend(named(kernel, "held")!);
    await kernel.process.revoke(named(kernel, "held")!, { canSpawn: false });
    for (const name of ["inner", "middle", "inner"]) {
      const before = named(kernel, "held")?.pid;
      await kernel.process.kill(named(kernel, name)!);
      await kernel.platform.clock.settle();
      await kernel.platform.clock.advance(1000);
      const after = named(kernel, "held");
      expect(after?.pid).not.toBe(before);
      expect([name, after?.state, after?.capabilities.canSpawn]).toEqual([name, "suspended", false]);
      expect(named(kernel, "free")).toMatchObject({ state: "running", capabilities: { canSpawn: true } });
    }
    await kernel.process.resume(named(kernel, "held")!);
    await kernel.process.kill(tree.child("middle")!);
    await kernel.platform.clock.settle();
    await kernel.platform.clock.advance(1000);
    expect(named(kernel, "held")?.state).toBe("running");
    await kernel.shutdown();
  });

  it("stays so after a crash of the kernel, wherever it stands, until it is resumed", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    const alone = await first.process.spawn(lasting, { name: "alone", restart });
    await first.process.spawn(lasting, { name: "free", restart });
    const waiting = await first.process.spawn(lasting, { name: "waiting", restart });
    const tree = await first.process.supervise({
      name: "tree",
      strategy: "one-for-one",
      children: [{ id: "member", agent: lasting, name: "member" }],
    });
    await tree.add({ id: "added", agent: lasting, name: "added" });
    for (const handle of [alone, tree.child("member")!, tree.child("added")!, tree])
      await first.process.suspend(handle);
    for (const id of ["member", "added"]) await first.process.revoke(tree.child(id)!, { canSpawn: false });
    await first.process.kill(waiting);
    await platform.clock.settle();
    await first.process.suspend(waiting);
    const names = ["alone", "free", "waiting", "tree", "member", "added"];
    const states = (kernel: Harness) => names.map((name) => named(kernel, name)?.state);
    const secondPlatform = platform.crash();
    const second = await harness({ platform: secondPlatform });
    expect(states(second)).toEqual(["suspended", "running", "suspended", "suspended", "suspended", "suspended"]);
    const restarted = second.audit.filter(({ kind }) => kind === "agent.restart").map(({ payload }) => payload.result);
    expect(restarted[0]).toMatchObject({ oldPid: 1, suspended: true });
    expect(restarted[1]).not.toHaveProperty("suspended");
    for (const name of ["alone", "member", "tree"]) await second.process.resume(named(second, name)!);
    await second.process.restart(named(second, "waiting")!);
    // Nothing settles here: what was answered is on disk.
    const third = await harness({ platform: secondPlatform.crash() });
    expect(states(third)).toEqual(["running", "running", "running", "running", "running", "suspended"]);
    // What was taken from them was taken for good, however often kernels crash.
    for (const name of ["member", "added"]) expect(named(third, name)?.capabilities.canSpawn).toBe(false);
    await third.shutdown();
  });
});
