import type { MailboxPolicy, Message } from "@weftos/interface";
import { seededRandom } from "@weftos/testkit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Mailbox } from "../../../src/mailbox/mailbox.ts";
import { Envelope } from "../../../src/message/envelope.ts";
import { MessageIds } from "../../../src/message/message-ids.ts";
import { b, envelope } from "../../router-harness.ts";

const ids = new MessageIds(seededRandom(3));

function make(limit: number, policy: MailboxPolicy = "reject") {
  const dropped: unknown[] = [];
  const mailbox = new Mailbox(b, { limit, policy, owner: { dropped: ({ payload }) => dropped.push(payload) } });
  const push = (payload: string) => mailbox.push(envelope(payload));
  const signal = (payload: string) => mailbox.push(envelope(payload, { kind: "signal" }));
  const take = (where?: (message: Message) => boolean) => mailbox.take(where)?.payload;
  return { mailbox, dropped, push, signal, take };
}

describe("a mailbox", () => {
  it("gives messages in the order they came", () => {
    const { push, take } = make(3);
    for (const id of ["a", "b", "c"]) expect(push(id)).toBe("delivered");
    expect([take(), take(), take(), take()]).toEqual(["a", "b", "c", undefined]);
  });

  it("refuses a message when it is full, and keeps those it has", () => {
    const { push, take } = make(1);
    expect([push("a"), push("b"), take(), push("c")]).toEqual(["delivered", "refused", "a", "delivered"]);
  });

  it("lets a signal overtake messages, also when it is full, up to 64 of them", () => {
    const { push, signal, take, mailbox } = make(1);
    push("a");
    for (let count = 0; count < 64; count += 1) expect(signal(`s${count}`)).toBe("delivered");
    expect(signal("too many")).toBe("refused");
    expect(mailbox.depth).toBe(65);
    expect(take()).toBe("s0");
    for (let count = 1; count < 64; count += 1) take();
    expect(take()).toBe("a");
  });

  it("hands a message to the one who waited longest", async () => {
    const { mailbox, push } = make(1);
    const first = mailbox.receive();
    const second = mailbox.receive();
    push("a");
    push("b");
    expect([(await first)?.payload, (await second)?.payload]).toEqual(["a", "b"]);
  });

  it("fails a receive whose condition throws, and neither its sender nor who waits beside it", async () => {
    const { mailbox, push } = make(2);
    const failing = mailbox.receive({
      where: () => {
        throw new Error("no condition");
      },
    });
    const waiting = mailbox.receive();
    const failed = expect(failing).rejects.toThrow("no condition");
    expect(push("a")).toBe("delivered");
    await failed;
    expect((await waiting)?.payload).toBe("a");
  });

  it("keeps the trace of the message taken last when a signal comes between", () => {
    const { mailbox, signal } = make(2);
    const { id: _, ...traced } = envelope("traced");
    mailbox.push(new Envelope(ids, { ...traced, number: 1, trace: "a-b", rare: undefined }));
    mailbox.take();
    signal("ping");
    mailbox.take();
    expect(mailbox.lastTrace).toBe("a-b");
  });

  it("gives what is there at once when nobody waits any more", async () => {
    const { mailbox, push } = make(3);
    const controller = new AbortController();
    const aborted = expect(mailbox.receive({ signal: controller.signal })).rejects.toThrow("enough");
    controller.abort(new Error("enough"));
    await aborted;
    push("a");
    push("b");
    expect((await mailbox.receive())?.payload).toBe("a");
    expect((await mailbox.receive())?.payload).toBe("b");
  });

  it("rejects a receive whose signal aborts, and gives the next message to somebody else", async () => {
    const { mailbox, push } = make(1);
    const controller = new AbortController();
    const aborted = mailbox.receive({ signal: controller.signal });
    const waiting = mailbox.receive();
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    push("a");
    expect((await waiting)?.payload).toBe("a");
    await expect(mailbox.receive({ signal: controller.signal })).rejects.toThrow("enough");
  });

  it("tells who waits, and who comes later, that it is closed", async () => {
    const { mailbox, push } = make(3);
    push("a");
    const taken = mailbox.receive();
    expect((await taken)?.payload).toBe("a");
    const waiting = mailbox.receive();
    push("b");
    expect((await waiting)?.payload).toBe("b");
    const last = mailbox.receive();
    push("c");
    await last;
    push("d");
    expect(mailbox.close().map(({ payload }) => payload)).toEqual(["d"]);
    expect(await mailbox.receive()).toBeUndefined();
    expect(push("e")).toBe("refused");
    for await (const message of mailbox) throw new Error(`expected no message, got ${message.id}`);
  });

  it("takes selectively and leaves the others where they are", async () => {
    const { mailbox, push, take } = make(5);
    for (const id of ["a", "b", "c", "b"]) push(id);
    const isB = (message: Message): boolean => message.payload === "b";
    expect((await mailbox.receive({ where: isB }))?.payload).toBe("b");
    const none = mailbox.receive({ where: (message) => message.payload === "x" });
    expect([take(), take(), take()]).toEqual(["a", "c", "b"]);
    push("y");
    push("x");
    expect((await none)?.payload).toBe("x");
    expect(take()).toBe("y");
  });

  it("gives what a selective receiver passed over to who asks for anything, at once", async () => {
    const { mailbox, push } = make(5);
    const special = mailbox.receive({ where: ({ payload }) => payload === "x" });
    for (const id of ["a", "b"]) push(id);
    expect((await mailbox.receive())?.payload).toBe("a");
    expect((await mailbox.receive())?.payload).toBe("b");
    const next = mailbox.receive();
    for (const id of ["c", "x"]) push(id);
    expect([(await next)?.payload, (await special)?.payload]).toEqual(["c", "x"]);
  });

  it("gives what comes in from the line to a receiver that waits for it", async () => {
    const { mailbox, push } = make(1, "wait");
    const wait = (wanted: string) => mailbox.receive({ where: ({ payload }) => payload === wanted });
    const [x, y] = [wait("x"), wait("y")];
    expect([push("a"), push("x")]).toEqual(["delivered", "queued"]);
    expect((await mailbox.receive())?.payload).toBe("a");
    expect((await x)?.payload).toBe("x");
    push("b");
    push("y");
    expect((await wait("b"))?.payload).toBe("b");
    expect((await y)?.payload).toBe("y");
  });

  it("finds a signal behind another one", () => {
    const { signal, take } = make(1);
    for (const name of ["s", "t", "u"]) signal(name);
    expect(take(({ payload }) => payload === "t")).toBe("t");
    expect([take(), take(), take()]).toEqual(["s", "u", undefined]);
  });

  it("looks at no more than 1024 messages for a selective take", () => {
    const { push, take } = make(2000);
    for (let count = 0; count < 1500; count += 1) push(String(count));
    expect(take(({ payload }) => payload === "1400")).toBeUndefined();
    expect(take(({ payload }) => payload === "1023")).toBe("1023");
  });

  it("gives its memory back after a storm", () => {
    const { push, take, mailbox } = make(10_000);
    for (let count = 0; count < 10_000; count += 1) push(String(count));
    for (let count = 0; count < 10_000; count += 1) take();
    expect(mailbox.depth).toBe(0);
    expect([push("again"), take()]).toEqual(["delivered", "again"]);
  });
});

