import { describe, expect, it } from "vitest";
import { shownJson, shownText } from "../../../src/action/shown-json.ts";

describe("what an approver is shown by default", () => {
  it("hides and reorders nothing", () => {
    const input = { to: "a\u202eb\u200b\u2028\ud800", "\u2066key": 1 };
    expect(shownJson(input)).toBe('{\n  "to": "a\\u202eb\\u200b\\u2028\\ud800",\n  "\\u2066key": 1\n}');
    expect(shownText("one\ntwo\u001b[2J\u{e0041}")).toBe("one\\u000atwo\\u001b[2J\\udb40\\udc41");
  });

  it("is still JSON that means the input", () => {
    const input = { text: "a\u202e\u0007\n\u200d", list: [1, null] };
    expect(JSON.parse(shownJson(input))).toEqual(input);
  });

  it("shows big integers and what is no JSON at all", () => {
    expect(shownJson({ wei: 12n })).toBe('{\n  "wei": "12n"\n}');
    expect(shownJson(undefined)).toBe("undefined");
    const rich = { map: new Map([["a", Number.NaN]]), set: new Set([1n]), at: new Date(0) };
    expect(JSON.parse(shownJson(rich))).toEqual({ map: [["a", "NaN"]], set: ["1n"], at: "1970-01-01T00:00:00.000Z" });
  });
});
