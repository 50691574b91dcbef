/** What an approver said yes to is code: another one under the same name is asked about again. */
import { fileURLToPath } from "node:url";
import { shake256, toHex } from "@weftos/crypto";
import { type AgentHandle, defineAgent, type MethodCaller } from "@weftos/interface";
import type { TestPlatform } from "@weftos/testkit";
import { approvalOf, asking, expectChain, testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it, vi } from "vitest";

/** A person is asked before anybody but the kernel starts a process. */
const startsAsked = asking({
  about: ({ action, subject }) => action === "process.spawn" && subject.kind !== "kernel",
});
const module = new URL("../agents/lasting.ts", import.meta.url);
const worker = { name: "worker", restart: { type: "permanent" } } as const;
const approver = { principal: "alice", role: "approver", standing: true } as const;
const digestOf = (code: string): string => toHex(shake256(new TextEncoder().encode(code)));

/** Writes the module's file of the host; what is loaded from the real disk stays the same. */
async function write(platform: TestPlatform, code: string): Promise<void> {
  const path = fileURLToPath(module);
  await platform.files.makeFolder(path.slice(0, path.lastIndexOf("/")));
  await platform.files.writeAtomic(path, new TextEncoder().encode(code));
}

/** Does what it is told, and answers "done" or the approval that is asked for. */
function chief(handles: AgentHandle[]) {
  return defineAgent({
    name: "chief",
    async run(agent) {
      for await (const message of agent.inbox) {
        try {
          if (message.payload === "spawn") handles.push(await agent.spawn(module, worker));
          if (message.payload === "supervise")
            await agent.supervise({ name: "tree", strategy: "one-for-one", children: [{ ...worker, agent: module }] });
          if (message.payload === "add") {
            const tree = await agent.supervise({ name: "empty", strategy: "dynamic" });
            await tree.add({ ...worker, agent: module });
          }
          await agent.reply(message, "done");
        } catch (error) {
          await agent.reply(message, await approvalOf(Promise.reject(error)));
        }
      }
    },
  });
}

async function started() {
  const handles: AgentHandle[] = [];
  const { kernel, clock, platform } = await testKernel({ environment: "production", features: [startsAsked] });
  await write(platform, "one");
  const { pid } = await kernel.process.spawn(chief(handles));
  const ask = async (what: string): Promise<string> => String((await kernel.ipc.request(pid, what)).payload);
  const shown = (id: string): unknown => kernel.governance.approvals.find(id)?.display;
  return { kernel, clock, platform, handles, ask, shown };
}

