import {
  KERNEL_PID,
  type Message,
  type MessageTarget,
  type RemoteEnvelope,
  type RemoteReceiver,
  type RemoteTransport,
  type ReplyResult,
  toNodeId,
  WeftError,
} from "@weftos/interface";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { a, b, c, RefusedError, setUp, trace } from "../../router-harness.ts";

let kernel: ReturnType<typeof setUp>;
beforeEach(() => {
  kernel = setUp();
});
const node = toNodeId("0123456789abcdef0123456789abcdef");

class FarError extends WeftError {
  override readonly code = "MESH_UNREACHABLE";
}

const fromAfar: RemoteEnvelope = {
  id: "0".repeat(24),
  from: c,
  target: { kind: "process", pid: b },
  kind: "text",
  payload: "from afar",
  sentAt: 1,
  trace: undefined,
  hops: 1,
  segmentType: undefined,
  timeoutMs: undefined,
};

describe("a target", () => {
  it("may be a service: whoever the directory names, and the receiver reads the method", async () => {
    kernel.services.set("bank", { kind: "process", pid: b });
    const inbox = kernel.router.attach(b);
    const target = { kind: "serviceMethod", service: "bank", method: "pay" } as const;
    await kernel.router.send(a, { kind: "service", service: "bank" }, 1);
    const answer = kernel.router.request(a, target, 2);
    expect(inbox.take()).toMatchObject({ target: { kind: "service", service: "bank" } });
    const asked = inbox.take() as Message;
    expect(asked.target).toEqual(target);
    await kernel.router.reply(b, asked, "paid");
    expect((await answer).payload).toBe("paid");
    expect(kernel.guard.calls[0]).toMatchObject({ attributes: { pid: 2 }, target: 2 });
  });

  it("fails by name when the service is unknown, at a URL, or in a container", async () => {
    kernel.services.set("web", { kind: "external", url: "https://example.com" });
    kernel.services.set("box", { kind: "container", container: "box-1" });
    for (const [service, code] of [
      ["none", "NOT_FOUND"],
      ["web", "ELSEWHERE"],
      ["box", "ELSEWHERE"],
    ] as const) {
      const target = { kind: "service", service } as const;
      await expect(kernel.router.send(a, target, 1)).rejects.toMatchObject({ code: `IPC_SERVICE_${code}` });
      await expect(kernel.router.request(a, target, 1)).rejects.toMatchObject({ code: `IPC_SERVICE_${code}` });
    }
    expect(kernel.deadLetters.counts()).toEqual({ "target-not-found": 6 });
    expect(kernel.router.pendingRequests).toBe(0);
  });

  it("may be everybody: all but the sender, each asked about, those refused left out", async () => {
    const inboxes = [a, b, c].map((pid) => kernel.router.attach(pid, { limit: 1 }));
    expect(await kernel.router.broadcast(a, "all")).toEqual({ delivered: 2, refused: 0 });
    expect(inboxes.map(({ depth }) => depth)).toEqual([0, 1, 1]);
    inboxes[1]?.take();
    kernel.guard.refuses = ({ attributes }) => attributes.pid === b;
    expect(await kernel.router.broadcast(a, "again")).toEqual({ delivered: 0, refused: 2 });
    await expect(kernel.router.send(a, { kind: "broadcast" }, "x")).rejects.toMatchObject({ code: "IPC_NO_RECEIVER" });
  });

  it("may be a topic, and a message that nobody gets is not a success", async () => {
    const topic = { kind: "topic", topic: "news.x" } as const;
    await expect(kernel.router.send(a, topic, 1)).rejects.toMatchObject({ code: "IPC_NO_RECEIVER" });
    const inbox = kernel.router.attach(b);
    await kernel.router.subscribe(b, "news.*");
    expect((await kernel.router.send(a, topic, 1)).status).toBe("delivered");
    expect(inbox.depth).toBe(1);
    await expect(kernel.router.request(a, topic, 1)).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
  });

  it("may be the kernel: its handlers are asked in turn, and answer", async () => {
    const remove = kernel.router.handlers.add(({ payload }) => (payload === "one" ? { first: true } : undefined));
    kernel.router.handlers.add(async ({ payload, from }) => (payload === "two" ? { from } : undefined));
    kernel.router.handlers.add(({ payload }) => {
      if (payload === "bad") throw new Error("secret");
      return undefined;
    });
    expect((await kernel.router.request(a, KERNEL_PID, "one")).payload).toEqual({ first: true });
    expect((await kernel.router.request(a, { kind: "kernel" }, "two")).payload).toEqual({ from: a });
    expect(await kernel.router.send(a, { kind: "kernel" }, "two")).toMatchObject({ status: "delivered" });
    const failed = kernel.router.request(a, { kind: "kernel" }, "bad");
    await expect(failed).rejects.toMatchObject({ code: "IPC_HANDLER_FAILED", message: "the kernel's handler failed" });
    remove();
    await expect(kernel.router.request(a, { kind: "kernel" }, "one")).rejects.toMatchObject({ code: "IPC_NO_HANDLER" });
    await expect(kernel.router.send(a, { kind: "kernel" }, "one")).rejects.toMatchObject({ code: "IPC_NO_HANDLER" });
    expect(kernel.deadLetters.counts()["no-handler"]).toBe(2);
  });

  it("aborts a handler of the kernel when the request is over", async () => {
    let seen: AbortSignal | undefined;
    kernel.router.handlers.add((_message, { signal }) => {
      seen = signal;
      return new Promise(() => undefined);
    });
    const answer = kernel.router.request(a, { kind: "kernel" }, 1, { timeoutMs: 10 });
    const settled = expect(answer).rejects.toMatchObject({ code: "IPC_TIMEOUT" });
    await kernel.clock.advance(10);
    await settled;
    expect(seen?.aborted).toBe(true);
  });

  it("on another node is a typed error without a mesh", async () => {
    const target = { kind: "remote", node, target: { kind: "process", pid: b } } as const;
    await expect(kernel.router.send(a, target, 1)).rejects.toMatchObject({ code: "IPC_NO_MESH" });
    await expect(kernel.router.request(a, target, 1)).rejects.toMatchObject({ code: "IPC_NO_MESH" });
    expect(kernel.guard.calls[0]).toMatchObject({ resource: `node:${node}`, attributes: { node } });
  });

  it("on another node goes over the transport, with its hops counted, and its reply comes back", async () => {
    const sent: RemoteEnvelope[] = [];
    const transport: RemoteTransport = {
      async send(_node, envelope) {
        sent.push(envelope);
        if (envelope.payload === "fail") throw new FarError("far", { details: {} });
        return envelope.timeoutMs === undefined ? undefined : { kind: "text", payload: "pong", error: undefined };
      },
      receive: (_receiver: RemoteReceiver) => undefined,
    };
    kernel.transports.push(transport);
    const target = { kind: "remote", node, target: { kind: "service", service: "bank" } } as const;
    await kernel.router.send(a, target, "x");
    expect((await kernel.router.request(a, target, "ping", { timeoutMs: 70 })).payload).toBe("pong");
    await expect(kernel.router.request(a, target, "fail")).rejects.toMatchObject({ code: "MESH_UNREACHABLE" });
    expect(sent).toMatchObject([
      { from: a, target: { kind: "service" }, hops: 1, timeoutMs: undefined },
      { timeoutMs: 70 },
      { payload: "fail" },
    ]);
  });

  it("takes what another node sends, under that node's name, and gives the reply", async () => {
    const inbox = kernel.router.attach(b);
    const signal = new AbortController().signal;
    const envelope: RemoteEnvelope = { ...fromAfar, kind: "json", payload: { q: 1 }, trace };
    expect(await kernel.router.fromRemote(node, envelope, { signal })).toBeUndefined();
    expect(inbox.take()).toMatchObject({ node, from: c, trace, hops: 1, payload: { q: 1 } });
    expect(kernel.guard.calls[0]).toMatchObject({ subject: { kind: "node", id: node }, attributes: { pid: b } });
    const answer = kernel.router.fromRemote(node, { ...envelope, timeoutMs: 50 }, { signal });
    await kernel.router.reply(b, inbox.take() as Message, "answer");
    expect(await answer).toEqual({ kind: "text", payload: "answer", error: undefined });
    kernel.guard.refuses = () => true;
    await expect(kernel.router.fromRemote(node, envelope, { signal })).rejects.toMatchObject({ code: "TEST_REFUSED" });
    const looping = kernel.router.fromRemote(node, { ...envelope, hops: 17 }, { signal });
    await expect(looping).rejects.toMatchObject({ code: "IPC_TOO_MANY_HOPS" });
  });

  it("of another node's message leaves out nobody here who has its sender's PID", async () => {
    const inboxes = [a, b, c].map((pid) => kernel.router.attach(pid));
    for (const pid of [a, b]) await kernel.router.subscribe(pid, "news");
    await kernel.router.subscribe(c, "news", { group: "readers" });
    const { signal } = new AbortController();
    for (const [from, target] of [
      [a, { kind: "topic", topic: "news" }],
      [c, { kind: "topic", topic: "news" }],
      [b, { kind: "broadcast" }],
    ] as const) {
      await kernel.router.fromRemote(node, { ...fromAfar, from, target }, { signal });
    }
    expect(inboxes.map(({ depth }) => depth)).toEqual([3, 3, 3]);
    // In the records it is no deed of those processes.
    expect(kernel.guard.calls.filter((call) => "actorPid" in call && call.actorPid !== KERNEL_PID)).toEqual([]);
  });

  it.each([-1, 1.5, "1", null])(
    "of another node's message is refused with a sender that is no PID: %j",
    async (from) => {
      const { signal } = new AbortController();
      const taken = kernel.router.fromRemote(node, { ...fromAfar, from: from as never }, { signal });
      await expect(taken).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
    },
  );

  it.each([
    { kind: "nobody" },
    { kind: "process", pid: -1 },
    { kind: "topic", topic: "a..b" },
    { kind: "service", service: "" },
    { kind: "serviceMethod", service: "bank" },
    { kind: "remote", node: "short", target: { kind: "kernel" } },
    { kind: "remote", node, target: { kind: "remote" } },
    { kind: "remote", node },
  ])("is refused when it is none: %j", async (target) => {
    await expect(kernel.router.send(a, target as MessageTarget, 1)).rejects.toMatchObject({
      code: expect.stringMatching(/^IPC_(INPUT|TOPIC)_INVALID$/),
    });
  });
});

