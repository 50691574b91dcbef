import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/hex.ts";
import { encodeCanonical } from "../../../src/cbor/canonical.ts";
import { CborReader } from "../../../src/cbor/cbor-reader.ts";
import { CborWriter } from "../../../src/cbor/cbor-writer.ts";

const notCanonical = expect.objectContaining({ code: "CHAIN_NOT_CANONICAL" });
const LONG = "ß".repeat(5000);

function writeAll(writer: CborWriter): void {
  writer.arrayHeader(9);
  writer.uint(2 ** 40);
  writer.int(-5);
  writer.bytes(new Uint8Array(300).fill(1));
  writer.text("kind");
  writer.text(LONG);
  writer.bool(false);
  writer.null();
  writer.mapHeader(1);
  writer.text("a");
  writer.uint(1);
  writer.encoded(encodeCanonical(["done"]));
}

describe("CborWriter", () => {
  test("items one by one are the bytes of the whole value, from any first capacity", () => {
    const whole = encodeCanonical([
      2 ** 40,
      -5,
      new Uint8Array(300).fill(1),
      "kind",
      LONG,
      false,
      null,
      { a: 1 },
      ["done"],
    ]);
    for (const capacity of [0, 1, 17, 100_000]) {
      const writer = new CborWriter(capacity);
      writeAll(writer);
      expect(writer.length).toBe(whole.length);
      expect(writer.view()).toEqual(whole);
      expect(writer.take()).toEqual(whole);
      expect(writer.length).toBe(0);
    }
  });

  test("what was taken stays when the writer goes on, and reset forgets", () => {
    const writer = new CborWriter();
    writer.text("first");
    const first = writer.take();
    writer.text("other");
    expect(toHex(first)).toBe("656669727374");
    writer.reset();
    writer.null();
    expect(toHex(writer.take())).toBe("f6");
  });

  test("refuses numbers outside their range and half a surrogate pair", () => {
    const writer = new CborWriter();
    for (const bad of [-1, 1.5, 2 ** 53, Number.NaN]) {
      expect(() => writer.uint(bad)).toThrow(notCanonical);
      expect(() => writer.arrayHeader(bad)).toThrow(notCanonical);
      expect(() => writer.mapHeader(bad)).toThrow(notCanonical);
    }
    for (const bad of [1.5, -(2 ** 53)]) expect(() => writer.int(bad)).toThrow(notCanonical);
    expect(() => writer.text("\udfff")).toThrow(notCanonical);
    expect(writer.length).toBe(0);
  });

  test("a value that is refused leaves nothing behind", () => {
    const writer = new CborWriter();
    writer.uint(7);
    expect(() => writer.value(["written", 1.5])).toThrow(notCanonical);
    writer.value(["ok"]);
    expect(toHex(writer.take())).toBe("0781626f6b");
  });
});

describe("CborReader", () => {
  test("reads back item by item and knows where it is", () => {
    const writer = new CborWriter();
    writeAll(writer);
    const reader = new CborReader(writer.take());
    expect(reader.peek()).toBe("array");
    expect(reader.arrayHeader()).toBe(9);
    expect(reader.offset).toBe(1);
    expect(reader.uint()).toBe(2 ** 40);
    expect(reader.peek()).toBe("negative");
    expect(reader.int()).toBe(-5);
    expect(reader.peek()).toBe("bytes");
    expect(reader.bytes()).toEqual(new Uint8Array(300).fill(1));
    expect(reader.text()).toBe("kind");
    expect(reader.text()).toBe(LONG);
    expect(reader.peek()).toBe("bool");
    expect(reader.bool()).toBe(false);
    expect(reader.peek()).toBe("null");
    expect(reader.null()).toBe(null);
    expect(reader.peek()).toBe("map");
    expect(reader.mapHeader()).toBe(1);
    expect(reader.peek()).toBe("text");
    expect(reader.text()).toBe("a");
    expect(reader.peek()).toBe("uint");
    expect(reader.int()).toBe(1);
    expect(() => reader.end()).toThrow(notCanonical);
    expect(reader.value()).toEqual(["done"]);
    reader.end();
    expect(() => reader.peek()).toThrow(notCanonical);
  });

  test("bytes are a view, values hold copies", () => {
    const input = fromHex("420102420304");
    const reader = new CborReader(input);
    const view = reader.bytes();
    const copy = reader.value();
    input.fill(9);
    expect(toHex(view)).toBe("0909");
    expect(copy).toEqual(fromHex("0304"));
  });

  test("begins where it is told to", () => {
    expect(new CborReader(fromHex("ffff07"), 2).uint()).toBe(7);
  });

  test("refuses an item of another type, names both and the offset", () => {
    const reads: [string, (reader: CborReader) => unknown][] = [
      ["uint", (reader) => reader.uint()],
      ["int", (reader) => reader.int()],
      ["bytes", (reader) => reader.bytes()],
      ["text", (reader) => reader.text()],
      ["array", (reader) => reader.arrayHeader()],
      ["map", (reader) => reader.mapHeader()],
      ["bool", (reader) => reader.bool()],
      ["null", (reader) => reader.null()],
      ["peek", (reader) => reader.peek()],
    ];
    for (const [, read] of reads) {
      expect(() => read(new CborReader(fromHex("07f93c00"), 1))).toThrow(
        /at byte 1: expected .*, got an item that begins with 0xf9/,
      );
      expect(() => read(new CborReader(new Uint8Array(0)))).toThrow(/end of the input/);
    }
    expect(() => new CborReader(fromHex("20")).uint()).toThrow(notCanonical);
  });
});
