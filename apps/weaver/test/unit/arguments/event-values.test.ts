import { describe, expect, it } from "vitest";
import { actorValue, instantValue } from "../../../src/arguments/event-values.ts";

describe("an actor", () => {
  it.each([
    ["12", { pid: 12 }],
    ["process:7", { pid: 7 }],
    ["kernel", { pid: 0 }],
    ["principal:ada", { principal: "ada" }],
    ["agent:reader", { agent: "reader" }],
    ["reader", { agent: "reader" }],
  ])("%s is understood", (text, expected) => expect(actorValue(text)).toEqual(expected));

  it.each(["12x", "role:admin", "agent:", "", "process:x"])("%j is refused", (text) => {
    expect(() => actorValue(text)).toThrow(expect.objectContaining({ code: "API_USAGE" }));
  });
});

describe("an instant", () => {
  const now = Date.UTC(2026, 0, 31, 12);

  it.each([
    ["90s", now - 90_000],
    ["10m", now - 600_000],
    ["2h", now - 7_200_000],
    ["7d", now - 604_800_000],
    ["999999999d", 0],
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2026-01-31T12:00:00Z", now],
    ["2026-01-31 11:00Z", now - 3_600_000],
  ])("%s is understood", (text, expected) => expect(instantValue("--since", text, now)).toBe(expected));

  it.each(["yesterday", "10", "10y", "", "2026-13-01", "1"])("%j is refused", (text) => {
    expect(() => instantValue("--since", text, now)).toThrow(expect.objectContaining({ code: "API_USAGE" }));
  });
});
