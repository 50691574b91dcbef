import type { JsonObject, JsonValue } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { commands } from "../../../src/commands/command-table.ts";
import { view as lines } from "../../../src/view/event-lines.ts";
import { view as page } from "../../../src/view/event-page.ts";
import { plainContext as context } from "./plain-context.ts";

const denied: JsonObject = {
  sequence: 12,
  time: 1_700_000_000_000,
  kind: "governance.deny",
  actor: { node: "aa", principal: null, pid: 7, agent: "reader" },
  payload: { action: "fs.remove", resource: "/data", verdict: "deny" },
  redacted: false,
  hash: "5f".repeat(32),
};
const redacted: JsonObject = { ...denied, sequence: 1_000_000, payload: null, redacted: true };

describe("events that are followed", () => {
  it("are a line each, and nothing when nothing came", () => {
    expect(lines({ events: [denied, redacted] }, context).split("\n")).toEqual([
      "     12  2023-11-14 22:13:20Z  governance.deny  reader(7)  fs.remove /data deny",
      "1000000  2023-11-14 22:13:20Z  governance.deny  reader(7)  (redacted)",
    ]);
    expect(lines({ events: [] }, context)).toBe("");
  });

  it("are asked for from where the answer before ended", () => {
    const tail = commands.find(({ name }) => name === "chain tail");
    if (tail === undefined || !("method" in tail) || tail.follow === undefined) throw new Error("no follow");
    const result: JsonValue = { events: [denied], next: 13, more: false };
    expect(tail.follow.next(result)).toMatchObject({ since: 13, waitMs: 25_000 });
    expect(tail.follow.items(result)).toEqual([denied]);
    expect(tail.follow.items(null)).toEqual([]);
  });
});

describe("a page of a query", () => {
  it("fits the terminal: without hashes where there is no room for them, whole where it has no end", () => {
    const payload = { version: "1.0.0", features: ["exochain", "governance", "process", "ipc", "tools", "api"] };
    const boot = { ...denied, sequence: 7, kind: "governance.genesis", payload };
    const narrow = page({ events: [denied, boot], next: null }, context).split("\n");
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(80);
    expect(narrow[0]).not.toContain("HASH");
    const whole = page({ events: [denied, boot], next: null }, { ...context, width: Number.POSITIVE_INFINITY });
    expect(whole).toContain(`${"5f".repeat(6)}  ${JSON.stringify(payload)}`);
  });

  it("says how to go on when there may be more", () => {
    expect(page({ events: [denied], next: 13 }, context)).toContain("--cursor 13");
    expect(page({ events: [denied], next: null }, context)).not.toContain("--cursor");
    expect(page({ events: [], next: null }, context)).toBe("no events");
  });
});
