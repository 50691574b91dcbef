import { describe, expect, it } from "vitest";
import { ago, instant, span, timeOfDay } from "../../../src/view/time.ts";

describe("times", () => {
  it.each([
    [0, "0 s"],
    [999, "0 s"],
    [42_000, "42 s"],
    [125_000, "2 min 5 s"],
    [7_500_000, "2 h 5 min"],
    [90_061_000, "1 d 1 h"],
    [-5, "0 s"],
  ])("%d ms is a span of %s", (ms, expected) => {
    expect(span(ms)).toBe(expected);
  });

  it("are in UTC, and a dash when there is none", () => {
    expect(instant(0)).toBe("1970-01-01 00:00:00Z");
    expect(timeOfDay(3_723_004)).toBe("01:02:03.004");
    expect(instant(Number.NaN)).toBe("-");
    expect(timeOfDay(Number.NaN)).toBe("-");
    expect(ago(undefined, 5)).toBe("-");
    expect(ago(1000, 61_000)).toBe("1 min");
  });
});
