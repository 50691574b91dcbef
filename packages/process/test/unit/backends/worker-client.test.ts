import { isWeftError, type Pid } from "@weftos/interface";
import { expect, it } from "vitest";
import { WorkerClient } from "../../../src/backends/worker-client.ts";
import type { FromWorker, WorkerStart } from "../../../src/backends/worker-protocol.ts";

const start: WorkerStart = {
  module: "file:///a.js",
  pid: 5,
  name: "a",
  parent: 0,
  startedAt: 0,
  input: null,
  environment: {},
  levels: ["info"],
};

const used = () => ({ cpuMs: 5, memoryBytes: 6 });

function client() {
  const said: FromWorker[] = [];
  const made = new WorkerClient(start, (message) => said.push(structuredClone(message)), used);
  const calls = () => said.filter((message) => message.type === "call");
  return { made, said, calls };
}

it("keeps to its calls at once and sends the next when one is answered", async () => {
  const { made, calls } = client();
  const all = Array.from({ length: 300 }, () => made.subscribe("t"));
  expect(calls()).toHaveLength(256);
  made.receive({ type: "result", id: 1, value: null });
  expect(calls()).toHaveLength(257);
  for (let id = 2; id <= 300; id += 1) made.receive({ type: "result", id, value: null });
  await Promise.all(all);
});

it("tells the kernel when a caller gives up, and rejects with the signal's reason", async () => {
  const { made, said } = client();
  const abort = new AbortController();
  const asked = made.request(1 as Pid<string>, "q", { signal: abort.signal });
  abort.abort(new Error("no time"));
  await expect(asked).rejects.toThrow("no time");
  expect(said.at(-1)).toEqual({ type: "cancel", id: 1 });
  await expect(made.send(1 as Pid<string>, "q", { signal: abort.signal })).rejects.toThrow("no time");
});

it("rejects a payload that is no JSON as the router does, and goes on", async () => {
  const { made, calls } = client();
  await expect(made.send(1 as Pid<never>, (() => undefined) as never)).rejects.toMatchObject({
    code: "IPC_PAYLOAD_INVALID",
    details: { path: "", received: "function" },
  });
  const next = made.subscribe("t");
  expect(calls()).toHaveLength(1);
  made.receive({ type: "result", id: 1, value: null });
  await next;
});

it("drops log lines beyond its window, and says how many", () => {
  const { made, said } = client();
  for (let line = 0; line < 300; line += 1) made.log.info("line", { line });
  made.log.debug("not written");
  expect(said).toHaveLength(256);
  made.receive({ type: "logged", count: 1 });
  made.log.info("after");
  expect(said.at(-1)).toMatchObject({ message: "after", dropped: 44 });
  expect([made.log.enabled("info"), made.log.enabled("trace")]).toEqual([true, false]);
});

it("tells of fields that are too long for a line, and not what they hold", () => {
  const { made, said } = client();
  made.log.info("long", { text: "x".repeat(70_000) });
  made.log.info("short", { text: "x" });
  made.log.info("no JSON", { n: 1n as never });
  expect(said.map((line) => (line.type === "log" ? line.fields : undefined))).toEqual([
    { fieldsTooLong: 70_011 },
    { text: "x" },
    { fieldsUnreadable: true },
  ]);
});

it("follows a child through its restart to its end", async () => {
  const { made } = client();
  const spawning = made.spawn(new URL("file:///child.js"));
  made.receive({ type: "result", id: 1, value: { pid: 7, name: "child" } });
  made.receive({ type: "child-restarted", child: 1, pid: 8 });
  const handle = await spawning;
  expect([handle.pid, handle.name]).toEqual([8, "child"]);
  made.receive({ type: "child-exited", child: 1, reason: { kind: "killed" } });
  expect(await handle.exited).toEqual({ kind: "killed" });
});

it("rebuilds errors with their codes", async () => {
  const { made } = client();
  const failing = made.subscribe("t");
  const error = { weft: true, code: "IPC_TOPIC_INVALID", message: "no", retryable: false, details: {} };
  made.receive({ type: "error", id: 1, error });
  const caught: unknown = await failing.catch((reason: unknown) => reason);
  expect(isWeftError(caught, "IPC_TOPIC_INVALID")).toBe(true);
  made.receive({ type: "abort", error: { ...error, weft: false, code: "E", message: "stop" } });
  expect(made.signal.reason).toMatchObject({ message: "stop", code: "E" });
});

it("holds messages while it is suspended, gives credit as they are taken, and ends", async () => {
  const { made, said } = client();
  const message = { id: "1", kind: "text", payload: "m" } as never;
  made.receive({ type: "hold" });
  made.receive({ type: "message", message });
  let taken = false;
  const received = made.inbox.receive().then((given) => {
    taken = true;
    return given;
  });
  await Promise.resolve();
  expect([taken, made.inbox.depth]).toEqual([false, 1]);
  made.receive({ type: "release" });
  expect(await received).toEqual(message);
  expect(said).toEqual([{ type: "credit", count: 1 }]);
  const last = made.inbox.receive();
  made.receive({ type: "end" });
  expect([await last, await made.inbox.receive()]).toEqual([undefined, undefined]);
  made.receive({ type: "ping", id: 3 });
  expect(said.at(-1)).toEqual({ type: "pong", id: 3, used: { cpuMs: 5, memoryBytes: 6, idle: false } });
});