describe("a kind of payload", () => {
  it("is told or said, and checked", async () => {
    const inbox = kernel.router.attach(b);
    await kernel.router.send(a, b, { name: "fs.read", args: { path: "/" } }, { kind: "toolCall" });
    await kernel.router.send(a, b, { callId: "7", result: null }, { kind: "toolResult" });
    await kernel.router.send(a, b, Uint8Array.of(1), { kind: "rvf", segmentType: 0x40 });
    expect([inbox.take(), inbox.take(), inbox.take()]).toMatchObject([
      { kind: "toolCall", payload: { name: "fs.read" } },
      { kind: "toolResult", payload: { callId: "7" } },
      { kind: "rvf", segmentType: 64, payload: Uint8Array.of(1) },
    ]);
    const wrong = [
      [{ args: {} }, { kind: "toolCall" }],
      [{ callId: "7" }, { kind: "toolResult" }],
      ["text", { kind: "rvf", segmentType: 1 }],
      [Uint8Array.of(1), { kind: "rvf" }],
      [Uint8Array.of(1), { kind: "rvf", segmentType: 256 }],
      [1, { segmentType: 1 }],
      [1, { kind: "signal" }],
    ] as const;
    for (const [payload, options] of wrong) {
      await expect(kernel.router.send(a, b, payload, options as never)).rejects.toMatchObject({
        code: expect.stringMatching(/^IPC_(PAYLOAD|INPUT)_INVALID$/),
      });
    }
  });
});