describe("approved code", () => {
  it("is shown by its digest, and asked about again when it changed", async () => {
    const { kernel, platform, ask, shown } = await started();
    const first = await ask("spawn");
    expect(shown(first)).toContain(digestOf("one"));
    await kernel.governance.approvals.approve(first, approver);
    expect(await ask("spawn")).toBe("done");
    await write(platform, "EVIL");
    const second = await ask("spawn");
    expect(second).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
    expect(shown(second)).toContain(digestOf("EVIL"));
    await write(platform, "one");
    expect(await ask("spawn")).toBe("done");
    await kernel.shutdown();
  });

  it("is that of the function, of a definition in the program: another of the same name is asked about", async () => {
    const kid = (run: () => Promise<void>) => defineAgent({ name: "kid", run });
    const lies = Object.assign(async () => undefined, { toString: () => "async () => {}" });
    const kids = [
      kid(async () => {}),
      kid(async () => void globalThis),
      kid(lies as never),
      kid((async () => {}).bind(undefined)),
      kid(async () => {}),
    ];
    const boss = defineAgent({
      name: "boss",
      async run(agent) {
        for await (const message of agent.inbox) {
          const asked = agent.spawn(kids[Number(message.payload)] as (typeof kids)[0]).then(() => "done");
          await agent.reply(message, await asked.catch((error: unknown) => approvalOf(Promise.reject(error))));
        }
      },
    });
    const { kernel } = await testKernel({ environment: "production", features: [startsAsked] });
    const { pid } = await kernel.process.spawn(boss);
    const ask = async (which: number): Promise<string> => String((await kernel.ipc.request(pid, which)).payload);
    const [good, evil, lie, bound] = [await ask(0), await ask(1), await ask(2), await ask(3)];
    expect(new Set([good, evil, lie, bound]).size).toBe(4);
    const shown = (id = ""): string => kernel.governance.approvals.find(id)?.display ?? "";
    expect(shown(good)).toContain(digestOf("async () => {}"));
    expect(shown(good)).toContain("and not what that closes over");
    expect(shown(bound)).toContain("not bound: its function has no text of its own");
    await kernel.governance.approvals.approve(good as string, approver);
    expect(await ask(1)).toBe(evil);
    // The same text is the same code, whichever definition holds it.
    expect(await ask(4)).toBe("done");
    await kernel.shutdown();
  });

  it("is the only one that a restart starts", async () => {
    const { kernel, clock, platform, handles, ask } = await started();
    await kernel.governance.approvals.approve(await ask("spawn"), approver);
    await ask("spawn");
    const [handle] = handles;
    const before = handle!.pid;
    await kernel.process.kill(before);
    await new Promise<void>((resolve) => {
      kernel.process.events.on("process:restarted", () => resolve());
      clock.advance(200).catch(() => undefined);
    });
    expect(kernel.process.find(handle!)).toMatchObject({ state: "running", restarts: 1 });
    await write(platform, "EVIL");
    await kernel.process.kill(handle!);
    await clock.advance(60_000);
    expect(await handle!.exited).toMatchObject({ kind: "crash", code: "AGENT_CODE_CHANGED" });
    await kernel.shutdown();
  });

  it.each(["supervise", "add"])("counts for children of an agent's supervisor: %s", async (what) => {
    const { kernel, clock, platform, ask, shown } = await started();
    const approvals: string[] = [];
    let answer = await ask(what);
    for (; answer !== "done"; answer = await ask(what)) {
      approvals.push(answer);
      await kernel.governance.approvals.approve(answer, approver);
    }
    expect(approvals.map(shown).join("\n")).toContain(digestOf("one"));
    const live = () => kernel.process.list().filter(({ name, state }) => name === "worker" && state === "running");
    expect(live()).toHaveLength(1);
    await write(platform, "EVIL");
    await kernel.process.kill(live()[0]!);
    await clock.advance(60_000);
    expect(live()).toEqual([]);
    expect(approvals).not.toContain(await ask(what));
    await kernel.shutdown();
  });

  it.each([
    ["is started again after a crash of the kernel", "one", 1],
    ["is not started again after a crash of the kernel when it changed meanwhile", "EVIL", 0],
  ])("%s", async (_, code, count) => {
    const init = { environment: "production", features: [startsAsked], dir: "/state" } as const;
    const { kernel, platform } = await testKernel(init);
    await write(platform, "one");
    const subject = { kind: "principal", id: "tom", role: "operator" } as const;
    const caller: MethodCaller = { subject, role: "operator", signal: new AbortController().signal };
    const spawn = () => kernel.methods.call("agent.spawn", { module: module.href, ...worker }, caller);
    await kernel.governance.approvals.approve(await approvalOf(spawn()), approver);
    await spawn();
    const after = platform.crash();
    await write(after, code);
    const again = await testKernel({ ...init, platform: after });
    const outcome: Readonly<Record<string, string>> =
      count === 1 ? { outcome: "ok" } : { outcome: "failed", error: "AGENT_CODE_CHANGED" };
    await vi.waitFor(() => expectChain(again.kernel).toContain("agent.restart", outcome));
    const live = again.kernel.process.list().filter(({ name, state }) => name === "worker" && state === "running");
    expect(live).toHaveLength(count);
    await again.kernel.shutdown();
  });
});
