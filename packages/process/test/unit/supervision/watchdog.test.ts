import type { AgentHealth, AgentUsage, BackendStart, ExitReason, RunningAgent, SpawnBackend } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

/** Runs nothing, and hangs when it is told to. */
class Sleeper implements SpawnBackend {
  readonly name = "sleeper";
  readonly confines: readonly string[] = [];
  silentMs = 0;
  starts = 0;

  async start({ context }: BackendStart): Promise<RunningAgent> {
    this.starts += 1;
    this.silentMs = 0;
    const self = this;
    let end: (reason: ExitReason) => void = () => undefined;
    const exited = new Promise<ExitReason>((resolve) => {
      end = resolve;
    });
    context.signal.addEventListener("abort", () => end({ kind: "normal" }));
    const health: AgentHealth = {
      silentMs: () => self.silentMs,
      get hung() {
        return self.silentMs > 1000;
      },
      idle: true,
    };
    const usage = (): AgentUsage => ({ cpuMs: undefined, memoryBytes: undefined, wallMs: 0 });
    return { exited, health, usage, kill: async () => end({ kind: "killed" }) };
  }
}

async function sleeping() {
  const backend = new Sleeper();
  const kernel = await harness({ backends: [backend], init: { hungKillMs: 5000 } });
  const handle = await kernel.process.spawn(new URL("file:///asleep.ts"), {
    backend: "sleeper",
    restart: { type: "transient" },
  });
  const told: object[] = [];
  kernel.process.events.on("process:hung", (event) => told.push(event));
  return { backend, kernel, handle, told, clock: kernel.platform.clock };
}

describe("the watchdog", () => {
  it("shows a silent process as hung, says so once, and takes it back when it answers again", async () => {
    const { backend, kernel, handle, told, clock } = await sleeping();
    expect(kernel.process.find(handle)?.activity).toEqual({ kind: "idle" });
    backend.silentMs = 1500;
    await clock.advance(500);
    expect(told).toHaveLength(1);
    await clock.advance(500);
    expect(kernel.process.find(handle)?.activity).toEqual({ kind: "hung", forMs: 1500 });
    expect(told).toEqual([{ pid: handle.pid, name: "asleep", silentMs: 1500 }]);
    backend.silentMs = 0;
    await clock.advance(500);
    expect(kernel.process.find(handle)?.activity).toEqual({ kind: "idle" });
    await kernel.shutdown();
    expect(clock.waiting).toBe(0);
  });

  it("ends one that stays hung, and its policy starts it again", async () => {
    const { backend, kernel, handle, clock } = await sleeping();
    const before = handle.pid;
    backend.silentMs = 5000;
    await clock.advance(500);
    expect(kernel.process.find(before)?.exit).toEqual({ kind: "supervisor", cause: "watchdog" });
    await clock.advance(100);
    expect(backend.starts).toBe(2);
    expect(kernel.process.find(handle)).toMatchObject({ state: "running", restarts: 1 });
    await kernel.shutdown();
    expect(clock.waiting).toBe(0);
  });
});
