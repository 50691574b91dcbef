import { defineAgent, type Message, toPid } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workLoop } from "../../src/work-loop/work-loop.ts";

let subject: Awaited<ReturnType<typeof testKernel>>;
beforeAll(async () => {
  subject = await testKernel();
});
afterAll(() => subject.kernel.shutdown());

const worker = defineAgent({ name: "worker", run: workLoop() });
const text = (value: object): string => JSON.stringify(value);
const bytes = (value: object): Uint8Array => new TextEncoder().encode(text(value));

describe("an agent that runs the work loop", () => {
  it("answers ping, echo, exec without a tool, and plain text", async () => {
    const { pid } = await subject.kernel.process.spawn(worker);
    const ask = async (payload: never) => (await subject.kernel.ipc.request(pid, payload)).payload;
    await subject.clock.advance(1500);
    expect(await ask({ cmd: "ping" } as never)).toEqual({ status: "ok", pid, uptimeMs: 1500 });
    expect(await ask({ cmd: "echo", text: "hi" } as never)).toEqual({ echo: "hi", pid });
    expect(await ask("plain" as never)).toEqual({ echo: "plain", pid });
    expect(await ask(text({ cmd: "ping" }) as never)).toMatchObject({ status: "ok" });
    expect(await ask({ cmd: "exec", text: "no tool" } as never)).toEqual({ status: "ok", echo: "no tool", pid });
  });

  it("refuses by name what it does not know", async () => {
    const { pid } = await subject.kernel.process.spawn(worker);
    for (const payload of [{ cmd: "dance" }, { no: "command" }, [1], 7]) {
      const asked = subject.kernel.ipc.request(pid, payload as never);
      await expect(asked).rejects.toMatchObject({ code: "IPC_COMMAND_INVALID" });
    }
  });

  it("runs a tool with the agent's rights, whatever the command comes in", async () => {
    const { pid } = await subject.kernel.process.spawn(worker, {
      capabilities: { canExecTools: true, tools: { allow: ["fs.*"] } },
    });
    const exec = { cmd: "exec", tool: "fs.stat", args: { path: "/nowhere" } };
    const before = subject.kernel.decisions.deny;
    const kinds = [
      [exec, {}],
      [text(exec), {}],
      [bytes(exec), {}],
      [bytes(exec), { kind: "rvf", segmentType: 1 }],
      [{ name: "fs.stat", args: { path: "/nowhere" } }, { kind: "toolCall" }],
    ] as const;
    for (const [payload, options] of kinds) {
      const asked = subject.kernel.ipc.request(pid, payload as never, options);
      await expect(asked).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    }
    expect(subject.kernel.decisions.deny - before).toBe(kinds.length);
  });

  it("receives segments, and acknowledges what asks for no reply", async () => {
    const { pid } = await subject.kernel.process.spawn(worker);
    const segment = await subject.kernel.ipc.request(pid, Uint8Array.of(1, 2, 3) as never, {
      kind: "rvf",
      segmentType: 64,
    });
    expect(segment.payload).toEqual({ status: "ok", segmentType: 64, dataLen: 3, pid });
    await subject.kernel.ipc.send(pid, { cmd: "ping" } as never, { reliable: true });
    await subject.kernel.ipc.send(pid, { cmd: "dance" } as never, { reliable: true });
    await subject.kernel.ipc.request(pid, { cmd: "ping" } as never);
    const before = subject.kernel.ipc.deadLetters.counts().unacknowledged ?? 0;
    await subject.clock.advance(120_000);
    expect(subject.kernel.ipc.deadLetters.counts().unacknowledged ?? 0).toBe(before);
  });

  it.each(["running", "suspended"])("ends when it is asked to stop while it is %s", async (state) => {
    const handle = await subject.kernel.process.spawn(worker);
    if (state === "suspended") await subject.kernel.ipc.request(handle, { cmd: "suspend" } as never);
    await subject.kernel.process.stop(handle);
    expect(await handle.exited).toEqual({ kind: "normal" });
  });

  it("takes nothing but resume while it is suspended", async () => {
    const { pid } = await subject.kernel.process.spawn(worker);
    const ask = (cmd: string): Promise<Message> => subject.kernel.ipc.request(pid, { cmd } as never);
    expect((await ask("suspend")).payload).toEqual({ status: "suspended", pid });
    await expect(ask("ping")).rejects.toMatchObject({ code: "IPC_LOOP_SUSPENDED" });
    expect((await ask("resume")).payload).toEqual({ status: "resumed", pid });
    expect((await ask("ping")).payload).toMatchObject({ status: "ok" });
  });

  it("adds, lists and removes jobs under its own name", async () => {
    const { pid } = await subject.kernel.process.spawn(worker);
    const ask = async (payload: object) => (await subject.kernel.ipc.request(pid, payload as never)).payload as never;
    const job = await ask({ cmd: "cron.add", name: "beat", intervalSecs: 30, command: "ping", targetPid: pid });
    expect(job).toMatchObject({
      name: "beat",
      schedule: { everyMs: 30_000 },
      owner: { kind: "process", id: String(pid) },
    });
    expect(await ask({ cmd: "cron.list" })).toHaveLength(1);
    const { id } = job as { readonly id: string };
    expect(await ask({ cmd: "cron.remove", id })).toEqual({ removed: true, jobId: id });
    await expect(ask({ cmd: "cron.remove", id })).rejects.toMatchObject({ code: "IPC_CRON_NOT_FOUND" });
    await expect(ask({ cmd: "cron.add", intervalSecs: 0, targetPid: pid })).rejects.toMatchObject({
      code: "IPC_INPUT_INVALID",
    });
    const own = await ask({ cmd: "cron.add" });
    expect(own).toMatchObject({
      name: "unnamed",
      schedule: { everyMs: 60_000 },
      target: { agent: pid, payload: { cmd: "ping" } },
    });
    await ask({ cmd: "cron.remove", id: (own as { readonly id: string }).id });
    const asKernel = subject.kernel.ipc.request({ kind: "kernel" }, { cmd: "cron.add" });
    await expect(asKernel).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
  });
});

describe("messages in a whole kernel", () => {
  it("find services by name, follow a mailbox's policy, and stream out of it", async () => {
    const { kernel } = subject;
    const idle = defineAgent({
      name: "idle",
      run: (agent) => new Promise((resolve) => agent.signal.addEventListener("abort", () => resolve())),
    });
    const { pid } = await kernel.process.spawn(idle, { mailboxLimit: 1, mailboxPolicy: "wait" });
    await kernel.services.register("sink", { kind: "process", pid });
    const to = { kind: "service", service: "sink" } as const;
    expect([await kernel.ipc.send(to, 1), await kernel.ipc.send(to, 2)].map(({ status }) => status)).toEqual([
      "delivered",
      "queued",
    ]);
    await expect(kernel.ipc.send({ kind: "service", service: "none" }, 1)).rejects.toMatchObject({
      code: "IPC_SERVICE_NOT_FOUND",
    });
    const stream = await kernel.ipc.stream("news.>");
    await kernel.ipc.publish("news.a.b", "hot");
    for await (const { payload } of stream) {
      expect(payload).toBe("hot");
      break;
    }
    await kernel.process.kill(toPid(pid));
    expect(kernel.services.resolve("sink")).toBeUndefined();
  });
});
