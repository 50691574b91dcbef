import type { MailboxPolicy, Message } from "@weftos/interface";
import { seededRandom } from "@weftos/testkit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Mailbox } from "../../../src/mailbox/mailbox.ts";
import { bytesOf, MailboxMemory } from "../../../src/mailbox/mailbox-memory.ts";
import { Envelope } from "../../../src/message/envelope.ts";
import { MessageIds } from "../../../src/message/message-ids.ts";
import { b, envelope } from "../../router-harness.ts";

const ids = new MessageIds(seededRandom(3));

function make(limit: number, policy: MailboxPolicy = "reject", memory = new MailboxMemory()) {
  const dropped: unknown[] = [];
  const owner = { dropped: ({ payload }: Message) => dropped.push(payload) };
  const mailbox = new Mailbox(b, { limit, policy, owner, memory });
  const push = (payload: string, bytes = 8) => mailbox.push(envelope(payload, { bytes }));
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
    expect(["a", "b", "c", "d", "e"].map((id) => push(id))).toEqual([
      "delivered",
      "delivered",
      "queued",
      "queued",
      "refused",
    ]);
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

describe("the bytes of mailboxes", () => {
  /** What a message without a payload is counted as. */
  const empty = bytesOf(envelope("", { bytes: 0 }));
  const kib = 1024;
  const limits = { mailbox: 32 * kib, total: 64 * kib, least: 4 * kib };

  it("fill a mailbox that holds few messages, and are given back when they are taken", () => {
    const memory = new MailboxMemory(limits);
    const { mailbox, push, take } = make(100, "reject", memory);
    expect([push("a", 16 * kib), push("b", 16 * kib), push("c", 8 * kib)]).toEqual([
      "delivered",
      "refused",
      "delivered",
    ]);
    expect([mailbox.waiting, mailbox.bytes, memory.held]).toEqual([2, 24 * kib + 2 * empty, 24 * kib + 2 * empty]);
    expect([take(), push("d", 16 * kib), take(), take()]).toEqual(["a", "delivered", "c", "d"]);
    expect([mailbox.bytes, memory.held]).toEqual([0, 0]);
  });

  it("let go as many of the oldest as the new one takes", () => {
    const { push, take, dropped } = make(100, "drop-oldest", new MailboxMemory(limits));
    for (const id of ["a", "b", "c"]) push(id, 8 * kib);
    expect(push("d", 20 * kib)).toBe("delivered");
    expect(dropped).toEqual(["a", "b"]);
    expect([take(), take()]).toEqual(["c", "d"]);
  });

  it("make messages wait, and let in as many as have room when a large one is taken", () => {
    const memory = new MailboxMemory(limits);
    const { mailbox, push, take } = make(100, "wait", memory);
    expect(push("a", 30 * kib)).toBe("delivered");
    expect([push("b", 8 * kib), push("c", 8 * kib), push("d", 24 * kib)]).toEqual(["queued", "queued", "refused"]);
    const told: string[] = [];
    const large = envelope("e", { bytes: 24 * kib });
    expect(
      mailbox.wait(
        large,
        () => told.push("placed"),
        () => told.push("refused"),
      ),
    ).toBe(false);
    expect([take(), mailbox.waiting]).toEqual(["a", 2]);
    expect(push("d", 24 * kib)).toBe("queued");
    expect([take(), take(), take(), take()]).toEqual(["b", "c", "d", undefined]);
    expect([told, memory.held]).toEqual([[], 0]);
  });

  it("hold all mailboxes together to what they may, and each to a little then", () => {
    const memory = new MailboxMemory(limits);
    const flooded = [make(100, "reject", memory), make(100, "reject", memory), make(100, "drop-oldest", memory)];
    expect(flooded.map(({ push }) => push("flood", 30 * kib))).toEqual(["delivered", "delivered", "refused"]);
    expect(flooded[2]?.push("small", 3 * kib)).toBe("delivered");
    expect(flooded[2]?.push("large", 8 * kib)).toBe("refused");
    expect(flooded[0]?.take()).toBe("flood");
    expect(flooded[2]?.push("large", 8 * kib)).toBe("delivered");
  });

  it("count a message that lies in many mailboxes once, until the last has given it", () => {
    const memory = new MailboxMemory(limits);
    const readers = Array.from({ length: 10 }, () => make(100, "reject", memory));
    const shared = envelope("news", { bytes: 20 * kib });
    for (const { mailbox } of readers) expect(mailbox.push(shared)).toBe("delivered");
    expect(memory.held).toBe(20 * kib + empty);
    for (const { mailbox } of readers.slice(1)) mailbox.close();
    expect(memory.held).toBe(20 * kib + empty);
    readers[0]?.take();
    expect(memory.held).toBe(0);
  });

  it("come back with what is put back, and go with what gives up its place", () => {
    const memory = new MailboxMemory(limits);
    const { mailbox, push } = make(1, "wait", memory);
    push("a");
    push("b");
    const taken = mailbox.take();
    const waiting = envelope("c");
    expect(
      mailbox.wait(
        waiting,
        () => undefined,
        () => undefined,
      ),
    ).toBe(true);
    mailbox.giveUp(waiting);
    mailbox.putBack([taken as Envelope]);
    expect(memory.held).toBe(2 * (empty + 8));
    mailbox.close();
    expect(memory.held).toBe(0);
  });
});

/** What a mailbox is, written plainly. */
interface Model {
  readonly limit: number;
  readonly policy: MailboxPolicy;
  signals: string[];
  queue: Sized[];
  line: Sized[];
  gone: string[];
}

interface Sized {
  readonly payload: string;
  readonly bytes: number;
}

const narrow = { mailbox: 4000, total: 6000, least: 1000 };
const sum = (messages: readonly Sized[]): number => messages.reduce((all, { bytes }) => all + bytes, 0);

function modelFits(model: Model, held: readonly Sized[], { bytes }: Sized): boolean {
  const mine = sum(held) + bytes;
  return mine <= narrow.mailbox && (mine <= narrow.least || sum(model.queue) + sum(model.line) + bytes <= narrow.total);
}

function modelPush(model: Model, message: Sized): string {
  const full = (): boolean => model.queue.length >= model.limit || !modelFits(model, model.queue, message);
  if (model.policy === "drop-oldest") {
    while (full() && model.queue.length > 0) model.gone.push((model.queue.shift() as Sized).payload);
    if (full()) return "refused";
    model.queue.push(message);
  } else if (!full() && model.line.length === 0) model.queue.push(message);
  else if (model.policy === "wait" && model.line.length < model.limit && modelFits(model, model.line, message)) {
    model.line.push(message);
    return "queued";
  } else return "refused";
  return "delivered";
}

function modelTake(model: Model, wanted: string | undefined): string | undefined {
  if (model.signals.length > 0 && wanted === undefined) return model.signals.shift();
  const at = wanted === undefined ? 0 : model.queue.findIndex(({ payload }) => payload === wanted);
  const [taken] = at === -1 ? [] : model.queue.splice(at, 1);
  while (model.queue.length < model.limit && model.line[0] !== undefined) {
    if (sum(model.queue) + model.line[0].bytes > narrow.mailbox) break;
    model.queue.push(model.line.shift() as Sized);
  }
  return taken?.payload;
}

describe("a mailbox under any sequence of calls", () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("push" as const), bytes: fc.nat(200) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("push" as const), bytes: fc.nat(3500) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("signal" as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("take" as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("select" as const), number: fc.nat(40) }) },
  );
  it.each(["reject", "wait", "drop-oldest"] as const)("does what its model does: %s", (policy) => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(command, { maxLength: 120 }), (limit, commands) => {
        const memory = new MailboxMemory(narrow);
        const real = make(limit, policy, memory);
        const model: Model = { limit, policy, signals: [], queue: [], line: [], gone: [] };
        let count = 0;
        for (const step of commands) {
          const name = String(count);
          if (step.kind === "push") {
            const bytes = bytesOf(envelope(name, { bytes: step.bytes }));
            expect(real.push(name, step.bytes)).toBe(modelPush(model, { payload: name, bytes }));
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
          expect([real.mailbox.bytes, memory.held]).toEqual([sum(model.queue), sum(model.queue) + sum(model.line)]);
        }
        expect(real.mailbox.close().map(({ payload }) => payload)).toEqual([
          ...model.signals,
          ...model.queue.map(({ payload }) => payload),
          ...model.line.map(({ payload }) => payload),
        ]);
        expect(memory.held).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
