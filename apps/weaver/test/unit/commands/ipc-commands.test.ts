import { isWeftError, type JsonValue } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { parseArguments } from "../../../src/arguments/parse-arguments.ts";
import { commands } from "../../../src/commands/command-table.ts";
import { styleFor } from "../../../src/view/style.ts";

/** What a line asks the kernel for. */
function asks(...words: string[]): JsonValue | undefined {
  const parsed = parseArguments(["ipc", ...words], commands);
  if (parsed.kind !== "command" || !("method" in parsed.command)) throw new Error("expected a command with a method");
  return parsed.command.params?.(parsed.positionals, parsed.values);
}

function refused(...words: string[]): boolean {
  try {
    asks(...words);
    return false;
  } catch (error) {
    if (isWeftError(error, "API_USAGE")) return true;
    throw error;
  }
}

async function show(name: string, result: JsonValue): Promise<string> {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined || !("method" in command)) throw new Error(`${name} has no view`);
  const context = { style: styleFor({ color: false }), width: 100, now: 1_700_000_060_000, dir: "/s" };
  return (await command.view()).view(result, { ...context, typed: (words) => `weaver ${words}` });
}

const letter = {
  id: "00aa",
  from: 3,
  target: { kind: "process", pid: 4 },
  reason: "inbox-full",
  at: 1_700_000_000_000,
  sentAt: 1_700_000_000_000,
  kind: "text",
  bytes: 5,
  replays: 0,
  kept: true,
};

const trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

describe("weaver ipc", () => {
  it("publishes text as it is and JSON as JSON", () => {
    expect(asks("publish", "news", "hello")).toEqual({ topic: "news", payload: "hello" });
    expect(asks("publish", "news", '{"a":1}', "--trace", trace)).toEqual({
      topic: "news",
      payload: { a: 1 },
      trace,
    });
    expect(refused("publish", "news", "{broken")).toBe(true);
    expect(refused("publish", "news")).toBe(true);
  });

  it("filters dead letters by target, reason and time", () => {
    expect(asks("dead-letters", "list", "--pid", "4", "--reason", "inbox-full", "--limit", "5")).toEqual({
      pid: 4,
      reason: "inbox-full",
      limit: 5,
    });
    expect(asks("dead-letters", "purge", "--until", "2026-01-31T12:00:00Z", "--to", "news")).toEqual({
      until: Date.UTC(2026, 0, 31, 12),
      to: "news",
    });
    expect(refused("dead-letters", "list", "--reason", "boredom")).toBe(true);
    expect(asks("dead-letters", "replay", "00aa", "--pid", "7")).toEqual({ id: "00aa", pid: 7 });
  });

  it("goes on reading the stream that its first answer names", () => {
    const command = commands.find(({ name }) => name === "ipc subscribe");
    if (command === undefined || !("method" in command)) throw new Error("expected ipc subscribe");
    expect(asks("subscribe", "news.*", "--buffer", "9")).toEqual({ pattern: "news.*", buffer: 9, waitMs: 0 });
    const result = { stream: "stream-1", messages: [{ payload: 1 }] };
    expect(command.follow?.next(result)).toEqual({ stream: "stream-1", waitMs: 20_000 });
    expect(command.follow?.items(result)).toEqual([{ payload: 1 }]);
  });

  it("shows topics, messages, counts, traces and dead letters", async () => {
    const topics = [{ topic: "jobs.*", subscribers: 2, groups: ["workers"] }];
    expect(await show("ipc topics", { topics })).toMatch(/jobs\.\*\s+2\s+workers/);
    expect(await show("ipc topics", { topics: [] })).toBe("nobody subscribes to anything");
    const message = {
      from: 0,
      target: { kind: "topic", topic: "news" },
      payload: "a\u001b[2J",
      sentAt: 1_700_000_000_000,
    };
    const line = await show("ipc subscribe", { messages: [message] });
    expect(line).toBe("22:13:20.000 news kernel a\\u{1b}[2J");
    expect(await show("ipc publish", { delivered: 1, refused: 0 })).toBe("delivered to 1 subscriber");
    expect(await show("ipc publish", { delivered: 2, refused: 3 })).toBe(
      "delivered to 2 subscribers, 3 could not take it",
    );
    expect(await show("ipc publish", { delivered: 0, refused: 0 })).toBe("nobody subscribes to that topic");
    const step = { ...letter, status: "delivered", trace, target: { kind: "service", service: "bank" } };
    expect(await show("ipc trace", { steps: [step] })).toMatch(
      /process 3\s+service bank\s+text\s+5\s+delivered\s+00aa/,
    );
    expect(await show("ipc dead-letters list", { letters: [letter], counts: {} })).toMatch(
      /00aa.*inbox-full.*process 4/,
    );
    const afar = { ...letter, node: "0123456789abcdef0123456789abcdef" };
    expect(await show("ipc dead-letters list", { letters: [afar], counts: {} })).toContain("process 3 on 01234567");
    const missed = { ...letter, pid: 4, target: { kind: "topic", topic: "news" }, payload: "hot" };
    expect(await show("ipc dead-letters show", missed)).toMatch(/to +news\nmissed +by process 4/);
    expect(await show("ipc dead-letters list", { letters: [] })).toBe("no dead letters");
    expect(await show("ipc dead-letters show", { ...letter, payload: "hello" })).toMatch(/process 4[\s\S]*hello$/);
    expect(await show("ipc dead-letters show", { ...letter, kept: false, payload: null })).toMatch(/was not kept$/);
    expect(await show("ipc dead-letters purge", { purged: 1 })).toBe("1 dead letter removed");
  });

  it("has --json, help and examples that are understood, for every command", () => {
    const ours = commands.filter(({ name }) => name.startsWith("ipc "));
    expect(ours).toHaveLength(8);
    for (const { examples } of ours) {
      for (const [line] of examples) {
        const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
        expect(parseArguments([...words, "--json"], commands).kind).toBe("command");
      }
    }
  });
});
