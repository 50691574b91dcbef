import { toPid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { DeadLetters } from "../../../src/dead-letter/dead-letters.ts";
import { a, b, envelope } from "../../router-harness.ts";

describe("dead letters", () => {
  it("are the newest ten thousand; all are counted", () => {
    const letters = new DeadLetters();
    for (let index = 0; index < 10_001; index += 1) {
      letters.add(envelope(index), index === 0 ? "inbox-full" : "late-reply", index);
    }
    expect(letters.counts()).toEqual({ "inbox-full": 1, "late-reply": 10_000 });
    expect(letters.size).toBe(10_000);
    expect(letters.list({ limit: 20_000 })[0]?.payload).toBe(1);
    expect(letters.list()).toHaveLength(100);
  });

  it("are found by target, reason and time", () => {
    const letters = new DeadLetters();
    letters.add(envelope("full"), "inbox-full", 10);
    letters.add(envelope("late", { from: b, target: { kind: "process", pid: a } }), "late-reply", 20);
    letters.add(envelope("topic", { target: { kind: "topic", topic: "news" } }), "inbox-full", 30, toPid(7));
    letters.add(envelope("service", { target: { kind: "service", service: "mail" } }), "target-not-found", 40);
    const payloads = (filter: Parameters<DeadLetters["list"]>[0]) => letters.list(filter).map(({ payload }) => payload);
    expect(payloads({ pid: 2 })).toEqual(["full"]);
    expect(payloads({ pid: 7 })).toEqual(["topic"]);
    expect(payloads({ to: "news" })).toEqual(["topic"]);
    expect(payloads({ to: "mail" })).toEqual(["service"]);
    expect(payloads({ reason: "inbox-full" })).toEqual(["full", "topic"]);
    expect(payloads({ since: 20, until: 30 })).toEqual(["late", "topic"]);
    expect(payloads({ limit: 1 })).toEqual(["service"]);
  });

  it("name each of thousands of copies at once, and none as another that is kept", () => {
    const letters = new DeadLetters();
    const message = envelope("x");
    const other = envelope("y");
    for (let copy = 0; copy < 9000; copy += 1) letters.add(message, "inbox-full", 1, b);
    letters.add(other, "inbox-full", 1, b);
    expect(letters.add(message, "inbox-full", 1, b).id).toBe(`${message.id}-9001`);
    expect(letters.size).toBe(9002);
  });

  it("keep apart the copies of one message that died in several mailboxes", () => {
    const letters = new DeadLetters();
    const message = envelope("x", { target: { kind: "topic", topic: "news" } });
    const ids = [a, b].map((pid) => letters.add(message, "inbox-full", 1, pid).id);
    expect(ids).toEqual([message.id, `${message.id}-2`]);
    expect(letters.remove(message.id)).toBe(true);
    expect(letters.remove(message.id)).toBe(false);
    expect(letters.find(`${message.id}-2`)?.pid).toBe(b);
    expect(letters.purge({})).toBe(1);
    expect(letters.size).toBe(0);
  });
});
