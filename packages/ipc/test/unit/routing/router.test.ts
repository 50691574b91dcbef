import { KERNEL_PID, type Message, type Pid, toNodeId, toPid } from "@weftos/interface";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Envelope } from "../../../src/message/envelope.ts";
import { a, b, c, RefusedError, setUp, trace } from "../../router-harness.ts";

let kernel: ReturnType<typeof setUp>;
beforeEach(() => {
  kernel = setUp();
});

describe("sending", () => {
  it("puts the message into the receiver's mailbox", async () => {
    const inbox = kernel.router.attach(b);
    const { status, id } = await kernel.router.send(a, b, { text: "hello" }, { trace });
    expect(status).toBe("delivered");
    expect(((await inbox.receive()) as Envelope).toJSON()).toEqual({
      id,
      from: a,
      target: { kind: "process", pid: b },
      kind: "json",
      payload: { text: "hello" },
      sentAt: 1000,
      correlationId: undefined,
      deadline: undefined,
      trace,
      error: undefined,
      hops: 0,
      segmentType: undefined,
      attempt: undefined,
      position: undefined,
    });
  });

  it("asks the guard first, in the sender's name, with the receiver as a fact", async () => {
    kernel.router.attach(a);
    kernel.router.attach(b);
    await kernel.router.send(a, b, "four");
    expect(kernel.guard.calls).toEqual([
      {
        action: "ipc.send",
        subject: { kind: "process", id: "1" },
        resource: "process:2",
        attributes: { pid: 2 },
        actorPid: 1,
        target: 2,
        bytes: 4,
        time: 1000,
      },
    ]);
  });

  it("delivers nothing that the guard refuses", async () => {
    const inbox = kernel.router.attach(b);
    kernel.guard.refuses = () => true;
    await expect(kernel.router.send(a, b, "x")).rejects.toMatchObject({ code: "TEST_REFUSED" });
    expect(inbox.depth).toBe(0);
    expect(kernel.buried).toEqual([]);
  });

  it("rejects when there is no such process, and counts a dead letter", async () => {
    await expect(kernel.router.send(a, toPid(99), "x")).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    expect(kernel.buried).toMatchObject([{ from: 1, reason: "target-not-found", target: { pid: 99 } }]);
  });

  it("rejects when the mailbox is full, and loses none of those in it", async () => {
    const inbox = kernel.router.attach(b, { limit: 2 });
    await kernel.router.send(a, b, "1");
    await kernel.router.send(a, b, "2");
    await expect(kernel.router.send(a, b, "3")).rejects.toMatchObject({ code: "IPC_INBOX_FULL", retryable: true });
    expect([(await inbox.receive())?.payload, (await inbox.receive())?.payload]).toEqual(["1", "2"]);
    expect(kernel.deadLetters.counts()["inbox-full"]).toBe(1);
  });

  it("reaches the sender itself, when that is whom it addresses", async () => {
    const inbox = kernel.router.attach(a);
    await kernel.router.send(a, a, "note");
    expect(inbox.take()).toMatchObject({ from: a, payload: "note" });
  });

  it("is open to running, suspended and stopping processes only", async () => {
    kernel.router.attach(b);
    await expect(kernel.router.send(c, b, "suspended")).resolves.toMatchObject({ status: "delivered" });
    kernel.states.set(a, "stopping");
    await expect(kernel.router.send(a, b, "stopping")).resolves.toMatchObject({ status: "delivered" });
    for (const state of ["starting", "exited"] as const) {
      kernel.states.set(a, state);
      await expect(kernel.router.send(a, b, state)).rejects.toMatchObject({ code: "IPC_SENDER_NOT_RUNNING" });
    }
    await expect(kernel.router.send(toPid(50), b, "unknown")).rejects.toMatchObject({ code: "IPC_SENDER_NOT_RUNNING" });
  });

  it("keeps the order of one sender, whatever others send between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(a, c), { maxLength: 60 }), async (senders) => {
        const { router } = setUp();
        const inbox = router.attach(b);
        const counters = new Map<Pid, number>();
        for (const sender of senders) {
          const next = (counters.get(sender) ?? 0) + 1;
          counters.set(sender, next);
          await router.send(sender, b, next);
        }
        const seen = new Map<Pid, number>();
        for (const _ of senders) {
          const message = await inbox.receive();
          expect(message?.payload).toBe((seen.get(message?.from as Pid) ?? 0) + 1);
          seen.set(message?.from as Pid, message?.payload as number);
        }
      }),
    );
  });
});

