import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { printable } from "../../../src/view/printable.ts";

describe("text from outside", () => {
  it("cannot move the cursor, colour, forge a line or turn the reading direction", () => {
    expect(printable("a\u001b[2Jb\nc\u202ed")).toBe("a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
  });

  it("keeps its lines where they are wanted", () => {
    expect(printable("a\nb\r\n", { lines: true })).toBe("a\nb\\u{d}\n");
  });

  test.prop([fc.string({ unit: "binary" })])("never holds a control character", (text) => {
    expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  });
});
