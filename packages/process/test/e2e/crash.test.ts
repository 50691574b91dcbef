/** What a kernel finds after the one before it was lost: in memory, and by SIGKILL of a real program. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineAgent } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { expectChain, testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";

const lasting = new URL("../agents/lasting.ts", import.meta.url);
const closure = defineAgent({
  name: "closure",
  async run(agent) {
    await agent.inbox.receive();
  },
});

describe("a kernel whose predecessor crashed", () => {
  it("starts permanent agents with a module again, says whom it lost, and keeps the tree true", async () => {
    const platform = memoryPlatform();
    const first = await testKernel({ platform, dir: "/kernel/.weftos" });
    await first.kernel.process.spawn(lasting, { name: "keeper", restart: { type: "permanent" } });
    await first.kernel.process.spawn(closure);
    await platform.clock.advance(200);

    const { kernel, clock } = await testKernel({ platform: platform.crash(), dir: "/kernel/.weftos" });
    await new Promise<void>((resolve) => {
      kernel.process.events.on("process:state-changed", ({ to }) => {
        if (to === "running") resolve();
      });
    });
    await clock.settle();
    const live = kernel.process.list().filter(({ pid }) => pid !== 0);
    expect(live.map(({ name, state, restarts }) => [name, state, restarts])).toEqual([["keeper", "running", 1]]);
    expect((await kernel.ipc.request(live[0]!.pid, "there?")).payload).toBe("there?");
    const chain = expectChain(kernel);
    await chain.toContain("agent.lost", { pid: 1, agent: "keeper", recovering: true });
    await chain.toContain("agent.lost", { pid: 2, agent: "closure", recovering: false });
    await chain.toContain("agent.restart", { outcome: "ok" });
    const agents = kernel.exochain.tree.list("/kernel/agents").filter(({ kind }) => kind === "agent");
    expect(agents.map(({ path }) => path)).toEqual([`/kernel/agents/${live[0]!.pid}`]);
    expect((await kernel.shutdown()).clean).toBe(true);
  });

  it("does so after SIGKILL of a program, and only once", { timeout: 60_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "weftos-crash-"));
    try {
      const boot = `
        import { Kernel } from "weftos";
        const module = new URL(${JSON.stringify(lasting.href)});
        const kernel = await Kernel.boot({ dir: ${JSON.stringify(join(dir, "state"))}, logLevels: "error" });
      `;
      const first = run(`${boot}
        await kernel.process.spawn(module, { name: "keeper", restart: { type: "permanent" } });
        await kernel.process.spawn(module, { name: "other" });
        const stopped = await kernel.process.spawn(module, { name: "stopped", restart: { type: "permanent" } });
        await kernel.process.stop(stopped);
        const held = await kernel.process.spawn(module, { name: "held", restart: { type: "permanent" } });
        const tree = await kernel.process.supervise({ name: "tree", strategy: "dynamic" });
        await tree.add({ id: "late", agent: module, name: "late" });
        await tree.add({ id: "brief", agent: module, name: "brief", restart: { type: "transient" } });
        await kernel.ipc.signal(tree.child("late"), "suspend");
        // Answered when both are on disk.
        await kernel.process.suspend(held);
        console.log("ready");
      `);
      await first.said;
      first.child.kill("SIGKILL");
      expect(await first.signal).toBe("SIGKILL");

      const look = (until: string): string => `${boot}
        const lost = [];
        kernel.process.events.on("process:lost", ({ name, recovering }) => lost.push([name, recovering]));
        await ${until};
        const live = kernel.process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited");
        console.log(JSON.stringify({ live: live.map(({ name, state }) => [name, state]), lost }));
        await kernel.shutdown();
      `;
      const started = `new Promise((resolve) => {
        kernel.process.events.on("process:started", ({ name }) => name === "late" && setImmediate(resolve));
      })`;
      const second = JSON.parse(await run(look(started)).said) as { live: string[][]; lost: [string, boolean][] };
      expect(second.live).toEqual([
        ["keeper", "running"],
        ["held", "suspended"],
        ["tree", "running"],
        ["late", "suspended"],
      ]);
      expect(second.lost).toEqual([
        ["keeper", true],
        ["other", false],
        ["held", true],
        ["tree", true],
        ["late", true],
        ["brief", false],
      ]);
      // A turn of the timers is when it would begin.
      const later = "new Promise((resolve) => setTimeout(resolve, 20))";
      expect(JSON.parse(await run(look(later)).said)).toEqual({ live: [], lost: [] });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

/** Runs a program on the facade; `said` is the first it prints. */
function run(program: string): {
  readonly child: ChildProcess;
  readonly said: Promise<string>;
  readonly signal: Promise<NodeJS.Signals | null>;
} {
  const args = ["--conditions=weftos-source", "--input-type=module", "--eval", program];
  const cwd = join(import.meta.dirname, "../../../weftos");
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], cwd });
  const signal = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once("exit", (_, by) => resolve(by));
  });
  const said = new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString()));
    child.once("exit", (code) => reject(new Error(`the program ended with ${code} before it said anything`)));
  });
  return { child, said, signal };
}