const remoteQuestion = {
  id: "0".repeat(24),
  kind: "text",
  payload: "question",
  sentAt: 0,
  trace: undefined,
  hops: 1,
  segmentType: undefined,
  timeoutMs: 1000,
} as const;

describe("a request", () => {
  it("resolves with its reply", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question", { timeoutMs: 100 });
    const question = (await inbox.receive()) as Message;
    expect(question.deadline).toBe(kernel.clock.monotonic() + 100);
    await kernel.router.reply(b, question, "answer");
    expect(await answer).toMatchObject({ payload: "answer", from: b, correlationId: question.id });
    expect(kernel.router.pendingRequests).toBe(0);
  });

  it("asks the guard about the reply as well, marked as one", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    await kernel.router.reply(b, (await inbox.receive()) as Message, "answer");
    await answer;
    expect(kernel.guard.calls.at(-1)).toMatchObject({ action: "ipc.send", attributes: { pid: 1, reply: true } });
  });

  it("is not answered by who lost the right to speak meanwhile, and waits on", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    const question = (await inbox.receive()) as Message;
    kernel.guard.refuses = ({ subject }) => subject.id === String(b);
    await expect(kernel.router.reply(b, question, "answer")).rejects.toMatchObject({ code: "TEST_REFUSED" });
    expect(kernel.router.pendingRequests).toBe(1);
    kernel.guard.refuses = () => false;
    await kernel.router.reply(b, question, "answer");
    expect((await answer).payload).toBe("answer");
  });

  it("rejects with the code of an error reply", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    await kernel.router.replyError(
      b,
      (await inbox.receive()) as Message,
      new RefusedError("no", { details: { why: 1 } }),
    );
    await expect(answer).rejects.toMatchObject({ code: "TEST_REFUSED", message: "no", details: { why: 1 } });
  });

  it("times out, and its late reply is a dead letter and not an error", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question", { timeoutMs: 50 });
    const settled = expect(answer).rejects.toMatchObject({ code: "IPC_TIMEOUT", details: { pid: 2, timeoutMs: 50 } });
    await kernel.clock.advance(50);
    await settled;
    await kernel.router.reply(b, (await inbox.receive()) as Message, "too late");
    expect(kernel.buried).toMatchObject([{ reason: "late-reply", from: 2, target: { pid: 1 } }]);
  });

  it("is counted at the mailbox of who asks until it is settled", async () => {
    const own = kernel.router.attach(a);
    const inbox = kernel.router.attach(b);
    const first = kernel.router.request(a, b, "question");
    const second = expect(kernel.router.request(a, b, "question", { timeoutMs: 50 })).rejects.toThrow("50 ms");
    expect([own.asking, inbox.asking]).toEqual([2, 0]);
    await kernel.router.reply(b, inbox.take() as Message, "answer");
    await first;
    expect(own.asking).toBe(1);
    await kernel.clock.advance(50);
    await second;
    expect(own.asking).toBe(0);
  });

  it("rejects with the signal's reason", async () => {
    kernel.router.attach(b);
    const controller = new AbortController();
    const answer = kernel.router.request(a, b, "question", { signal: controller.signal });
    controller.abort(new Error("never mind"));
    await expect(answer).rejects.toThrow("never mind");
    expect(kernel.router.pendingRequests).toBe(0);
  });

  it("rejects when its receiver ends before it replied", async () => {
    kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    kernel.router.detach(b);
    await expect(answer).rejects.toMatchObject({ code: "IPC_TARGET_EXITED", retryable: true });
  });

  it("rejects at once when there is no receiver", async () => {
    await expect(kernel.router.request(a, b, "question")).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    expect(kernel.router.pendingRequests).toBe(0);
  });

  it("takes no reply from anybody but its receiver", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    const question = (await inbox.receive()) as Message;
    await kernel.router.reply(c, question, "forged");
    await kernel.router.reply(b, question, "true");
    expect((await answer).payload).toBe("true");
    expect(kernel.deadLetters.counts()["late-reply"]).toBe(1);
  });

  it("takes exactly one reply", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    const question = (await inbox.receive()) as Message;
    await kernel.router.reply(b, question, "first");
    await kernel.router.reply(b, question, "second");
    expect((await answer).payload).toBe("first");
    expect(kernel.deadLetters.counts()["late-reply"]).toBe(1);
  });

  it("is not taken from who writes it down with a sender that is none", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    const { id, deadline } = inbox.take() as Message;
    const forged = { id, deadline, from: "a", trace: "not a trace" } as unknown as Message;
    await expect(kernel.router.reply(b, forged, "x")).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
    await kernel.router.reply(b, { ...forged, from: a }, "as it was carried over a wire");
    expect(await answer).toMatchObject({ payload: "as it was carried over a wire", trace: undefined });
  });

  it("can be answered by a process that is stopping", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "question");
    const question = (await inbox.receive()) as Message;
    kernel.states.set(b, "stopping");
    await kernel.router.reply(b, question, "last words");
    expect((await answer).payload).toBe("last words");
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_400_001])("refuses a time-out of %d", async (timeoutMs) => {
    kernel.router.attach(b);
    await expect(kernel.router.request(a, b, "x", { timeoutMs })).rejects.toMatchObject({
      code: "IPC_INPUT_INVALID",
      details: { field: "timeoutMs" },
    });
  });

  it("fails when who asked ends, and the reply that comes all the same is a dead letter", async () => {
    kernel.router.attach(a);
    const inbox = kernel.router.attach(b);
    const answer = expect(kernel.router.request(a, b, "question")).rejects.toMatchObject({
      code: "IPC_SENDER_NOT_RUNNING",
    });
    const question = inbox.take() as Message;
    kernel.router.detach(a);
    await answer;
    expect(kernel.router.pendingRequests).toBe(0);
    await kernel.router.reply(b, question, "nobody hears");
    expect(kernel.deadLetters.list()).toMatchObject([
      { reason: "late-reply", pid: a, from: b, payload: "nobody hears" },
    ]);
  });

  it("is not one of the next start of who asked", async () => {
    kernel.router.attach(a);
    const inbox = kernel.router.attach(b);
    const answer = expect(kernel.router.request(a, b, "question")).rejects.toMatchObject({
      code: "IPC_SENDER_NOT_RUNNING",
    });
    kernel.router.move(a, c);
    await answer;
    await kernel.router.reply(b, inbox.take() as Message, "late");
    expect(kernel.deadLetters.counts()).toEqual({ "late-reply": 1 });
  });

  it("of another node outlives the process that has the same PID here", async () => {
    const inbox = kernel.router.attach(b);
    kernel.router.attach(a);
    const signal = new AbortController().signal;
    const envelope = { ...remoteQuestion, from: a, target: { kind: "process", pid: b } as const };
    const reply = kernel.router.fromRemote(toNodeId("f".repeat(32)), envelope, { signal });
    kernel.router.detach(a);
    await kernel.router.reply(b, inbox.take() as Message, "heard");
    expect(await reply).toMatchObject({ payload: "heard" });
  });

  it("is made of no plain message by replying to it: nothing goes out, and nobody fails", async () => {
    kernel.router.attach(a);
    const inbox = kernel.router.attach(b);
    await kernel.router.send(a, b, "x");
    const asked = kernel.guard.calls.length;
    await kernel.router.reply(b, inbox.take() as Message, "y");
    expect([kernel.guard.calls.length, kernel.router.depth(a), kernel.deadLetters.size]).toEqual([asked, 0, 0]);
  });
});

