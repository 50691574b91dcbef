import { defineAgent, type JsonValue, type MethodCaller } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";

const received: unknown[] = [];
const answering = defineAgent({
  name: "answering",
  async run(agent) {
    for await (const message of agent.inbox) {
      received.push([message.from, message.payload]);
      if (message.deadline === undefined || message.payload === "hush") continue;
      await agent.reply(message, message.payload === "bytes" ? new Uint8Array([0, 255, 16]) : message.payload);
    }
  },
});
const caller = (signal: AbortSignal = new AbortController().signal): MethodCaller => ({
  subject: { kind: "principal", id: "owner", role: "admin" },
  role: "admin",
  signal,
});
const start = async () => {
  const { kernel, clock } = await testKernel();
  const { pid } = await kernel.process.spawn(answering);
  const call = (input: JsonValue, signal?: AbortSignal) => kernel.methods.call("agent.send", input, caller(signal));
  return { kernel, clock, pid: pid as number, call };
};
let subject: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  subject = await start();
});
afterAll(() => subject.kernel.shutdown());

it("carries a principal's message to a process and its reply back", async () => {
  const { call, pid } = subject;
  expect(await call({ pid, payload: { order: 7 } })).toMatchObject({ from: pid, kind: "json", payload: { order: 7 } });
  expect(received.at(-1)).toEqual([0, { order: 7 }]);
});

it("gives bytes as base64", async () => {
  const { call, pid } = subject;
  expect(await call({ pid, payload: "bytes" })).toMatchObject({ kind: "binary", payload: "AP8Q" });
});

it("does not wait for a reply when the time-out is 0", async () => {
  const { call, pid } = subject;
  expect(await call({ pid, payload: "one way", timeoutMs: 0 })).toMatchObject({ status: "delivered" });
});

it("fails by name: no such process, no reply in time, a caller that gives up, wrong parameters", async () => {
  const { call, clock, pid } = subject;
  await expect(call({ pid: 999, payload: 1 })).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
  const late = expect(call({ pid, payload: "hush", timeoutMs: 50 })).rejects.toMatchObject({ code: "IPC_TIMEOUT" });
  await clock.advance(50);
  await late;
  const abort = new AbortController();
  const given = expect(call({ pid, payload: "hush" }, abort.signal)).rejects.toThrow("gave up");
  await clock.settle();
  abort.abort(new Error("gave up"));
  await given;
  const payload = 1;
  const wrong: JsonValue[] = [{}, [], { pid: 0, payload }, { pid, payload, timeoutMs: -1 }, { pid, payload, more: 1 }];
  for (const input of wrong) {
    await expect(call(input)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
  }
});
