import { defineAgent } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";

const echo = defineAgent({
  name: "echo",
  async run(agent) {
    for await (const message of agent.inbox) {
      if (message.deadline !== undefined) await agent.reply(message, message.payload);
    }
  },
});
const start = async () => {
  const { kernel } = await testKernel();
  const { pid } = await kernel.process.spawn(echo);
  return { kernel, pid };
};
let subject: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  subject = await start();
});
afterAll(() => subject.kernel.shutdown());

it.each([null, undefined, "1", -1, 1.5, Number.NaN, {}, { pid: "1" }])("refuses %j as a process", async (to) => {
  const { ipc } = subject.kernel;
  const refused = { code: "IPC_INPUT_INVALID", details: { field: "a process" } };
  await expect(ipc.send(to as never, "x")).rejects.toMatchObject(refused);
  await expect(ipc.request(to as never, "x")).rejects.toMatchObject(refused);
  await expect(ipc.ping(to as never)).rejects.toMatchObject(refused);
  await expect(ipc.signal(to as never, "kill")).rejects.toMatchObject(refused);
  expect(() => ipc.depth(to as never)).toThrow("expected a process to be a PID");
});

it.each([
  ["null", null, "the options"],
  ["a number", 5, "the options"],
  ["a signal that is none", { signal: 5 }, "signal"],
  ["a trace that is no text", { trace: 5 }, "trace"],
  ["a trace that is no W3C trace context", { trace: "4bf92f3577b34da6a3ce929d0e0e4736" }, "trace"],
])("refuses options: %s", async (_, options, field) => {
  const { kernel, pid } = subject;
  const refused = { code: "IPC_INPUT_INVALID", details: { field } };
  await expect(kernel.ipc.send(pid, "x", options as never)).rejects.toMatchObject(refused);
  await expect(kernel.ipc.request(pid, "x", options as never)).rejects.toMatchObject(refused);
  await expect(kernel.ipc.publish("news", "x", options as never)).rejects.toMatchObject(refused);
});

it.each([null, "", "pong", "ping", "toString", "constructor", "__proto__"])("refuses the signal %j", async (name) => {
  const { kernel, pid } = subject;
  await expect(kernel.ipc.signal(pid, name as never)).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
  expect((await kernel.ipc.request(pid, "still here")).payload).toBe("still here");
});