describe("a topic", () => {
  it("gives one shared message to every subscriber but the sender", async () => {
    const inboxes = [a, b, c].map((pid) => kernel.router.attach(pid));
    for (const pid of [a, b, c]) await kernel.router.subscribe(pid, "news");
    expect(await kernel.router.publish(a, "news", { big: true })).toEqual({ delivered: 2, refused: 0 });
    const [first, second] = [await inboxes[1]?.receive(), await inboxes[2]?.receive()];
    expect(first).toBe(second);
    expect(first).toMatchObject({ target: { kind: "topic", topic: "news" }, payload: { big: true } });
    expect(inboxes[0]?.depth).toBe(0);
  });

  it("says how many could not get the message", async () => {
    kernel.router.attach(b, { limit: 1 });
    await kernel.router.subscribe(b, "news");
    await kernel.router.publish(a, "news", 1);
    expect(await kernel.router.publish(a, "news", 2)).toEqual({ delivered: 0, refused: 1 });
    expect(kernel.deadLetters.counts()["inbox-full"]).toBe(1);
  });

  it("asks the guard for publishing and for subscribing", async () => {
    kernel.router.attach(b);
    kernel.guard.refuses = ({ action }) => action === "ipc.subscribe";
    await expect(kernel.router.subscribe(b, "news")).rejects.toMatchObject({ code: "TEST_REFUSED" });
    kernel.guard.refuses = ({ action }) => action === "ipc.publish";
    await expect(kernel.router.publish(a, "news", 1)).rejects.toMatchObject({ code: "TEST_REFUSED" });
    expect(kernel.guard.calls.map((call) => call.attributes)).toEqual([{ topic: "news" }, { topic: "news" }]);
  });

  it("is left by unsubscribing and by ending", async () => {
    kernel.router.attach(b);
    kernel.router.attach(c);
    await kernel.router.subscribe(b, "news");
    await kernel.router.subscribe(c, "news");
    kernel.router.unsubscribe(b, "news");
    kernel.router.detach(c);
    expect(await kernel.router.publish(a, "news", 1)).toEqual({ delivered: 0, refused: 0 });
  });
});

