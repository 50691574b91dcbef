import { describe, expect, test } from "vitest";
import { CborWriter } from "../../../src/cbor/cbor-writer.ts";
import { encodeCanonical } from "../../../src/index.ts";

describe("a view of what a writer holds", () => {
  test("shows each item that is written in turn, whole and from a place", () => {
    const writer = new CborWriter();
    for (const value of ["one", "two", 7, "three", "one"]) {
      writer.reset();
      writer.value(value);
      const bytes = encodeCanonical(value);
      expect(writer.view()).toEqual(bytes);
      expect(writer.view(1)).toEqual(bytes.subarray(1));
    }
  });

  test("shows the same length from one place and then from another", () => {
    const writer = new CborWriter();
    writer.value("sixteen letters!");
    const bytes = encodeCanonical("sixteen letters!");
    for (const from of [3, 5, 3, 0]) expect(writer.view(from)).toEqual(bytes.subarray(from));
  });

  test("shows what was written after the buffer has grown, short or long", () => {
    const writer = new CborWriter(4);
    writer.value("a");
    expect(writer.view()).toEqual(encodeCanonical("a"));
    for (const length of [100, 2_000, 3]) {
      writer.reset();
      writer.value("x".repeat(length));
      expect(writer.view()).toEqual(encodeCanonical("x".repeat(length)));
    }
  });
});
