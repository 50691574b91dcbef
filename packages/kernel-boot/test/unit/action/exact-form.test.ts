import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOfForm, exactForm } from "../../../src/action/exact-form.ts";

const digest = (value: unknown): string => digestOfForm(exactForm(value) ?? "none");

describe("the exact form of an input", () => {
  test("is one for each value, whatever its JSON", () => {
    const values = [
      {},
      [],
      null,
      undefined,
      "1",
      1,
      1n,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "NaN",
      { number: "NaN" },
      { bigint: "1" },
      new Date(0),
      "1970-01-01T00:00:00.000Z",
      new Date(Number.NaN),
      new Map(),
      new Map([["a", 1]]),
      [["a", 1]],
      { a: 1 },
      { a: 1, b: undefined },
      new Set(),
      new Set([["a", 1]]),
      new Uint8Array([1]),
      [1],
      { list: [1] },
    ];
    expect(new Set(values.map(digest)).size).toBe(values.length);
  });

  test("does not depend on the order of properties, and is that of a copy", () => {
    expect(digest({ a: 1, b: 2 })).toBe(digest({ b: 2, a: 1 }));
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
        const form = exactForm(value);
        if (form !== undefined) expect(exactForm(structuredClone(value))).toEqual(form);
      }),
    );
  });

  class Bytes extends Uint8Array {}
  class Day extends Date {}
  const circle: unknown[] = [];
  circle.push(circle);

  test.each([
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["an instance", new (class {})()],
    ["a class of bytes", new Bytes(1)],
    ["a class of dates", new Day()],
    ["a pattern", /x/],
    ["a promise", Promise.resolve()],
    ["what holds itself", circle],
    ["shared bytes", new Uint8Array(new SharedArrayBuffer(1))],
    ["what holds one of these", { deep: [new Map([[{}, () => 1]])] }],
  ])("is not there for %s", (_what, value) => {
    expect(exactForm(value)).toBeUndefined();
  });
});