describe("the end of a mailbox", () => {
  it("makes dead letters of what waits in it", async () => {
    kernel.router.attach(b);
    await kernel.router.send(a, b, "x");
    kernel.router.detach(b);
    kernel.router.detach(b);
    expect(kernel.buried).toMatchObject([{ reason: "target-exited" }]);
    expect(kernel.router.depth(b)).toBeUndefined();
  });

  it("takes back what left it and reached nobody, before all others, and its requests with it", async () => {
    const inbox = kernel.router.attach(b);
    const answer = kernel.router.request(a, b, "asked");
    for (const text of ["x", "y"]) await kernel.router.send(a, b, text);
    const taken = [await inbox.receive(), await inbox.receive()].filter((message) => message !== undefined);
    kernel.router.undelivered(b, taken);
    expect(kernel.router.depth(b)).toBe(3);
    const next = kernel.router.move(b, c);
    const [request, x, y] = [await next.receive(), await next.receive(), await next.receive()];
    expect([request, x, y].map((message) => message?.payload)).toEqual(["asked", "x", "y"]);
    await kernel.router.reply(c, request as Message, "done");
    expect((await answer).payload).toBe("done");
    expect(kernel.buried).toEqual([]);
  });

  it("makes dead letters of what left it and reached nobody, when it is gone", async () => {
    const inbox = kernel.router.attach(b);
    for (const text of ["x", "y"]) await kernel.router.send(a, b, text);
    const taken = [await inbox.receive()].filter((message) => message !== undefined);
    kernel.router.undelivered(b, taken);
    kernel.router.detach(b);
    expect(kernel.buried.map(({ reason }) => reason)).toEqual(["target-exited", "target-exited"]);
    kernel.router.undelivered(b, taken);
    expect(kernel.deadLetters.counts()["target-exited"]).toBe(3);
  });
});

it("gives no two messages of one boot the same id", async () => {
  const inbox = kernel.router.attach(b);
  for (let index = 0; index < 100; index += 1) await kernel.router.send(KERNEL_PID, b, index);
  const ids = new Set<string>();
  for (let index = 0; index < 100; index += 1) ids.add((await inbox.receive())?.id ?? "");
  expect(ids.size).toBe(100);
  expect([...ids].every((id) => /^[0-9a-f]{24}$/.test(id))).toBe(true);
});
