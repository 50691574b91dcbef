/** The methods of messaging and jobs, as every wire calls them. */
import { defineAgent, type JsonValue, type Role } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
const start = async () => {
  const { kernel, clock } = await testKernel();
  const call = async (name: string, input: JsonValue, id = "anna", role: Role = "operator") =>
    (await kernel.methods.call(name, input, {
      subject: { kind: "principal", id, role },
      role,
      signal: new AbortController().signal,
    })) as { readonly [name: string]: JsonValue };
  return { kernel, clock, call };
};
let subject: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  subject = await start();
});
afterAll(() => subject.kernel.shutdown());

describe("the methods of messaging", () => {
  it("open a stream, read it in parts, and end it; it is its owner's alone", async () => {
    const { call, clock } = subject;
    const opened = await call("ipc.subscribe", { pattern: "news.*", buffer: 3 });
    expect(opened).toMatchObject({ stream: expect.any(String), messages: [] });
    const stream = opened.stream as string;
    expect((await call("ipc.topics", {}, "ben", "viewer")).topics).toEqual([
      { topic: "news.*", subscribers: 1, groups: [] },
    ]);
    for (const payload of ["one", { two: 2 }]) {
      expect(await call("ipc.publish", { topic: "news.today", payload, trace })).toEqual({ delivered: 1, refused: 0 });
    }
    await expect(call("ipc.subscribe", { stream }, "ben")).rejects.toMatchObject({ code: "IPC_STREAM_NOT_FOUND" });
    const read = await call("ipc.subscribe", { stream, most: 1 });
    expect(read.messages).toEqual([
      {
        id: expect.any(String),
        from: 0,
        target: { kind: "topic", topic: "news.today" },
        kind: "text",
        payload: "one",
        sentAt: clock.now(),
        trace,
      },
    ]);
    expect((await call("ipc.subscribe", { stream })).messages).toMatchObject([{ payload: { two: 2 }, kind: "json" }]);
    const waits = call("ipc.subscribe", { stream, waitMs: 1000 });
    await clock.advance(1000);
    expect((await waits).messages).toEqual([]);
    expect(await call("ipc.unsubscribe", { stream })).toEqual({ ended: true });
    await expect(call("ipc.unsubscribe", { stream })).rejects.toMatchObject({ code: "IPC_STREAM_NOT_FOUND" });
    expect(await call("ipc.publish", { topic: "news.today", payload: 3 })).toEqual({ delivered: 0, refused: 0 });
  });

  it("show the steps of a trace by its id, and refuse a trace that is none", async () => {
    const { call } = subject;
    const { steps } = await call("ipc.trace", { id: trace.slice(0, 32) }, "ben", "viewer");
    expect(steps).toMatchObject([
      { trace, status: "delivered", from: 0, target: { kind: "topic", topic: "news.today" } },
      { trace, status: "delivered" },
    ]);
    const wrong = call("ipc.publish", { topic: "news.today", payload: 1, trace: "nonsense" });
    await expect(wrong).rejects.toMatchObject({
      code: "IPC_INPUT_INVALID",
      message: expect.stringContaining('got "nonsense"'),
    });
  });

  it("list, show, replay and purge dead letters; viewers see no payload", async () => {
    const { call, kernel } = subject;
    await expect(call("agent.send", { pid: 999, payload: "lost", timeoutMs: 0 })).rejects.toMatchObject({
      code: "IPC_TARGET_NOT_FOUND",
    });
    const listed = await call("ipc.dead-letters.list", { pid: 999, reason: "target-not-found" }, "ben", "viewer");
    expect(listed).toMatchObject({
      counts: { "target-not-found": 1 },
      letters: [{ pid: 999, kept: true, replays: 0 }],
    });
    const [letter] = listed.letters as readonly { readonly id: string }[];
    expect(letter).not.toHaveProperty("payload");
    const id = letter?.id ?? "";
    await expect(call("ipc.dead-letters.show", { id }, "ben", "viewer")).rejects.toMatchObject({
      code: expect.stringMatching(/FORBIDDEN|DENIED/),
    });
    expect(await call("ipc.dead-letters.show", { id })).toMatchObject({ id, payload: "lost" });
    await expect(call("ipc.dead-letters.show", { id: "none" })).rejects.toMatchObject({
      code: "IPC_DEAD_LETTER_NOT_FOUND",
    });
    await expect(call("ipc.dead-letters.replay", { id })).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    const got: unknown[] = [];
    const agent = defineAgent({
      name: "listener",
      async run({ inbox }) {
        for await (const { payload, from } of inbox) got.push([payload, from]);
      },
    });
    const { pid } = await kernel.process.spawn(agent);
    expect(await call("ipc.dead-letters.replay", { id, pid: pid as number })).toMatchObject({ status: "delivered" });
    await subject.clock.settle();
    expect(got).toEqual([["lost", 0]]);
    expect(await call("ipc.dead-letters.purge", {})).toEqual({ purged: 0 });
    await kernel.ipc.send(998 as never, Uint8Array.of(0, 255)).catch(() => undefined);
    const [bytes] = (await call("ipc.dead-letters.list", {})).letters as readonly { readonly id: string }[];
    expect(await call("ipc.dead-letters.show", { id: bytes?.id ?? "" })).toMatchObject({ payload: "AP8=" });
    expect(await call("ipc.dead-letters.purge", { since: 0 })).toEqual({ purged: 1 });
  });
});

describe("the methods of jobs", () => {
  it("add, show, list, change, switch, run and remove a job under the caller's name", async () => {
    const { call } = subject;
    const job = { name: "beat", schedule: { everyMs: 60_000 }, target: { topic: "beat" } };
    const added = await call("cron.add", { job });
    expect(added).toMatchObject({ name: "beat", owner: { kind: "principal", id: "anna" }, enabled: true });
    expect(await call("cron.show", { job: "beat" }, "ben", "viewer")).toMatchObject({ id: added.id });
    expect(await call("cron.edit", { job: "beat", change: { missed: "once" } })).toMatchObject({ missed: "once" });
    expect(await call("cron.disable", { job: "beat" })).toMatchObject({ enabled: false });
    expect(await call("cron.run", { job: "beat" })).toMatchObject({ outcome: "ok", trigger: "manual" });
    expect(await call("cron.enable", { job: "beat" })).toMatchObject({ enabled: true });
    expect(await call("cron.history", { job: added.id ?? "" }, "ben", "viewer")).toMatchObject({
      job: "beat",
      runs: [{ outcome: "ok" }],
    });
    expect(((await call("cron.list", {}, "ben", "viewer")).jobs as JsonValue[]).length).toBe(1);
    await expect(call("cron.add", { job }, "ben", "viewer")).rejects.toMatchObject({
      code: expect.stringMatching(/FORBIDDEN|DENIED/),
    });
    await expect(call("cron.add", { job: { ...job, name: "" } })).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    expect(await call("cron.remove", { job: "beat" })).toMatchObject({ name: "beat" });
    await expect(call("cron.show", { job: "beat" })).rejects.toMatchObject({ code: "IPC_CRON_NOT_FOUND" });
  });
});
