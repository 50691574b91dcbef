import { type Message, toPid } from "@weftos/interface";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Mailbox } from "../../../src/mailbox/mailbox.ts";

function message(id: string, kind: Message["kind"] = "json"): Message {
  return {
    id,
    kind,
    from: toPid(1),
    target: { kind: "process", pid: toPid(2) },
    payload: id,
    sentAt: 0,
    correlationId: undefined,
    deadline: undefined,
    trace: undefined,
    error: undefined,
  };
}

describe("a mailbox", () => {
  it("gives messages in the order they came", async () => {
    const mailbox = new Mailbox(3);
    for (const id of ["a", "b", "c"]) expect(mailbox.push(message(id))).toBe(true);
    const taken = [await mailbox.receive(), await mailbox.receive(), await mailbox.receive()];
    expect(taken.map((one) => one?.id)).toEqual(["a", "b", "c"]);
  });

  it("refuses a message when it is full, and keeps those it has", async () => {
    const mailbox = new Mailbox(1);
    expect(mailbox.push(message("a"))).toBe(true);
    expect(mailbox.push(message("b"))).toBe(false);
    expect((await mailbox.receive())?.id).toBe("a");
    expect(mailbox.push(message("c"))).toBe(true);
  });

  it("lets a signal overtake messages", async () => {
    const mailbox = new Mailbox(3);
    mailbox.push(message("a"));
    mailbox.push(message("stop", "signal"));
    expect((await mailbox.receive())?.id).toBe("stop");
    expect((await mailbox.receive())?.id).toBe("a");
  });

  it("hands a message to the one who waited longest", async () => {
    const mailbox = new Mailbox(1);
    const first = mailbox.receive();
    const second = mailbox.receive();
    mailbox.push(message("a"));
    mailbox.push(message("b"));
    expect([(await first)?.id, (await second)?.id]).toEqual(["a", "b"]);
  });

  it("rejects a receive whose signal aborts, and gives the next message to somebody else", async () => {
    const mailbox = new Mailbox(1);
    const controller = new AbortController();
    const aborted = mailbox.receive({ signal: controller.signal });
    const waiting = mailbox.receive();
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    mailbox.push(message("a"));
    expect((await waiting)?.id).toBe("a");
  });

  it("rejects a receive whose signal had aborted before", async () => {
    await expect(new Mailbox(1).receive({ signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow(
      "too late",
    );
  });

  it("ends iteration when it is closed, and gives back what nobody took", async () => {
    const mailbox = new Mailbox(4);
    mailbox.push(message("a"));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const one of mailbox) {
        seen.push(one.id);
        if (one.id === "a") {
          mailbox.push(message("b"));
          expect(mailbox.close().map((left) => left.id)).toEqual(["b"]);
        }
      }
    })();
    await reading;
    expect(seen).toEqual(["a"]);
    expect(mailbox.push(message("c"))).toBe(false);
    expect(await mailbox.receive()).toBeUndefined();
  });

  it("releases those who wait when it is closed", async () => {
    const mailbox = new Mailbox(1);
    const waiting = mailbox.receive();
    mailbox.close();
    expect(await waiting).toBeUndefined();
  });

  it("behaves as a bounded queue with a fast lane, whatever the order of calls", async () => {
    const step = fc.oneof(
      fc.record({ act: fc.constant("push" as const), signal: fc.boolean() }),
      fc.constant({ act: "take" as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 200 }), async (limit, steps) => {
        const mailbox = new Mailbox(limit);
        const model: { signals: string[]; queue: string[] } = { signals: [], queue: [] };
        let counter = 0;
        for (const one of steps) {
          const depth = model.signals.length + model.queue.length;
          if (one.act === "push") {
            counter += 1;
            const id = String(counter);
            expect(mailbox.push(message(id, one.signal ? "signal" : "json"))).toBe(depth < limit);
            if (depth < limit) (one.signal ? model.signals : model.queue).push(id);
          } else if (depth > 0) {
            expect((await mailbox.receive())?.id).toBe(model.signals.shift() ?? model.queue.shift());
          }
          expect(mailbox.depth).toBe(model.signals.length + model.queue.length);
        }
      }),
    );
  });
});
