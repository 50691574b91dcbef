import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineAction, defineAgent, isWeftError, Kernel } from "../../src/index.ts";

const echo = defineAgent({
  name: "echo",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weftos-facade-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a kernel in memory", () => {
  it("runs the example of the README", async () => {
    const kernel = await Kernel.boot();
    const { pid } = await kernel.process.spawn(echo);
    const answer = await kernel.ipc.request(pid, { text: "hello" }, { timeoutMs: 500 });
    expect(answer.payload).toEqual({ text: "hello" });
    expect(await kernel.exochain.verify()).toMatchObject({ valid: true });
    expect((await kernel.shutdown()).clean).toBe(true);
    expect(kernel.state).toBe("halted");
  });

  it("finds in its chain what a tool did beyond the effect that was declared", async () => {
    const many = join(folder, "many");
    const few = join(folder, "few");
    for (const [path, count] of [
      [many, 1500],
      [few, 10],
    ] as const) {
      mkdirSync(path);
      for (let n = 0; n < count; n++) closeSync(openSync(join(path, String(n)), "w"));
    }
    const remover = defineAgent({
      name: "remover",
      async run(agent) {
        for (const path of [few, many]) await agent.tools.call("fs.remove", { path, recursive: true });
      },
    });
    const kernel = await Kernel.boot();
    const files = { own: [folder] };
    const process = await kernel.process.spawn(remover, { capabilities: { tools: { allow: ["fs.remove"] }, files } });
    expect(await process.exited).toEqual({ kind: "normal" });
    const host = { subject: { kind: "kernel", id: "0" }, role: "admin", signal: AbortSignal.timeout(60_000) } as const;
    const review = await kernel.methods.call("judicial.review", {}, host);
    expect(review).toMatchObject({
      findings: [{ kind: "effect-exceeded", action: "fs.remove", detail: "risk was 0.718, declared 0.7" }],
    });
    await kernel.shutdown();
  });

  it("says that nothing will be kept", async () => {
    const kernel = await Kernel.boot();
    const lines = kernel.logs.tail().map((event) => event.message);
    expect(lines.some((line) => line.includes("everything is in memory"))).toBe(true);
    await kernel.shutdown();
  });
});

describe("a kernel with a state directory", () => {
  it("keeps its chain over restarts and never gives a PID twice", async () => {
    const dir = join(folder, ".weftos");
    const first = await Kernel.boot({ dir });
    const { pid } = await first.process.spawn(echo);
    await first.shutdown();
    const second = await Kernel.boot({ dir });
    const other = await second.process.spawn(echo);
    expect(other.pid).toBeGreaterThan(pid);
    const { valid, events } = await second.exochain.verify();
    expect(valid).toBe(true);
    expect(events).toBeGreaterThan(10);
    await second.shutdown();
  });

  it.skipIf(process.platform === "win32")("lets nobody else in: folders 0700, keys 0600", async () => {
    const dir = join(folder, ".weftos");
    const kernel = await Kernel.boot({ dir });
    await kernel.shutdown();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const key of readdirSync(join(dir, "keys"))) expect(statSync(join(dir, "keys", key)).mode & 0o777).toBe(0o600);
  });

  it("runs an action that a person approved after its requester's kernel was gone, exactly once", async () => {
    const dir = join(folder, ".weftos");
    const sent: string[] = [];
    const text: Parameters<typeof defineAction<{ text: string }, void>>[0]["input"] = {
      "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as { text: string } }) },
    };
    const post = defineAction<{ text: string }, void>({
      name: "net.announce",
      input: text,
      effect: { risk: 0.2 },
      audit: "durable",
      rights: ["network"],
      attributes: ({ text }) => ({ bytes: text.length }),
      run: ({ text }) => {
        sent.push(text);
      },
    });
    const first = await Kernel.boot({ dir, actions: [post] });
    const agent = await first.process.spawn(echo, { capabilities: { canNetwork: true } });
    const refusal = await first.perform(post, { text: "we are open" }, { as: agent }).catch((error: unknown) => error);
    expect(isWeftError(refusal, "APPROVAL_PENDING")).toBe(true);
    await first.shutdown();
    expect(sent).toEqual([]);

    const second = await Kernel.boot({ dir, actions: [post] });
    const [question] = second.governance.approvals.list({ state: "pending" });
    const caller = {
      subject: { kind: "principal", id: "ann", role: "approver" },
      role: "approver",
      signal: new AbortController().signal,
    } as const;
    const answer = await second.methods.call("approvals.approve", { id: question?.id }, caller);
    expect(answer).toMatchObject({ next: "ran", outcome: "ok" });
    await second.shutdown();
    const third = await Kernel.boot({ dir, actions: [post] });
    await third.shutdown();
    expect(sent).toEqual(["we are open"]);
  });
});

it("types what is there, and makes what is not there a compile error", async () => {
  const kernel = await Kernel.boot();
  const names: readonly string[] = kernel.featureNames;
  expect(names).toEqual(expect.arrayContaining(["exochain", "governance", "process", "ipc", "tools"]));
  // @ts-expect-error the feature is not in the list
  expect(kernel.mesh).toBeUndefined();
  await kernel.shutdown();
});
