/** Restarts by hand that meet another restart, a start that is not over, or an end: one of them counts, and nobody lives twice. */
import { type AgentHandle, defineAgent, type Pid } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";
import { heldLog } from "../../held-log.ts";

const BACKOFF_MS = 100;

/** An agent that fails when it is told to, and ends `stopMs` after it was asked to. */
function scripted(name: string, fail: Map<string, () => void>, kernel: Harness, stopMs = 0) {
  return defineAgent({
    name,
    run: ({ signal }) =>
      new Promise<void>((resolve, reject) => {
        fail.set(name, () => reject(new Error("planned")));
        signal.addEventListener("abort", () => kernel.platform.clock.schedule(stopMs, resolve), { once: true });
      }),
  });
}

async function group(stopMs: number, platform?: TestPlatform) {
  const kernel = await harness({ platform });
  const fail = new Map<string, () => void>();
  const restart = { type: "permanent", backoffMs: BACKOFF_MS } as const;
  const children = ["a", "b"].map((name) => ({ agent: scripted(name, fail, kernel, stopMs), restart }));
  const handle = await kernel.process.supervise({ name: "group", strategy: "one-for-all", children });
  return { kernel, fail, handle, clock: kernel.platform.clock };
}

async function shutDown(kernel: Harness): Promise<void> {
  const down = kernel.shutdown();
  await kernel.platform.clock.advance(100);
  await down;
  expect([kernel.router.mailboxes.size, kernel.platform.clock.waiting]).toEqual([0, 0]);
}

const live = ({ process }: Harness): readonly string[] =>
  process.list().flatMap(({ name, state }) => (state === "running" ? [name] : []));

describe("a restart by hand", () => {
  it("gives way to that of a sibling which comes while its process ends, so that none lives twice", async () => {
    const { kernel, fail, handle, clock } = await group(10);
    const byHand = kernel.process.restart(handle.child("a") as AgentHandle);
    const refused = expect(byHand).rejects.toMatchObject({
      code: "PROCESS_STATE",
      message: expect.stringMatching(/with its siblings$/),
    });
    await clock.settle();
    fail.get("b")?.();
    await clock.advance(10);
    await refused;
    expect(live(kernel)).toEqual(["kernel", "group"]);
    await clock.advance(BACKOFF_MS);
    expect(live(kernel)).toEqual(["kernel", "group", "a", "b"]);
    expect(handle.children().map(({ state, restarts }) => [state, restarts])).toEqual([
      ["running", 1],
      ["running", 1],
    ]);
    await shutDown(kernel);
  });

  it("gives way to it also before it has a PID", async () => {
    const { platform, hold, release } = heldLog(memoryPlatform(), "pids");
    const { kernel, fail, handle, clock } = await group(0, platform);
    const passing = defineAgent({ name: "passing", run: async () => undefined });
    // The next start reserves PIDs first.
    while ((await kernel.process.spawn(passing)).pid < 1000);
    hold();
    const byHand = kernel.process.restart(handle.child("a") as AgentHandle).catch(({ code }) => code);
    await clock.advance(0);
    fail.get("b")?.();
    await clock.settle();
    release();
    expect(await byHand).toBe("PROCESS_STOPPED");
    await clock.advance(2 * BACKOFF_MS);
    expect(live(kernel)).toEqual(["kernel", "group", "a", "b"]);
    await shutDown(kernel);
  });

  it("is refused while it is being restarted, or is about to end for good", async () => {
    const { kernel, fail, handle, clock } = await group(10);
    const a = handle.child("a") as AgentHandle;
    fail.get("b")?.();
    await clock.advance(10);
    await expect(kernel.process.restart(a)).rejects.toMatchObject({
      code: "PROCESS_STATE",
      message: expect.stringMatching(/it is being restarted$/),
    });
    await clock.advance(BACKOFF_MS);
    const first = kernel.process.restart(a);
    await clock.settle();
    await expect(kernel.process.restart(a)).rejects.toMatchObject({ code: "PROCESS_STATE" });
    const stopped = kernel.process.stop(a);
    const over = expect(first).rejects.toMatchObject({ message: expect.stringMatching(/it was stopped meanwhile$/) });
    await clock.advance(10);
    await Promise.all([over, stopped]);
    expect(live(kernel)).toEqual(["kernel", "group", "b"]);
    await shutDown(kernel);
  });
});

describe("a start that is not over", () => {
  const probes = { readiness: { request: "ready?", intervalMs: 100, timeoutMs: 50, failures: 1 } };
  const pidOf = ({ process }: Harness, wanted: string): Pid =>
    process.list().find(({ name }) => name === wanted)?.pid as Pid;

  it.each(["restart", "stop", "kill"] as const)("ends by a %s, and whoever waits for either is told", async (verb) => {
    const kernel = await harness();
    const late = scripted("late", new Map(), kernel);
    const made = kernel.process.supervise({
      name: "group",
      strategy: "one-for-one",
      children: [{ agent: late, probes }],
    });
    const code = made.catch((error: { readonly code: string }) => error.code);
    await kernel.platform.clock.settle();
    const group = pidOf(kernel, "group");
    const { exited } = kernel.process.handle(group) as AgentHandle;
    const told = kernel.process[verb](group).then(
      () => "done",
      (error: { readonly code: string }) => error.code,
    );
    await kernel.platform.clock.advance(20_000);
    expect(await code).toBe("PROCESS_STOPPED");
    expect(await told).toBe(verb === "restart" ? "PROCESS_STATE" : "done");
    expect(await exited).toEqual(
      { restart: { kind: "supervisor", cause: "restart" }, stop: { kind: "normal" }, kill: { kind: "killed" } }[verb],
    );
    expect(live(kernel)).toEqual(["kernel"]);
    await shutDown(kernel);
  });
});
