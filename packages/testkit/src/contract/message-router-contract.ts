/** What every `MessageRouter` keeps to. */
import { type Inbox, type Message, type MessageRouter, type Pid, toPid, WeftError } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ManualClock } from "../manual-clock.ts";

/** A router under test. */
export interface MessageRouterCase {
  readonly router: MessageRouter;
  readonly clock: ManualClock;
  /** Makes a running process that may message everybody and use every topic; its mailbox is not opened. */
  process(): Promise<Pid>;
  /** Marks a process as exited, without detaching its mailbox. */
  exit(pid: Pid): Promise<void>;
  dispose(): Promise<void>;
}

class ContractError extends WeftError {
  override readonly code = "CONTRACT_FAILED";
}

/** Declares the suite for one implementation of `MessageRouter`. */
export function messageRouterContract(name: string, implementation: { create(): Promise<MessageRouterCase> }): void {
  describe(`${name} keeps the contract of MessageRouter`, () => {
    let subject: MessageRouterCase;
    let router: MessageRouter;
    const opened = async (limit?: number): Promise<{ pid: Pid; inbox: Inbox }> => {
      const pid = await subject.process();
      return { pid, inbox: router.attach(pid, { limit }) };
    };
    const next = async (inbox: Inbox): Promise<Message> => {
      const message = await inbox.receive();
      if (message === undefined) throw new Error("expected a message, but the mailbox is closed");
      return message;
    };
    beforeEach(async () => {
      subject = await implementation.create();
      router = subject.router;
    });
    afterEach(() => subject.dispose());

    it("delivers a message with its sender, kind, time and an id of its own", async () => {
      const a = await opened();
      const b = await opened();
      const sent = await router.send(a.pid, b.pid, { hello: ["world"] });
      expect(sent).toMatchObject({ status: "delivered", id: expect.stringMatching(/^[0-9a-f]{24}$/) });
      expect(b.inbox.depth).toBe(1);
      expect(await next(b.inbox)).toMatchObject({
        id: sent.id,
        from: a.pid,
        target: { kind: "process", pid: b.pid },
        kind: "json",
        payload: { hello: ["world"] },
        sentAt: subject.clock.now(),
        correlationId: undefined,
        error: undefined,
      });
      expect(b.inbox.depth).toBe(0);
      expect((await router.send(a.pid, b.pid, "again")).id).not.toBe(sent.id);
    });

    it("tells text, bytes and JSON apart", async () => {
      const a = await opened();
      const b = await opened();
      await router.send(a.pid, b.pid, "text");
      await router.send(a.pid, b.pid, Uint8Array.of(1, 2));
      await router.send(a.pid, b.pid, null);
      expect(await next(b.inbox)).toMatchObject({ kind: "text", payload: "text" });
      expect(await next(b.inbox)).toMatchObject({ kind: "binary", payload: Uint8Array.of(1, 2) });
      expect(await next(b.inbox)).toMatchObject({ kind: "json", payload: null });
    });

    it("keeps the order of one sender's messages", async () => {
      const a = await opened();
      const b = await opened();
      await Promise.all(Array.from({ length: 50 }, (_, index) => router.send(a.pid, b.pid, index)));
      const got: unknown[] = [];
      while (b.inbox.depth > 0) got.push((await next(b.inbox)).payload);
      expect(got).toEqual(Array.from({ length: 50 }, (_, index) => index));
    });

    it("wakes a receiver that waited first", async () => {
      const a = await opened();
      const b = await opened();
      const received = next(b.inbox);
      await router.send(a.pid, b.pid, "late");
      expect((await received).payload).toBe("late");
    });

    it("refuses an unknown receiver, and a sender that is not running", async () => {
      const a = await opened();
      const b = await opened();
      await expect(router.send(a.pid, toPid(999_999), "x")).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
      await subject.exit(a.pid);
      await expect(router.send(a.pid, b.pid, "x")).rejects.toMatchObject({ code: "IPC_SENDER_NOT_RUNNING" });
      expect(b.inbox.depth).toBe(0);
    });

    it("refuses what is too much for a mailbox, to be tried again, and has room once one was taken", async () => {
      const a = await opened();
      const b = await opened(2);
      await router.send(a.pid, b.pid, 1);
      await router.send(a.pid, b.pid, 2);
      await expect(router.send(a.pid, b.pid, 3)).rejects.toMatchObject({ code: "IPC_INBOX_FULL", retryable: true });
      expect((await next(b.inbox)).payload).toBe(1);
      await router.send(a.pid, b.pid, 4);
      expect([(await next(b.inbox)).payload, (await next(b.inbox)).payload]).toEqual([2, 4]);
    });

    it("refuses a payload that is not JSON, text or bytes", async () => {
      const a = await opened();
      const b = await opened();
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;
      for (const payload of [Number.NaN, { at: Number.POSITIVE_INFINITY }, { run: () => {} }, cyclic, 1n]) {
        await expect(router.send(a.pid, b.pid, payload as never)).rejects.toMatchObject({
          code: "IPC_PAYLOAD_INVALID",
        });
      }
      expect(b.inbox.depth).toBe(0);
    });

    it("answers a request with the reply to exactly that request", async () => {
      const a = await opened();
      const b = await opened();
      const first = router.request(a.pid, b.pid, { question: 1 });
      const second = router.request(a.pid, b.pid, { question: 2 });
      const questions = [await next(b.inbox), await next(b.inbox)];
      const ids = questions.map((question) => question.id);
      expect(questions.every((question) => typeof question.deadline === "number")).toBe(true);
      for (const question of questions.reverse()) await router.reply(b.pid, question, { answerTo: question.id });
      expect((await first).payload).toEqual({ answerTo: ids[0] });
      expect(await second).toMatchObject({ from: b.pid, payload: { answerTo: ids[1] } });
      expect(a.inbox.depth).toBe(0);
    });

    it("rejects a request with the code of the failure that answers it", async () => {
      const a = await opened();
      const b = await opened();
      const answered = router.request(a.pid, b.pid, "question");
      await router.replyError(b.pid, await next(b.inbox), new ContractError("it went wrong", { details: {} }));
      await expect(answered).rejects.toMatchObject({ code: "CONTRACT_FAILED", message: "it went wrong" });
    });

    it("gives up a request after its time, and takes a late reply without an error", async () => {
      const a = await opened();
      const b = await opened();
      const answered = router.request(a.pid, b.pid, "question", { timeoutMs: 500 });
      const outcome = expect(answered).rejects.toMatchObject({ code: "IPC_TIMEOUT" });
      const question = await next(b.inbox);
      await subject.clock.advance(501);
      await outcome;
      await expect(router.reply(b.pid, question, "late")).resolves.toEqual({ status: "late" });
      expect(a.inbox.depth).toBe(0);
    });

    it("tells what became of a reply: who asked has it, nobody waits any more, or nobody asked", async () => {
      const a = await opened();
      const b = await opened();
      const answered = router.request(a.pid, b.pid, "question");
      const question = await next(b.inbox);
      expect(await router.reply(b.pid, question, "first")).toEqual({ status: "answered" });
      expect(await router.reply(b.pid, question, "second")).toEqual({ status: "late" });
      const failure = new ContractError("late as well", { details: {} });
      expect(await router.replyError(b.pid, question, failure)).toEqual({ status: "late" });
      expect((await answered).payload).toBe("first");
      await router.send(a.pid, b.pid, "no question");
      const plain = await next(b.inbox);
      expect(await router.reply(b.pid, plain, "unwanted")).toEqual({ status: "unasked" });
      expect(await router.replyError(b.pid, plain, failure)).toEqual({ status: "unasked" });
      expect(a.inbox.depth).toBe(0);
    });

    it("tells a reply as late whose requester has ended", async () => {
      const a = await opened();
      const b = await opened();
      const answered = router.request(a.pid, b.pid, "question");
      const outcome = expect(answered).rejects.toMatchObject({ code: "IPC_SENDER_NOT_RUNNING" });
      const question = await next(b.inbox);
      router.detach(a.pid);
      await outcome;
      expect(await router.reply(b.pid, question, "nobody hears")).toEqual({ status: "late" });
    });

    it("rejects a request with the reason of its signal", async () => {
      const a = await opened();
      const b = await opened();
      const controller = new AbortController();
      const reason = new Error("enough");
      const answered = router.request(a.pid, b.pid, "question", { signal: controller.signal });
      const outcome = expect(answered).rejects.toBe(reason);
      await next(b.inbox);
      controller.abort(reason);
      await outcome;
    });

    it("ends a mailbox that is closed, and rejects the requests that wait for its process", async () => {
      const a = await opened();
      const b = await opened();
      const answered = router.request(a.pid, b.pid, "question");
      const outcome = expect(answered).rejects.toMatchObject({ code: "IPC_TARGET_EXITED" });
      await next(b.inbox);
      const waiting = b.inbox.receive();
      router.detach(b.pid);
      await outcome;
      expect(await waiting).toBeUndefined();
      expect(await b.inbox.receive()).toBeUndefined();
      for await (const message of b.inbox) throw new Error(`expected no message, got ${message.id}`);
    });

    it("rejects a receive with the reason of its signal, and loses no message by it", async () => {
      const a = await opened();
      const b = await opened();
      const controller = new AbortController();
      const reason = new Error("stop");
      const received = b.inbox.receive({ signal: controller.signal });
      const outcome = expect(received).rejects.toBe(reason);
      controller.abort(reason);
      await outcome;
      await router.send(a.pid, b.pid, "kept");
      expect((await next(b.inbox)).payload).toBe("kept");
    });

    it("gives a published message to every subscriber but the sender", async () => {
      const a = await opened();
      const b = await opened();
      const c = await opened();
      for (const { pid } of [a, b]) await router.subscribe(pid, "news.today");
      await router.subscribe(b.pid, "news.today");
      expect(await router.publish(a.pid, "news.today", "hot")).toEqual({ delivered: 1, refused: 0 });
      expect(await next(b.inbox)).toMatchObject({ target: { kind: "topic", topic: "news.today" }, payload: "hot" });
      expect([a.inbox.depth, b.inbox.depth, c.inbox.depth]).toEqual([0, 0, 0]);
      router.unsubscribe(b.pid, "news.today");
      expect(await router.publish(a.pid, "news.today", "cold")).toEqual({ delivered: 0, refused: 0 });
    });

    it("counts the subscribers that could not take a published message", async () => {
      const a = await opened();
      const b = await opened(1);
      await router.subscribe(b.pid, "news");
      await router.publish(a.pid, "news", 1);
      expect(await router.publish(a.pid, "news", 2)).toEqual({ delivered: 0, refused: 1 });
    });

    it("refuses a topic that is none", async () => {
      const a = await opened();
      for (const topic of ["", "a..b", " "]) {
        await expect(router.subscribe(a.pid, topic)).rejects.toMatchObject({ code: "IPC_TOPIC_INVALID" });
        await expect(router.publish(a.pid, topic, 1)).rejects.toMatchObject({ code: "IPC_TOPIC_INVALID" });
      }
    });
  });
}
