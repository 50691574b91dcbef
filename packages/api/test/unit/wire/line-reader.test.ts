import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineReader } from "../../../src/wire/line-reader.ts";

describe("a line reader", () => {
  it("gives the same lines however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 20 }).map((text) => text.replaceAll("\n", ""))),
        fc.array(fc.nat(7)),
        (lines, cuts) => {
          const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
          const reader = new LineReader(1000);
          const seen: string[] = [];
          let at = 0;
          for (let turn = 0; at < bytes.length; turn++) {
            const next = at + 1 + (cuts[turn % Math.max(1, cuts.length)] ?? 3);
            const fits = reader.push(bytes.subarray(at, next), (line) => seen.push(new TextDecoder().decode(line)) > 0);
            expect(fits).toBe(true);
            at = next;
          }
          expect(seen).toEqual(lines);
        },
      ),
    );
  });

  it("refuses a line one byte over its limit, in one chunk or many", () => {
    expect(new LineReader(4).push(new Uint8Array(5).fill(65), () => true)).toBe(false);
    const reader = new LineReader(4);
    expect(reader.push(new Uint8Array(4).fill(65), () => true)).toBe(true);
    expect(reader.push(new Uint8Array(1).fill(65), () => true)).toBe(false);
  });

  it("stops when it is told to", () => {
    const seen: number[] = [];
    new LineReader(4).push(new Uint8Array([65, 10, 66, 10]), (line) => seen.push(line.length) > 1);
    expect(seen).toHaveLength(1);
  });
});
