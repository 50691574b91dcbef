import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { cut, displayWidth, renderFields, renderTable } from "../../../src/view/table.ts";

describe("a table", () => {
  it("aligns by what is seen: wide characters, marks and colours counted as a terminal does", () => {
    const text = renderTable(
      [{ title: "N", align: "right" }, { title: "NAME" }, { title: "STATE" }],
      [
        ["1", "\u001b[1mcafe\u0301\u001b[22m", "a"],
        ["12", "日本", "b"],
      ],
    );
    const lines = text.split("\n");
    expect(lines[0]).toBe(" N  NAME  STATE");
    expect(lines[2]).toBe("12  日本  b");
    expect(displayWidth((lines[1] ?? "").slice(0, -1))).toBe(10);
  });

  it("ends no line with spaces, not even without rows", () => {
    expect(renderTable([{ title: "A" }, { title: "B" }], [["x", ""]])).toBe("A  B\nx");
    expect(renderTable([{ title: "A" }], [])).toBe("A");
  });

  it("indents further lines of a field below its first", () => {
    expect(
      renderFields([
        ["a", "1\n2"],
        ["long", "3"],
      ]),
    ).toBe("a     1\n      2\nlong  3");
  });
});

describe("cut", () => {
  test.prop([fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 30 })])(
    "never gives more columns than asked, and all of a text that fits",
    (text, width) => {
      fc.pre(!/\p{Cc}/u.test(text));
      const kept = cut(text, width);
      expect(displayWidth(kept)).toBeLessThanOrEqual(width);
      if (displayWidth(text) <= width) expect(kept).toBe(text);
    },
  );
});
