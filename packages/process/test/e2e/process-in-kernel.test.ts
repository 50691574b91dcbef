import { defineAgent, type LogRecord } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { expectChain, testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";

const echo = defineAgent({
  name: "echo",
  async run(agent) {
    for await (const message of agent.inbox) {
      if (message.payload === "crash") throw new Error("asked to");
      await agent.reply(message, message.payload);
    }
  },
});

describe("processes in a whole kernel", () => {
  it("answer, crash, come back and leave a verified record", async () => {
    const { kernel, clock } = await testKernel();
    const handle = await kernel.process.spawn(echo, { restart: { type: "transient" } });
    expect((await kernel.ipc.request(handle.pid, "hello")).payload).toBe("hello");
    expect(await kernel.ipc.ping(handle.pid)).toBeGreaterThanOrEqual(0);
    await kernel.ipc.send(handle.pid, "crash");
    await clock.advance(100);
    expect(handle.pid).toBe(2);
    expect((await kernel.ipc.request(handle.pid, "again")).payload).toBe("again");
    await kernel.process.stop(handle);
    const chain = expectChain(kernel);
    await chain.toContain("agent.spawn", { outcome: "ok" });
    await chain.toContain("agent.exit", { pid: 1, reason: "crash", error: "asked to" });
    await chain.toContain("agent.restart", { outcome: "ok" });
    await chain.toContain("agent.stop", { outcome: "ok" });
    await kernel.shutdown();
  });

  it("hold an agent to its message scope, and let it reply all the same", async () => {
    const { kernel } = await testKernel();
    const other = await kernel.process.spawn(echo);
    const refusals: string[] = [];
    const narrow = defineAgent({
      name: "narrow",
      async run(agent) {
        for (const attempt of [() => agent.send(other, "out"), () => agent.publish("news.all", "out")]) {
          await attempt().catch((error: { code: string }) => refusals.push(error.code));
        }
        for await (const message of agent.inbox) await agent.reply(message, "still here");
      },
    });
    const { pid } = await kernel.process.spawn(narrow, { capabilities: { ipcScope: { kind: "none" } } });
    expect((await kernel.ipc.request(pid, "there?")).payload).toBe("still here");
    expect(refusals).toEqual(["CAPABILITY_DENIED", "CAPABILITY_DENIED"]);
    await kernel.shutdown();
  });

  it("log under the subsystem `agent`, whose level can be set apart", async () => {
    const lines: LogRecord[] = [];
    const logSink = { write: (record: LogRecord) => void lines.push(record), close: async () => undefined };
    const { kernel } = await testKernel({ logSink, logLevels: "error,agent=debug" });
    const talking = defineAgent({
      name: "talking",
      async run({ log }) {
        log.debug("a step");
        log.trace("a detail");
      },
    });
    const { exited } = await kernel.process.spawn(talking);
    await exited;
    expect(lines.map(({ subsystem, message }) => [subsystem, message])).toEqual([["agent", "a step"]]);
    await kernel.shutdown();
  });

  it("never reuse a PID of an earlier kernel on the same directory", async () => {
    const platform = memoryPlatform();
    const pids: number[] = [];
    for (let boot = 0; boot < 2; boot += 1) {
      const { kernel } = await testKernel({ platform, dir: "/kernel/.weftos" });
      pids.push((await kernel.process.spawn(echo)).pid);
      const report = await kernel.shutdown();
      expect(report.clean).toBe(true);
    }
    expect(pids).toEqual([1, 1001]);
  });
});