describe("a payload over 16 MiB", () => {
  const large = new Uint8Array(16 * 1024 * 1024 + 1);
  const refused = { code: "IPC_PAYLOAD_TOO_LARGE" };

  it("is refused on every way, and nothing of it stays", async () => {
    const { router } = kernel;
    const inbox = router.attach(b);
    await router.subscribe(b, "news");
    const service = { kind: "service", service: "bank" } as const;
    kernel.services.set("bank", { kind: "process", pid: b });
    const remote = { kind: "remote", node, target: service } as const;
    for (const target of [b, service, { kind: "kernel" }, remote] as const) {
      await expect(router.send(a, target, large)).rejects.toMatchObject(refused);
      await expect(router.request(a, target, large)).rejects.toMatchObject(refused);
    }
    await expect(router.send(a, b, large, { reliable: true })).rejects.toMatchObject(refused);
    expect(router.trySend(a, b, large)).toMatchObject({ status: "refused", error: refused });
    await expect(router.publish(a, "news", large)).rejects.toMatchObject(refused);
    await expect(router.broadcast(a, large)).rejects.toMatchObject(refused);
    const { signal } = new AbortController();
    const fromNode = router.fromRemote(node, { ...fromAfar, kind: "binary", payload: large }, { signal });
    await expect(fromNode).rejects.toMatchObject(refused);
    expect([inbox.depth, kernel.deadLetters.size, router.pendingRequests]).toEqual([0, 0, 0]);
  });

  it("is refused as a reply, by a process, a handler of the kernel and another node", async () => {
    const { router } = kernel;
    const inbox = router.attach(b);
    const answer = router.request(a, b, "question");
    const question = inbox.take() as Message;
    await expect(router.reply(b, question, large)).rejects.toMatchObject(refused);
    await router.reply(b, question, "small");
    expect((await answer).payload).toBe("small");
    router.handlers.add(async () => large);
    await expect(router.request(a, { kind: "kernel" }, 1)).rejects.toMatchObject(refused);
    kernel.transports.push({
      send: async () => ({ kind: "binary", payload: large, error: undefined }),
      receive: () => undefined,
    });
    const remote = { kind: "remote", node, target: { kind: "process", pid: b } } as const;
    await expect(router.request(a, remote, 1)).rejects.toMatchObject(refused);
  });
});

