import { toPid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { checkTopic, TopicTable } from "../../../src/topic/topic-table.ts";

describe("a topic's name", () => {
  it.each(["news", "news.sport", "a-b_c.1"])("may be %s", (name) => {
    expect(checkTopic(name)).toBe(name);
  });

  it.each(["", ".", "news.", "news..sport", "news.*", "news.>", "a b", "x".repeat(257), 7, null])(
    "may not be %j",
    (name) => {
      expect(() => checkTopic(name)).toThrow(expect.objectContaining({ code: "IPC_TOPIC_INVALID" }));
    },
  );
});

describe("the table of topics", () => {
  it("knows a subscriber once, however often it subscribes", () => {
    const table = new TopicTable();
    table.add(toPid(1), "news");
    table.add(toPid(1), "news");
    expect([...table.subscribers("news")]).toEqual([1]);
    expect(table.list()).toEqual([{ topic: "news", subscribers: 1 }]);
  });

  it("forgets a topic with its last subscriber", () => {
    const table = new TopicTable();
    table.add(toPid(1), "news");
    table.remove(toPid(1), "news");
    table.remove(toPid(1), "never-there");
    expect(table.list()).toEqual([]);
  });

  it("forgets everything of a process that ended, and nothing of the others", () => {
    const table = new TopicTable();
    table.add(toPid(1), "b");
    table.add(toPid(1), "a");
    table.add(toPid(2), "a");
    table.removeAll(toPid(1));
    expect(table.list()).toEqual([{ topic: "a", subscribers: 1 }]);
  });

  it("limits the subscriptions of one process", () => {
    const table = new TopicTable();
    for (let index = 0; index < 1000; index += 1) table.add(toPid(1), `topic-${index}`);
    expect(() => table.add(toPid(1), "one-more")).toThrow(
      expect.objectContaining({ code: "IPC_TOO_MANY_SUBSCRIPTIONS" }),
    );
    table.add(toPid(2), "one-more");
    expect(table.list()).toHaveLength(1001);
  });
});
