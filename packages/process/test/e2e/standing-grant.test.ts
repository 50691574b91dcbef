/** A kernel in production, where a person is asked before an agent starts another: the answer holds for restarts. */
import {
  type AgentHandle,
  type AgentSource,
  defineAgent,
  type JsonValue,
  type MethodCaller,
  type OwnSupervisor,
} from "@weftos/interface";
import { approvalOf, asking, expectChain, testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it, vi } from "vitest";

/** A person is asked before any process starts another. */
const startsAsked = asking({
  about: ({ action, subject }) =>
    (action === "process.spawn" || action === "process.restart") && subject.kind !== "principal",
});
const child = new URL("../agents/lasting.ts", import.meta.url);

/** Spawns what it is told to, and answers with the PID, the approval that is asked for, or the error. */
function spawner(handles: AgentHandle[]) {
  return defineAgent({
    name: "spawner",
    async run(agent) {
      for await (const message of agent.inbox) {
        const input = message.payload as JsonValue;
        try {
          const handle = await agent.spawn(child as AgentSource, {
            name: "worker",
            input,
            restart: { type: "permanent" },
          });
          handles.push(handle);
          await agent.reply(message, { pid: handle.pid as number });
        } catch (error) {
          await agent.reply(message, { approval: await approvalOf(Promise.reject(error)) });
        }
      }
    },
  });
}

async function production() {
  const handles: AgentHandle[] = [];
  const { kernel, clock } = await testKernel({ environment: "production", features: [startsAsked] });
  const parent = await kernel.process.spawn(spawner(handles));
  const ask = async (input: JsonValue): Promise<{ pid?: number; approval?: string }> =>
    (await kernel.ipc.request(parent.pid, input)).payload as { pid?: number; approval?: string };
  const { approval = "" } = await ask("one");
  const alice = { principal: "alice", role: "approver" as const };
  await kernel.governance.approvals.approve(approval, { ...alice, standing: true });
  expect((await ask("one")).pid).toBeGreaterThan(0);
  return { kernel, clock, handles, approval, ask, alice };
}

describe("an approved child spec", () => {
  it("is started again with nobody there, citing what was approved, and asks again when it changes", async () => {
    const { kernel, clock, handles, approval, ask } = await production();
    const [handle] = handles;
    const before = handle!.pid;
    await kernel.process.kill(before);
    await new Promise<void>((resolve) => {
      kernel.process.events.on("process:restarted", () => resolve());
      clock.advance(100).catch(() => undefined);
    });
    expect(kernel.process.find(handle!)).toMatchObject({ state: "running", restarts: 1 });
    const chain = expectChain(kernel);
    await chain.toContain("agent.spawn", { outcome: "ok", approval });
    await chain.toContain("agent.restart", { outcome: "ok", approval });
    expect((await ask("one")).pid).toBeGreaterThan(0);
    const changed = await ask("two");
    expect(changed.approval).toMatch(/^[0-9a-f-]{36}$/);
    expect(changed.approval).not.toBe(approval);
    await kernel.shutdown();
  });

  it("is not started again once the grant was revoked", async () => {
    const { kernel, clock, handles, approval, alice } = await production();
    const [handle] = handles;
    await kernel.governance.approvals.revoke(approval, alice);
    await kernel.process.kill(handle!);
    await clock.advance(100);
    expect(await handle!.exited).toMatchObject({ kind: "crash", code: "APPROVAL_DENIED" });
    await kernel.shutdown();
  });

  it("binds the next kernel too: it cites the grant, and starts nothing again once that was revoked", async () => {
    const asks = asking({ about: ({ action, subject }) => action === "process.spawn" && subject.kind === "principal" });
    const init = { environment: "production", features: [asks], dir: "/state" } as const;
    const first = await testKernel(init);
    const subject = { kind: "principal", id: "tom", role: "operator" } as const;
    const caller: MethodCaller = { subject, role: "operator", signal: new AbortController().signal };
    const given = { module: child.href, name: "worker", restart: { type: "permanent" } };
    const spawn = () => first.kernel.methods.call("agent.spawn", given, caller);
    const approval = await approvalOf(spawn());
    const alice = { principal: "alice", role: "approver" as const };
    await first.kernel.governance.approvals.approve(approval, { ...alice, standing: true });
    await spawn();

    const second = await testKernel({ ...init, platform: first.platform.crash() });
    await vi.waitFor(() => expectChain(second.kernel).toContain("agent.restart", { outcome: "ok", approval }));
    await second.kernel.governance.approvals.revoke(approval, alice);

    const third = await testKernel({ ...init, platform: second.platform.crash() });
    await vi.waitFor(() => expectChain(third.kernel).toContain("governance.deny", { action: "process.restart" }));
    expect(third.kernel.process.list().filter(({ name }) => name === "worker")).toEqual([]);
    const fourth = await testKernel({ ...init, platform: third.platform.crash() });
    await fourth.clock.settle();
    expect(fourth.kernel.process.list().filter(({ name }) => name === "worker")).toEqual([]);
    await fourth.kernel.shutdown();
  });

  it("covers what an agent adds to a supervisor of its own, each by a grant of its own", async () => {
    let tree: OwnSupervisor | undefined;
    const chief = defineAgent({
      name: "chief",
      async run(agent) {
        for await (const message of agent.inbox) {
          try {
            if (message.payload === "supervise") tree = await agent.supervise({ name: "tree", strategy: "dynamic" });
            else await tree?.add({ id: "late", agent: child, name: "late" });
            await agent.reply(message, { done: true });
          } catch (error) {
            await agent.reply(message, { approval: await approvalOf(Promise.reject(error)) });
          }
        }
      },
    });
    const { kernel, clock } = await testKernel({ environment: "production", features: [startsAsked] });
    const { pid } = await kernel.process.spawn(chief);
    const approvals: [string, string] = ["", ""];
    for (const [index, wish] of ["supervise", "add"].entries()) {
      const { approval = "" } = (await kernel.ipc.request(pid, wish)).payload as { approval?: string };
      approvals[index] = approval;
      await kernel.governance.approvals.approve(approval, { principal: "alice", role: "approver", standing: true });
      expect((await kernel.ipc.request(pid, wish)).payload).toEqual({ done: true });
    }
    expect(new Set(approvals).size).toBe(2);
    const late = (await tree?.children())?.[0];
    await kernel.process.kill(late?.pid as never);
    await new Promise<void>((resolve) => {
      kernel.process.events.on("process:restarted", () => resolve());
      clock.advance(100).catch(() => undefined);
    });
    await expectChain(kernel).toContain("agent.spawn", { subject: `process:${pid}`, approval: approvals[1] });
    await expectChain(kernel).toContain("agent.restart", { outcome: "ok", approval: approvals[1] });
    await kernel.shutdown();
  });
});
