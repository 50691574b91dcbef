import { type AgentContext, defineAgent, type Payload, type Pid, type SpawnOptions } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import type { ProcessInit } from "../../src/index.ts";
import { harness } from "../harness.ts";

const idle = defineAgent({
  name: "idle",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});
const code = (expected: string) => expect.objectContaining({ code: expected });

describe("what a start is given", () => {
  it.each<[string, unknown]>([
    ["an unknown option", { colour: "red" }],
    ["a wrong type", { mailboxLimit: "many" }],
    ["a limit of 0", { mailboxLimit: 0 }],
    ["an empty name", { name: "" }],
    ["a name of two, as states are named", { name: "boss/clerk" }],
    ["a name of two lines", { name: "a\nb" }],
    ["the kernel's name", { name: "kernel" }],
    ["a policy without type", { restart: {} }],
    ["a negative backoff", { restart: { type: "permanent", backoffMs: -1 } }],
    ["an input that is no JSON", { input: { when: new Date(0) } }],
    ["an unknown right", { capabilities: { canFly: true } }],
    ["an unknown scope", { capabilities: { ipcScope: { kind: "some" } } }],
    ["options that are no object", 7],
  ])("is refused with %s", async (_, options) => {
    const { process } = await harness();
    await expect(process.spawn(idle, options as SpawnOptions)).rejects.toEqual(code("PROCESS_INPUT_INVALID"));
  });

  it.each([[undefined], [null], [""], [7], [{ run: () => undefined }], [() => undefined]])(
    "is refused when the agent is %s",
    async (agent) => {
      const { process } = await harness();
      await expect(process.spawn(agent as never)).rejects.toEqual(code("PROCESS_INPUT_INVALID"));
    },
  );

  it("is refused with a glob or a path that has no meaning", async () => {
    const { process } = await harness();
    const tools = { allow: ["a..b"] };
    await expect(process.spawn(idle, { capabilities: { tools } })).rejects.toEqual(code("CAPABILITY_INVALID"));
    const files = { read: ["docs/relative"] };
    await expect(process.spawn(idle, { capabilities: { files } })).rejects.toEqual(code("CAPABILITY_INVALID"));
  });

  it("names the backends there are when one is not", async () => {
    const { process } = await harness();
    await expect(process.spawn(idle, { backend: "tee" })).rejects.toMatchObject({
      code: "BACKEND_NOT_AVAILABLE",
      details: { backend: "tee", available: ["inline", "worker", "process"], package: undefined },
    });
  });

  it("is told of at the boot when the configuration names a backend that there is not", async () => {
    const warnings = async (init: ProcessInit): Promise<unknown> =>
      (await harness({ init })).logs.filter(({ level }) => level === "warn").map(({ fields }) => fields);
    const available = ["inline", "worker", "process"];
    expect(await warnings({ defaultBackend: "tee" })).toEqual([{ backend: "tee", available }]);
    expect(await warnings({ defaultBackend: "worker" })).toEqual([]);
  });

  it("stops before it began when its signal has aborted", async () => {
    const { process } = await harness();
    await expect(process.spawn(idle, { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(process.list()).toHaveLength(1);
  });

  it("copies and freezes the input, so that each start sees the same", async () => {
    const { process } = await harness();
    const input = { list: [1] };
    const seen: unknown[] = [];
    const reader = defineAgent({
      name: "reader",
      async run(agent) {
        seen.push(agent.input, Object.isFrozen((agent.input as typeof input).list));
        await agent.inbox.receive();
      },
    });
    const handle = await process.spawn(reader, { input });
    input.list.push(2);
    await process.restart(handle);
    expect(seen).toEqual([{ list: [1] }, true, { list: [1] }, true]);
  });
});

describe("rights at a start", () => {
  it("give the kernel's child no tool, file or network right unless it is named", async () => {
    const { process } = await harness();
    const handle = await process.spawn(idle);
    expect(process.find(handle)?.capabilities).toEqual({
      canSpawn: true,
      canIpc: true,
      canExecTools: true,
      canNetwork: false,
      ipcScope: { kind: "all" },
      tools: { allow: [], deny: [] },
      files: { read: [], write: [], own: [], deny: [] },
    });
  });

  it("resolve links in granted paths, and keep what does not exist yet", async () => {
    const platform = memoryPlatform();
    await platform.files.makeFolder("/real/docs");
    const { process } = await harness({ platform });
    const files = { read: ["/real/./docs"], own: ["/real/new/folder"] };
    const handle = await process.spawn(idle, { capabilities: { files } });
    expect(process.find(handle)?.capabilities.files).toMatchObject({ read: ["/real/docs"], own: ["/real/new/folder"] });
  });

  it("bound a fork bomb by canSpawn and by the maximum", async () => {
    const fake = await harness({ init: { maxProcesses: 20 } });
    const refused: string[] = [];
    const bomb = defineAgent({
      name: "bomb",
      async run(agent: AgentContext) {
        try {
          for (;;) await agent.spawn(bomb);
        } catch (error) {
          refused.push((error as { code: string }).code);
        }
        await agent.inbox.receive();
      },
    });
    await fake.process.spawn(bomb);
    for (let turn = 0; turn < 50; turn += 1) await fake.platform.clock.settle();
    expect(fake.process.list().filter(({ state }) => state === "running")).toHaveLength(21);
    expect(new Set(refused)).toEqual(new Set(["PROCESS_TABLE_FULL"]));
    await fake.shutdown();

    const other = await harness();
    const sterile = await other.process.spawn(bomb, { capabilities: { canSpawn: false } });
    await other.platform.clock.settle();
    expect(refused.at(-1)).toBe("CAPABILITY_DENIED");
    expect(other.process.list().filter(({ parent }) => parent === sterile.pid)).toEqual([]);
  });
});

describe("acting on processes", () => {
  it("protects the kernel from every call", async () => {
    const { process, control } = await harness();
    const kernel = 0 as Pid;
    for (const act of ["stop", "kill", "suspend", "resume", "restart"] as const) {
      await expect(process[act](kernel)).rejects.toEqual(code("PROCESS_PROTECTED"));
    }
    for (const act of ["suspend", "resume", "shutdown", "kill"] as const) {
      expect(() => control[act](kernel)).toThrow(code("PROCESS_PROTECTED"));
    }
  });

  it("says that there is no such process", async () => {
    const { process, control } = await harness();
    await expect(process.stop(7 as Pid)).rejects.toEqual(code("PROCESS_NOT_FOUND"));
    expect(() => control.kill(7 as Pid)).toThrow(code("PROCESS_NOT_FOUND"));
    expect(process.find(7 as Pid)).toBeUndefined();
    expect(process.handle(7 as Pid)).toBeUndefined();
    expect(() => process.find("seven" as never)).toThrow(code("PROCESS_INPUT_INVALID"));
  });

  it("suspends what runs and resumes what is suspended, and nothing else", async () => {
    const { process, audit } = await harness();
    const handle = await process.spawn(idle);
    await expect(process.resume(handle)).rejects.toEqual(code("PROCESS_STATE"));
    await process.suspend(handle);
    await expect(process.suspend(handle)).rejects.toEqual(code("PROCESS_STATE"));
    expect(process.find(handle)?.state).toBe("suspended");
    await process.resume(handle);
    await process.stop(handle);
    await process.stop(handle);
    await expect(process.suspend(handle)).rejects.toEqual(code("PROCESS_STATE"));
    const outcomes = audit.filter(({ kind }) => kind === "agent.suspend").map(({ payload }) => payload.outcome);
    expect(outcomes).toEqual(["ok", "failed", "failed"]);
  });

  it("carries out signals: shutdown ends for good, kill lets the policy start again", async () => {
    const { process, control, platform } = await harness();
    const restart = { type: "permanent" } as const;
    const first = await process.spawn(idle, { restart });
    const second = await process.spawn(idle, { restart });
    control.shutdown(first.pid as Pid);
    control.kill(second.pid as Pid);
    await platform.clock.advance(100);
    expect((await first.exited).kind).toBe("normal");
    expect(process.find(second)).toMatchObject({ state: "running", restarts: 1 });
  });

  it("records each call under its action, and refuses what a rule denies", async () => {
    const fake = await harness();
    const handle = await fake.process.spawn(idle);
    fake.decide = () => ({ verdict: "deny", by: "rule", reason: "no", rules: [], policy: "", suspend: false });
    await expect(fake.process.kill(handle)).rejects.toEqual(code("GOVERNANCE_DENIED"));
    await expect(fake.process.spawn(idle)).rejects.toEqual(code("GOVERNANCE_DENIED"));
    expect(fake.process.find(handle)?.state).toBe("running");
    expect(fake.process.list()).toHaveLength(2);
  });
});

describe("1000 starts and ends", () => {
  it("leave nothing but the exited entries that are kept", async () => {
    const fake = await harness({ init: { maxExited: 10, maxProcesses: 2 } });
    const done = defineAgent({ name: "done", async run() {} });
    for (let round = 0; round < 1000; round += 1) await (await fake.process.spawn(done)).exited;
    expect(fake.process.list()).toHaveLength(11);
    expect(fake.process.reap()).toHaveLength(10);
    expect(fake.process.list()).toHaveLength(1);
    expect([fake.router.mailboxes.size, fake.platform.clock.waiting]).toEqual([0, 0]);
    await fake.shutdown();
  });

  it("give no PID twice, over a restart of the kernel", async () => {
    const platform = memoryPlatform();
    const done = defineAgent({ name: "done", async run() {} });
    const pids: Pid<Payload>[] = [];
    for (let boot = 0; boot < 3; boot += 1) {
      const fake = await harness({ platform });
      for (let round = 0; round < 3; round += 1) pids.push((await fake.process.spawn(done)).pid);
      await fake.shutdown();
    }
    expect(pids).toEqual([1, 2, 3, 1001, 1002, 1003, 2001, 2002, 2003]);
  });
});