describe("a trace", () => {
  it("is that of the message last taken, unless another one or none is given, and can be followed", async () => {
    const inbox = kernel.router.attach(b);
    const other = kernel.router.attach(c);
    const another = `${"1".repeat(32)}-${"2".repeat(16)}`;
    const first = await kernel.router.send(a, b, 1, { trace });
    await kernel.router.send(b, c, "before it was taken");
    inbox.take();
    await kernel.router.send(b, c, 2);
    await kernel.router.send(b, c, 3, { trace: null });
    await kernel.router.send(b, c, 4, { trace: `00-${another}-01` });
    expect([other.take(), other.take(), other.take(), other.take()].map((message) => message?.trace)).toEqual([
      undefined,
      trace,
      undefined,
      another,
    ]);
    const steps = kernel.traces.find(first.id).map(({ from, status }) => [from, status]);
    expect(steps).toEqual([
      [a, "delivered"],
      [b, "queued"],
    ]);
    for (const name of [trace, trace.slice(0, 32), `00-${trace}-01`]) {
      expect(kernel.traces.find(name).map(({ from }) => from)).toEqual([a, b]);
    }
    expect(kernel.traces.find("unknown")).toEqual([]);
  });

  it("shows what became of each message: refused by the guard, without room, waiting for room", async () => {
    const inbox = kernel.router.attach(b, { limit: 1, policy: "wait" });
    const sending = [1, 2, 3].map((payload) => kernel.router.send(a, b, payload, { trace }));
    await expect(kernel.router.send(a, c, 4, { trace })).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    expect(kernel.router.trySend(a, c, 4, { trace }).status).toBe("refused");
    inbox.take();
    await Promise.all(sending);
    kernel.guard.refuses = () => true;
    await expect(kernel.router.send(a, b, 5, { trace })).rejects.toBeInstanceOf(RefusedError);
    await expect(kernel.router.publish(a, "news", 6, { trace })).rejects.toBeInstanceOf(RefusedError);
    await expect(kernel.router.send(a, { kind: "kernel" }, 7, { trace })).rejects.toBeInstanceOf(RefusedError);
    const statuses = kernel.traces.find(trace).map(({ status }) => status);
    expect(statuses).toEqual([
      "delivered",
      "queued",
      "target-not-found",
      "IPC_TARGET_NOT_FOUND",
      "queued",
      "TEST_REFUSED",
      "TEST_REFUSED",
      "TEST_REFUSED",
    ]);
  });

  it("goes with a message that is sent on, whose hops are counted up to 16", async () => {
    const inbox = kernel.router.attach(b);
    let message: Message = { hops: 0, trace } as Message;
    for (let hop = 1; hop <= 16; hop += 1) {
      await kernel.router.send(a, b, hop, { forwards: message });
      message = inbox.take() as Message;
      expect([message.hops, message.trace]).toEqual([hop, trace]);
    }
    const again = kernel.router.send(a, b, 17, { forwards: message });
    await expect(again).rejects.toMatchObject({ code: "IPC_TOO_MANY_HOPS", details: { hops: 16 } });
  });
});