describe("a mailbox that drops the oldest", () => {
  it("tells of each one it lets go, and never refuses", () => {
    const { push, take, dropped } = make(2, "drop-oldest");
    for (const id of ["a", "b", "c", "d"]) expect(push(id)).toBe("delivered");
    expect(dropped).toEqual(["a", "b"]);
    expect([take(), take(), take()]).toEqual(["c", "d", undefined]);
  });
});

describe("a mailbox that lets messages wait", () => {
  it("queues as many as it holds, in order, and lets nobody past them", () => {
    const { push, take } = make(2, "wait");
    expect(["a", "b", "c", "d", "e"].map(push)).toEqual(["delivered", "delivered", "queued", "queued", "refused"]);
    expect(take()).toBe("a");
    expect(push("f")).toBe("queued");
    expect([take(), take(), take(), take(), take()]).toEqual(["b", "c", "d", "f", undefined]);
    expect(push("g")).toBe("delivered");
  });

  it("lets a sender wait for its place, and gives it up", () => {
    const { mailbox, push, take } = make(1, "wait");
    push("a");
    push("b");
    const told: string[] = [];
    const wait = (message: Envelope): boolean =>
      mailbox.wait(
        message,
        () => told.push(`${message.payload} placed`),
        () => told.push(`${message.payload} refused`),
      );
    const [c, d, e] = [envelope("c"), envelope("d"), envelope("e")];
    expect([wait(c), wait(d), wait(e)]).toEqual([true, true, true]);
    mailbox.giveUp(d);
    expect(take()).toBe("a");
    expect(told).toEqual(["c placed"]);
    expect(mailbox.close().map(({ payload }) => payload)).toEqual(["b", "c"]);
    expect(told).toEqual(["c placed", "e refused"]);
    expect(wait(envelope("f"))).toBe(false);
  });
});

