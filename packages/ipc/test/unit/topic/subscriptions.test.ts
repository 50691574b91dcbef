import { type Pid, toPid } from "@weftos/interface";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pushed } from "../../../src/mailbox/mailbox.ts";
import { type Sink, Subscriptions } from "../../../src/topic/subscriptions.ts";
import { checkPattern, checkTopic } from "../../../src/topic/topic-name.ts";
import { envelope } from "../../router-harness.ts";

class FakeSink implements Sink {
  readonly pid: Pid;
  readonly refusal = "inbox-full";
  readonly got: unknown[] = [];
  answer: Pushed = "delivered";

  constructor(pid: number) {
    this.pid = toPid(pid);
  }

  offer(message: { readonly payload: unknown }): Pushed {
    if (this.answer !== "refused") this.got.push(message.payload);
    return this.answer;
  }
}

const from = toPid(99);
const message = (payload: string) => envelope(payload, { from });

describe("a topic's name", () => {
  it.each(["news", "news.sport", "a-b_c.1"])("may be %s", (name) => {
    expect(checkTopic(name)).toBe(name);
    expect(checkPattern(name)).toEqual(name.split("."));
  });

  it.each([
    "",
    ".",
    "news.",
    "news..sport",
    "news.*",
    "news.>",
    "a b",
    "x".repeat(257),
    "a.".repeat(16).concat("a"),
    7,
    null,
  ])("may not be %j", (name) => {
    expect(() => checkTopic(name)).toThrow(expect.objectContaining({ code: "IPC_TOPIC_INVALID" }));
  });
});

describe("a pattern", () => {
  it.each(["*", ">", "news.*", "news.>", "*.sport", "a.*.*.>"])("may be %s", (pattern) => {
    expect(checkPattern(pattern)).toEqual(pattern.split("."));
  });

  it.each(["", "news.>.x", "ne*", ">x", "a..b", "a.".repeat(16).concat("*"), 7])("may not be %j", (pattern) => {
    expect(() => checkPattern(pattern)).toThrow(expect.objectContaining({ code: "IPC_TOPIC_INVALID" }));
  });
});

describe("subscriptions", () => {
  it("know a subscriber once, however often it subscribes", () => {
    const all = new Subscriptions();
    const sink = new FakeSink(1);
    all.add(sink, "news");
    all.add(sink, "news");
    expect(all.publish("news", message("x"))).toMatchObject({ delivered: 1, refused: 0 });
    expect(all.list()).toEqual([{ topic: "news", subscribers: 1, groups: [] }]);
  });

  it("give a message once to a subscriber of several patterns that fit", () => {
    const all = new Subscriptions();
    const sink = new FakeSink(1);
    for (const pattern of ["news.sport", "news.*", "news.>", ">"]) all.add(sink, pattern);
    all.publish("news.sport", message("x"));
    expect(sink.got).toEqual(["x"]);
    expect(all.of(sink)).toEqual([">", "news.*", "news.>", "news.sport"]);
  });

  it("forget a pattern with its last subscriber, and everything of one that ended", () => {
    const all = new Subscriptions();
    const [one, two] = [new FakeSink(1), new FakeSink(2)];
    all.add(one, "a.b.c");
    all.add(one, "a.>");
    all.add(one, "jobs", "team");
    all.add(two, "a.>");
    all.remove(one, "never.there");
    all.removeAll(one);
    expect(all.list()).toEqual([{ topic: "a.>", subscribers: 1, groups: [] }]);
    expect(all.publish("a.b.c", message("x"))).toMatchObject({ delivered: 1 });
    all.remove(two, "a.>");
    expect(all.list()).toEqual([]);
  });

  it("limit those of one subscriber to 1000", () => {
    const all = new Subscriptions();
    const sink = new FakeSink(1);
    for (let index = 0; index < 1000; index += 1) all.add(sink, `topic-${index}`);
    expect(() => all.add(sink, "one-more")).toThrow(expect.objectContaining({ code: "IPC_TOO_MANY_SUBSCRIPTIONS" }));
    all.add(new FakeSink(2), "one-more");
    expect(all.list()).toHaveLength(1001);
  });

  it("give a message of a queue group to one member, in turn, and pass over one without room", () => {
    const all = new Subscriptions();
    const members = [new FakeSink(1), new FakeSink(2), new FakeSink(3)];
    for (const member of members) all.add(member, "jobs.*", "workers");
    const outside = new FakeSink(4);
    all.add(outside, "jobs.*");
    for (const job of ["1", "2", "3", "4"]) {
      expect(all.publish("jobs.x", message(job))).toMatchObject({ delivered: 2, refused: 0 });
    }
    expect(members.map(({ got }) => got)).toEqual([["1", "4"], ["2"], ["3"]]);
    expect(outside.got).toEqual(["1", "2", "3", "4"]);
    (members[1] as FakeSink).answer = "refused";
    all.publish("jobs.x", message("5"));
    expect(members[2]?.got).toEqual(["3", "5"]);
    for (const member of members) member.answer = "refused";
    expect(all.publish("jobs.x", message("6"))).toMatchObject({ delivered: 1, refused: 1 });
    expect(all.list()).toEqual([{ topic: "jobs.*", subscribers: 4, groups: ["workers"] }]);
    expect(() => all.add(outside, "jobs.*", "not a name")).toThrow(
      expect.objectContaining({ code: "IPC_INPUT_INVALID" }),
    );
  });

  it("let a subscriber's next start take its place, in its groups too", () => {
    const all = new Subscriptions();
    const [old, next] = [new FakeSink(1), new FakeSink(2)];
    all.add(old, "a");
    all.add(old, "b", "team");
    all.move(old, next);
    all.publish("a", message("x"));
    all.publish("b", message("y"));
    expect([old.got, next.got]).toEqual([[], ["x", "y"]]);
  });

  it("find exactly the patterns that fit a topic", () => {
    const segment = fc.constantFrom("a", "b", "c");
    const pattern = fc
      .tuple(fc.array(fc.oneof(segment, fc.constant("*")), { maxLength: 4 }), fc.constantFrom("a", "b", "*", ">"))
      .map(([head, last]) => [...head, last].join("."));
    const topic = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join("."));
    void fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 30 }),
        fc.array(topic, { minLength: 1, maxLength: 10 }),
        (patterns, topics) => {
          const all = new Subscriptions();
          const sinks = patterns.map((given, index) => {
            const sink = new FakeSink(index + 1);
            all.add(sink, given);
            return { sink, given };
          });
          for (const name of topics) all.publish(name, message(name));
          for (const { sink, given } of sinks) {
            expect(sink.got).toEqual(topics.filter((name) => plainlyFits(given, name)));
          }
          for (const { sink } of sinks) all.removeAll(sink);
          expect(all.list()).toEqual([]);
        },
      ),
    );
  });
});

function plainlyFits(pattern: string, topic: string): boolean {
  const source = pattern
    .split(".")
    .map((segment) => (segment === "*" ? "[^.]+" : segment === ">" ? ".+" : segment))
    .join("\\.");
  return new RegExp(`^${source}$`).test(topic);
}
