import { describe, expect, it } from "vitest";
import { isTrace, messageTrace, traceIdOf } from "../../../src/message/trace.ts";
import { trace } from "../../router-harness.ts";

const [traceId, parentId] = trace.split("-") as [string, string];

describe("a trace context", () => {
  it.each([
    ["trace id and parent id", trace],
    ["a traceparent that was sampled", `00-${trace}-01`],
    ["a traceparent with flags of later versions", `00-${trace}-fe`],
  ])("may be %s, and messages carry the two ids", (_, given) => {
    expect([isTrace(given), messageTrace(given), traceIdOf(given)]).toEqual([true, trace, traceId]);
  });

  it.each([
    ["a trace id alone", traceId],
    ["upper case", trace.toUpperCase()],
    ["a trace id all zero", `${"0".repeat(32)}-${parentId}`],
    ["a parent id all zero", `${traceId}-${"0".repeat(16)}`],
    ["a zero trace id in a traceparent", `00-${"0".repeat(32)}-${parentId}-00`],
    ["another version", `01-${trace}-00`],
    ["the version that is forbidden", `ff-${trace}-00`],
    ["a traceparent without flags", `00-${trace}`],
    ["ids with flags and no version", `${trace}-00`],
    ["more after the flags", `00-${trace}-00-00`],
    ["one digit less", trace.slice(0, -1)],
    ["no hex", `${"g".repeat(32)}-${parentId}`],
    ["a line end behind it", `${trace}\n`],
    ["nothing", ""],
  ])("is not %s", (_, given) => {
    expect(isTrace(given)).toBe(false);
  });

  it.each([7, null, undefined, {}, [trace]])("is no %j", (given) => {
    expect(isTrace(given)).toBe(false);
  });

  it("is found by its trace id too, which is not cut", () => {
    expect(traceIdOf(traceId)).toBe(traceId);
  });
});
