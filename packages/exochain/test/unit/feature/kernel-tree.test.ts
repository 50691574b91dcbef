// The resource tree of a whole kernel: agents, restarts, a crash, a disk that fails.
import { defineAgent } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";
import { repairChain } from "../../../src/index.ts";

const DIR = "/state";
const EVENTS = `${DIR}/chain/000000000000.rvf`;
const patient = defineAgent({
  name: "patient",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, "done");
  },
});
const hasty = defineAgent({ name: "hasty", async run() {} });

async function bootKernel(platform?: Awaited<ReturnType<typeof testKernel>>["platform"]) {
  const booted = await testKernel({ dir: DIR, platform });
  const { kernel } = booted;
  const { tree } = kernel.exochain;
  const agents = (): readonly string[] => tree.list("/kernel/agents", 1).map(({ path }) => path);
  const recorded = async (kind: string): Promise<number> => {
    await kernel.exochain.flush();
    let count = 0;
    for await (const _ of kernel.exochain.query({ kind })) count += 1;
    return count;
  };
  return { ...booted, tree, agents, recorded };
}

describe("the tree of a kernel", () => {
  it("has the node of an agent by the one event of its start, until that of its end", async () => {
    const { kernel, tree, agents, recorded } = await bootKernel();
    const { pid, exited } = await kernel.process.spawn(patient);
    expect(tree.find(`/kernel/agents/${pid}`)).toMatchObject({ kind: "agent", metadata: { name: "patient" } });
    expect([await recorded("agent.spawn"), await recorded("resource.*")]).toEqual([1, 1]);
    await kernel.process.stop(pid);
    await exited;
    expect(agents()).toEqual(["/kernel/agents"]);
    expect((await tree.history(`/kernel/agents/${pid}`)).map(({ kind }) => kind)).toEqual([
      "agent.exit",
      "agent.spawn",
    ]);
    expect([await recorded("agent.exit"), await recorded("resource.*")]).toEqual([1, 1]);
    expect(await tree.verify()).toMatchObject({ valid: true, changes: 3 });
    await kernel.shutdown();
  });

  it("shows a restart as a new node that names the old one", async () => {
    const { kernel, tree, agents } = await bootKernel();
    const { pid } = await kernel.process.spawn(patient);
    const next = await kernel.process.restart(pid);
    expect(agents()).toEqual(["/kernel/agents", `/kernel/agents/${next.pid}`]);
    expect(tree.find(`/kernel/agents/${next.pid}`)?.metadata).toMatchObject({ replaces: pid, restarts: 1 });
    expect(await tree.verify()).toMatchObject({ valid: true });
    await kernel.shutdown();
  });

  it("keeps no node of an agent that ended at once", async () => {
    const { kernel, tree, agents } = await bootKernel();
    const { exited } = await kernel.process.spawn(hasty);
    await exited;
    await kernel.exochain.flush();
    expect(agents()).toEqual(["/kernel/agents"]);
    expect(await tree.verify()).toMatchObject({ valid: true });
    await kernel.shutdown();
  });

  it("forgets agents of a kernel that did not shut down, and has the same root as before after one that did", async () => {
    const first = await bootKernel();
    const { root } = first.tree;
    await first.kernel.shutdown();
    const second = await bootKernel(first.platform);
    expect(second.tree.root).toBe(root);
    await second.kernel.process.spawn(patient);
    await second.kernel.exochain.flush();
    const files = new Map<string, Uint8Array>();
    for (const path of [EVENTS, `${DIR}/chain/content/000000000000.rvf`, `${DIR}/run/acked`]) {
      files.set(path, (await second.platform.files.read(path)).slice());
    }
    await second.kernel.shutdown();
    for (const [path, bytes] of files) await second.platform.files.writeAtomic(path, bytes);
    await second.platform.files.remove(`${DIR}/chain/checkpoint`);
    const third = await bootKernel(second.platform);
    expect([third.agents(), third.tree.root]).toEqual([["/kernel/agents"], root]);
    expect(await third.tree.verify()).toMatchObject({ valid: true });
    await third.kernel.shutdown();
  });

  it("goes back with the chain when the disk fails, and on with it", async () => {
    const { kernel, platform, clock, tree, agents } = await bootKernel();
    const { pid } = await kernel.process.spawn(patient);
    await kernel.exochain.flush();
    for (let n = 0; n < 3; n++) {
      platform.faults.failNext(({ operation, path }) => operation === "write" && path === EVENTS, "ENOSPC");
    }
    await kernel.process.stop(pid).catch(() => undefined);
    await kernel.exochain.flush().catch(() => undefined);
    for (let n = 0; n < 4; n++) await clock.advance(8000);
    const { pid: next } = await kernel.process.spawn(patient);
    await kernel.exochain.flush();
    expect(agents()).toEqual(["/kernel/agents", `/kernel/agents/${next}`]);
    expect(await tree.verify()).toMatchObject({ valid: true });
    await kernel.shutdown();
  });

  it("has the nodes of jobs that outlive their chain again in the one that follows a damaged one", async () => {
    const first = await bootKernel();
    const target = { topic: "sweep" };
    const { id } = await first.kernel.ipc.cron.add({ name: "sweep", schedule: { everyMs: 60_000 }, target });
    const path = `/kernel/services/cron/${id}`;
    const before = first.tree.find(path);
    await first.kernel.shutdown();
    const { platform, clock } = first;
    const bytes = (await platform.files.read(EVENTS)).slice();
    bytes[200] = (bytes[200] as number) ^ 1;
    await platform.files.writeAtomic(EVENTS, bytes);
    await platform.files.remove(`${DIR}/cache`, { recursive: true });
    await repairChain({ ...platform, host: undefined, dir: DIR });
    const second = await bootKernel(platform);
    await clock.advance(1);
    expect(second.tree.find(path)).toMatchObject({ kind: "custom:cron-job", metadata: before?.metadata });
    expect((await second.tree.history(path)).map(({ kind }) => kind)).toEqual(["resource.reconcile"]);
    const { root } = second.tree;
    await second.kernel.shutdown();
    const third = await bootKernel(platform);
    await clock.advance(1);
    expect(third.tree.root).toBe(root);
    expect(await third.tree.verify()).toMatchObject({ valid: true });
    await third.kernel.shutdown();
  });

  it("lets operators change it, under their names, and nobody else", async () => {
    const { kernel, tree } = await bootKernel();
    const wish = [{ op: "create", path: "/apps/shop", kind: "app" }] as const;
    const { root } = tree;
    await expect(tree.change(wish, { kind: "principal", id: "eve", role: "viewer" })).rejects.toMatchObject({
      code: expect.stringMatching(/^(CAPABILITY|GOVERNANCE)_DENIED$/),
    });
    const { pid } = await kernel.process.spawn(patient);
    await expect(tree.change(wish, { kind: "process", id: String(pid) })).rejects.toMatchObject({
      code: "CAPABILITY_DENIED",
    });
    await kernel.process.stop(pid);
    expect(tree.root).toBe(root);
    await tree.change(wish, { kind: "principal", id: "ada", role: "operator" });
    const [made] = await tree.history("/apps/shop");
    expect(await kernel.exochain.get(made?.sequence ?? 0)).toMatchObject({
      kind: "resource.change",
      actor: { principal: "ada" },
      payload: { outcome: "ok", result: { changes: 1 }, tree: { root: tree.root } },
    });
    await kernel.shutdown();
  });
});