/** What a mailbox is, written plainly. */
interface Model {
  readonly limit: number;
  readonly policy: MailboxPolicy;
  signals: string[];
  queue: string[];
  line: string[];
  gone: string[];
}

function modelPush(model: Model, payload: string): string {
  const full = model.queue.length >= model.limit || model.line.length > 0;
  if (!full) model.queue.push(payload);
  else if (model.policy === "drop-oldest") {
    model.gone.push(model.queue.shift() as string);
    model.queue.push(payload);
  } else if (model.policy === "wait" && model.line.length < model.limit) {
    model.line.push(payload);
    return "queued";
  } else return "refused";
  return "delivered";
}

function modelTake(model: Model, wanted: string | undefined): string | undefined {
  if (model.signals.length > 0 && wanted === undefined) return model.signals.shift();
  const at = wanted === undefined ? 0 : model.queue.indexOf(wanted);
  const [taken] = at === -1 ? [] : model.queue.splice(at, 1);
  const next = taken === undefined ? undefined : model.line.shift();
  if (next !== undefined) model.queue.push(next);
  return taken;
}

describe("a mailbox under any sequence of calls", () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("push" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("signal" as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("take" as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("select" as const), number: fc.nat(40) }) },
  );
  it.each(["reject", "wait", "drop-oldest"] as const)("does what its model does: %s", (policy) => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(command, { maxLength: 120 }), (limit, commands) => {
        const real = make(limit, policy);
        const model: Model = { limit, policy, signals: [], queue: [], line: [], gone: [] };
        let count = 0;
        for (const step of commands) {
          const name = String(count);
          if (step.kind === "push") {
            expect(real.push(name)).toBe(modelPush(model, name));
            count += 1;
          } else if (step.kind === "signal") {
            if (model.signals.length >= 64) continue;
            expect(real.signal(`s${name}`)).toBe("delivered");
            model.signals.push(`s${name}`);
            count += 1;
          } else {
            const wanted = step.kind === "select" ? String(step.number) : undefined;
            const where = wanted === undefined ? undefined : (message: Message) => message.payload === wanted;
            expect(real.take(where)).toBe(modelTake(model, wanted));
          }
          expect(real.mailbox.depth).toBe(model.signals.length + model.queue.length);
          expect(real.dropped).toEqual(model.gone);
        }
        expect(real.mailbox.close().map(({ payload }) => payload)).toEqual([
          ...model.signals,
          ...model.queue,
          ...model.line,
        ]);
      }),
      { numRuns: 300 },
    );
  });
});