describe("the one record of a message", () => {
  it("says send of a plain one, and how far one came that is to be answered", async () => {
    const { router, guard, clock } = kernel;
    const inbox = router.attach(b);
    await router.send(a, b, "plain");
    inbox.take();
    const answered = router.request(a, b, "answered", { timeoutMs: 10 });
    const taken = router.request(a, b, "taken", { timeoutMs: 10 });
    const untaken = router.request(a, b, "not taken", { timeoutMs: 10 });
    expect(guard.records).toEqual(["ipc.send ok"]);
    await router.reply(b, inbox.take() as Message, "yes");
    await answered;
    inbox.take();
    const settled = Promise.allSettled([taken, untaken]);
    await clock.advance(10);
    await settled;
    // The reply is a message of its own.
    expect(guard.records).toEqual(["ipc.send ok", "ipc.ack ok", "ipc.send ok", "ipc.recv failed", "ipc.send failed"]);
    expect(guard.calls.filter(({ action }) => action === "ipc.send")).toHaveLength(5);
  });

  it("is written when the kernel ends before the kernel itself has answered: who asked is told, and who answers", async () => {
    const { router, guard, clock } = kernel;
    let given: AbortSignal | undefined;
    router.handlers.add((_message, { signal }) => {
      given = signal;
      return new Promise(() => undefined);
    });
    const answer = router.request(a, KERNEL_PID, "a question", { timeoutMs: 86_400_000 });
    const told = expect(answer).rejects.toMatchObject({ code: "IPC_SENDER_NOT_RUNNING", details: { pid: a } });
    router.endRequests();
    await told;
    expect(given?.aborted).toBe(true);
    expect(router.pendingRequests).toBe(0);
    expect(guard.records).toEqual(["ipc.send failed"]);
    await clock.advance(0);
    expect(clock.waiting).toBe(0);
  });
});

describe("a request that has no room", () => {
  it("fails at once when its mailbox lets it go to make room, and has one record", async () => {
    const { router, guard, buried } = kernel;
    router.attach(b, { limit: 1, policy: "drop-oldest" });
    const asked = expect(router.request(a, b, "a question")).rejects.toMatchObject({
      code: "IPC_INBOX_FULL",
      details: { pid: b, limit: 1 },
    });
    await router.send(a, b, "newer");
    await asked;
    expect(buried.map(({ reason }) => reason)).toEqual(["dropped-oldest"]);
    expect(guard.records).toEqual(["ipc.send failed", "ipc.send ok"]);
    expect(router.pendingRequests).toBe(0);
  });

  it("waits for a place, in order, where the mailbox lets senders wait, and leaves the line when it is given up", async () => {
    const { router, guard, clock } = kernel;
    const inbox = router.attach(b, { limit: 1, policy: "wait" });
    for (const payload of [1, 2]) await router.send(a, b, payload);
    const gaveUp = expect(router.request(a, b, "late", { timeoutMs: 10 })).rejects.toMatchObject({
      code: "IPC_TIMEOUT",
    });
    const answer = router.request(a, b, "a question", { timeoutMs: 100 });
    await clock.advance(10);
    await gaveUp;
    expect([inbox.take()?.payload, inbox.take()?.payload]).toEqual([1, 2]);
    const request = inbox.take() as Message;
    expect(request.payload).toBe("a question");
    await router.reply(b, request, "yes");
    expect((await answer).payload).toBe("yes");
    expect(guard.records).toEqual(["ipc.send ok", "ipc.send ok", "ipc.send failed", "ipc.ack ok", "ipc.send ok"]);
    const left = expect(router.request(a, b, 4, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "IPC_TARGET_EXITED",
    });
    for (const payload of [5, 6]) router.request(a, b, payload, { timeoutMs: 100 }).catch(() => undefined);
    router.detach(b);
    await left;
    expect(router.pendingRequests).toBe(0);
  });
});

