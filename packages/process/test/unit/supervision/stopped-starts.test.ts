/** Supervisors that are ended while they start their children. */
import { defineAgent, type Pid, type SpawnBackend, type SupervisorSpec } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { type Harness, harness } from "../../harness.ts";

const module = new URL("../../agents/lasting.ts", import.meta.url);
const idle = defineAgent({
  name: "idle",
  run: ({ signal }) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
});
/** Loads for ever. */
const slow: SpawnBackend = { name: "slow", confines: [], start: () => new Promise(() => undefined) };
const named = ({ process }: Harness, name: string) => process.list().find((info) => info.name === name);
const spec = (child: SupervisorSpec["children"]): SupervisorSpec => ({
  name: "group",
  strategy: "one-for-one",
  children: [{ agent: idle }, ...(child ?? [])],
});
const probes = { readiness: { request: "ready?", intervalMs: 100, timeoutMs: 50, failures: 1 } };

describe.each([
  ["waits until a child is ready", spec([{ id: "late", agent: { ...idle, name: "late" }, probes }])],
  ["waits until a child is loaded", spec([{ id: "late", agent: module, backend: "slow" }])],
])("a supervisor that %s", (_, group) => {
  it("ends normally when it is stopped, and whoever wanted it is told that it was", async () => {
    const kernel = await harness({ backends: [slow] });
    const made = kernel.process.supervise(group);
    made.catch(() => undefined);
    await kernel.platform.clock.settle();
    // At once: nobody waits for what is not wanted any more.
    await kernel.process.stop(named(kernel, "group")!);
    await expect(made).rejects.toMatchObject({ code: "PROCESS_STOPPED" });
    expect(named(kernel, "group")?.exit).toEqual({ kind: "normal" });
    expect(named(kernel, "idle")?.exit).toEqual({ kind: "supervisor", cause: "supervisor" });
    expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
    expect(kernel.logs.filter(({ level }) => level === "error")).toEqual([]);
    await kernel.shutdown();
    expect(kernel.platform.clock.waiting).toBe(0);
  });

  it("ends with its parent, and says so", async () => {
    const kernel = await harness({ backends: [slow] });
    let refused: unknown;
    const owner = await kernel.process.spawn(
      defineAgent({
        name: "owner",
        async run(agent) {
          agent.supervise(group).catch((error: unknown) => {
            refused = error;
          });
          await agent.inbox.receive();
        },
      }),
      { capabilities: { canSpawn: true } },
    );
    await kernel.platform.clock.settle();
    await kernel.router.send(0 as Pid, owner.pid as unknown as Pid, "end");
    await kernel.platform.clock.settle();
    await kernel.platform.clock.advance(20_000);
    expect((await owner.exited).kind).toBe("normal");
    expect(named(kernel, "group")?.exit).toEqual({ kind: "supervisor", cause: "parent" });
    expect(refused).toMatchObject({ code: "PROCESS_STOPPED" });
    await kernel.shutdown();
  });
});
