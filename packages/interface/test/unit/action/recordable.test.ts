import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordable } from "../../../src/action/recordable.ts";

const size = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

describe("a recordable payload", () => {
  it("is well-formed, holds no fraction, and is bounded, whatever it is made of", () => {
    void fc.assert(
      fc.property(
        fc.object({ values: [fc.string({ unit: "binary" }), fc.double(), fc.boolean()], maxDepth: 2 }),
        (value) => {
          const payload = recordable(value);
          const text = JSON.stringify(payload, (_key, inner: unknown) => {
            if (typeof inner === "number") expect(Number.isSafeInteger(inner)).toBe(true);
            return inner;
          });
          expect(text.isWellFormed()).toBe(true);
          expect(size(payload)).toBeLessThan(262_144);
        },
      ),
    );
  });

  it("cuts what is long, wide or deep, and says so", () => {
    expect(recordable({ text: "x".repeat(5000) })).toEqual({ text: `${"x".repeat(4096)}…` });
    const wide = recordable({ list: Array.from({ length: 100_000 }, () => 1) }).list as readonly unknown[];
    expect(wide.at(-1)).toBe("…");
    expect(size(recordable({ list: Array.from({ length: 1000 }, () => "語".repeat(4096)) }))).toBeLessThan(262_144);
    let deep: object = {};
    for (let level = 0; level < 10_000; level++) deep = { deep };
    expect(size(recordable(deep))).toBeLessThan(1000);
  });

  it("keeps a key that is named __proto__ as a key", () => {
    const payload = recordable(JSON.parse('{"__proto__": {"x": 1}, "y": 2}'));
    expect(Object.keys(payload)).toEqual(["__proto__", "y"]);
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
  });
});