describe("what became of a message", () => {
  it("is queued when its receiver is suspended", async () => {
    kernel.router.attach(c);
    expect((await kernel.router.send(a, c, 1)).status).toBe("queued");
  });

  it("is told at once by trySend, which leaves no dead letter of what it refuses", () => {
    kernel.router.attach(b, { limit: 1 });
    expect(kernel.router.trySend(a, b, 1)).toMatchObject({
      status: "delivered",
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
    });
    expect(kernel.router.trySend(a, b, 2)).toMatchObject({
      status: "refused",
      error: { code: "IPC_INBOX_FULL", retryable: true },
    });
    expect(kernel.router.trySend(a, c, 3)).toMatchObject({ error: { code: "IPC_TARGET_NOT_FOUND" } });
    expect(kernel.router.trySend(a, { kind: "kernel" }, 3)).toMatchObject({ error: { code: "IPC_NOT_AT_ONCE" } });
    expect(kernel.router.trySend(a, b, undefined as never)).toMatchObject({ error: { code: "IPC_PAYLOAD_INVALID" } });
    expect(kernel.buried).toEqual([]);
  });

  it("is queued by a full mailbox that lets senders wait, then waited for, then refused", async () => {
    const inbox = kernel.router.attach(b, { limit: 1, policy: "wait" });
    expect((await kernel.router.send(a, b, 1)).status).toBe("delivered");
    expect((await kernel.router.send(a, b, 2)).status).toBe("queued");
    expect(kernel.router.trySend(a, b, 3)).toMatchObject({ error: { code: "IPC_INBOX_FULL" } });
    const controller = new AbortController();
    const waiting = kernel.router.send(a, b, 4);
    const gaveUp = kernel.router.send(a, b, 5, { signal: controller.signal });
    const ended = kernel.router.send(a, b, 6);
    controller.abort(new Error("enough"));
    await expect(gaveUp).rejects.toThrow("enough");
    expect(inbox.take()?.payload).toBe(1);
    expect((await waiting).status).toBe("queued");
    const failed = expect(ended).rejects.toMatchObject({ code: "IPC_TARGET_EXITED" });
    kernel.router.detach(b);
    await failed;
    expect(kernel.buried.map(({ payload }) => payload)).toEqual([6, 2, 4]);
  });

  it("is a dead letter when it was the oldest of a mailbox that drops", async () => {
    const inbox = kernel.router.attach(b, { limit: 2, policy: "drop-oldest" });
    for (const payload of [1, 2, 3]) expect((await kernel.router.send(a, b, payload)).status).toBe("delivered");
    expect(kernel.buried).toMatchObject([{ payload: 1, reason: "dropped-oldest", pid: b }]);
    expect([inbox.take()?.payload, inbox.take()?.payload]).toEqual([2, 3]);
  });

  it.each(["reject", "wait", "drop-oldest"] as const)(
    "is known of every message of ten times a mailbox's capacity: %s",
    async (policy) => {
      const inbox = kernel.router.attach(b, { limit: 100, policy });
      const told = await Promise.allSettled(
        Array.from({ length: 1000 }, (_, index) => {
          const sent = kernel.router.send(a, b, index);
          if (policy === "wait" && index > 800) inbox.take();
          return sent.then(
            () => "sent",
            () => "refused",
          );
        }).map((promise) => Promise.race([promise, new Promise((resolve) => setImmediate(resolve, "waits"))])),
      );
      const count = (what: string) => told.filter((one) => one.status === "fulfilled" && one.value === what).length;
      const read = policy === "wait" ? 199 : 0;
      const here = inbox.depth;
      if (policy === "reject") expect([count("sent"), count("refused"), here]).toEqual([100, 900, 100]);
      if (policy === "drop-oldest") expect([count("sent"), kernel.buried.length, here]).toEqual([1000, 900, 100]);
      if (policy === "wait") expect(count("sent") + count("refused") + count("waits")).toBe(1000);
      if (policy === "wait") expect([here, count("sent")]).toEqual([100, 200 + read]);
      expect(kernel.buried).toHaveLength(policy === "wait" ? 0 : 900);
    },
  );
});

describe("a mailbox that moves to the next start of its agent", () => {
  it("takes along what waits, its subscriptions and the requests that nobody had taken", async () => {
    const old = kernel.router.attach(b, { limit: 5, policy: "drop-oldest" });
    await kernel.router.subscribe(b, "news");
    const first = kernel.router.request(a, b, "taken");
    old.take();
    const second = kernel.router.request(a, b, "waiting");
    await kernel.router.send(a, b, "plain");
    const lost = expect(first).rejects.toMatchObject({ code: "IPC_TARGET_EXITED" });
    const next = kernel.router.move(b, c);
    await lost;
    expect([old.closed, old.take(), kernel.router.depth(b)]).toEqual([true, undefined, undefined]);
    const question = next.take() as Message;
    await kernel.router.reply(c, question, "by the next");
    expect((await second).payload).toBe("by the next");
    expect(next.take()?.payload).toBe("plain");
    await kernel.router.publish(a, "news", "hot");
    expect(next.take()?.payload).toBe("hot");
    await expect(kernel.router.send(a, b, 1)).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
  });
});

describe("requests under any interleaving", () => {
  it("settle exactly once each, with the reply to themselves, an error or a time-out", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("ask" as const), abort: fc.boolean() }),
      fc.record({ do: fc.constantFrom("reply", "replyTwice", "fail", "forge", "time", "restart", "abort") }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { router, clock, deadLetters } = setUp();
        let inbox = router.attach(b);
        const open: Message[] = [];
        const settled: string[] = [];
        const aborts: AbortController[] = [];
        const became: string[] = [];
        const reply = async (told: Promise<ReplyResult>): Promise<void> => void became.push((await told).status);
        let asked = 0;
        for (const step of steps) {
          if (step.do === "ask") {
            asked += 1;
            const controller = new AbortController();
            aborts.push(controller);
            const name = `q${asked}`;
            router.request(a, b, name, { timeoutMs: 100, signal: controller.signal }).then(
              ({ payload }) => settled.push(`${name} ${payload === `re ${name}` ? "ok" : "WRONG"}`),
              (error) => settled.push(`${name} ${error instanceof WeftError ? error.code : "given up"}`),
            );
            continue;
          }
          for (let message = inbox.take(); message !== undefined; message = inbox.take()) open.push(message);
          const request = open.shift();
          if (step.do === "time") await clock.advance(60);
          else if (step.do === "abort") aborts.shift()?.abort();
          else if (step.do === "restart") {
            router.detach(b);
            inbox = router.attach(b);
          } else if (request !== undefined) {
            if (step.do === "forge") await reply(router.reply(c, request, "forged"));
            if (step.do === "fail") await reply(router.replyError(b, request, new FarError("no", { details: {} })));
            if (step.do.startsWith("reply")) await reply(router.reply(b, request, `re ${request.payload}`));
            if (step.do === "replyTwice") await reply(router.reply(b, request, "twice"));
          }
          if (request !== undefined && ["time", "abort", "restart"].includes(step.do)) open.unshift(request);
        }
        await clock.advance(1000);
        await new Promise((resolve) => setImmediate(resolve));
        expect(new Set(settled.map((one) => one.split(" ")[0])).size).toBe(asked);
        expect(settled).toHaveLength(asked);
        expect(settled.filter((one) => one.includes("WRONG"))).toEqual([]);
        expect(router.pendingRequests).toBe(0);
        // Each reply reached the one who asked, or is a letter, and its sender was told which.
        const reached = settled.filter((one) => one.endsWith(" ok") || one.endsWith(" MESH_UNREACHABLE"));
        expect(became.filter((status) => status === "answered")).toHaveLength(reached.length);
        expect(deadLetters.counts()["late-reply"] ?? 0).toBe(became.filter((status) => status === "late").length);
        expect(became).not.toContain("unasked");
      }),
      { numRuns: 150 },
    );
  });
});
