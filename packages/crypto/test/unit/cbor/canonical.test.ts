import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/hex.ts";
import { decodeCanonical, encodeCanonical } from "../../../src/cbor/canonical.ts";
import type { CborValue } from "../../../src/cbor/cbor-value.ts";
import { NotCanonicalError } from "../../../src/error/not-canonical-error.ts";
import { cborValues } from "./arbitraries.ts";

const notCanonical = expect.objectContaining({ code: "CHAIN_NOT_CANONICAL" });

function refusal(run: () => unknown): NotCanonicalError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(NotCanonicalError);
    return error as NotCanonicalError;
  }
  throw new Error("expected a refusal");
}

// RFC 8949 Appendix A, the rows inside the subset
const VECTORS: readonly (readonly [CborValue, string])[] = [
  [0, "00"],
  [1, "01"],
  [10, "0a"],
  [23, "17"],
  [24, "1818"],
  [25, "1819"],
  [100, "1864"],
  [1000, "1903e8"],
  [1000000, "1a000f4240"],
  [1000000000000, "1b000000e8d4a51000"],
  [-1, "20"],
  [-10, "29"],
  [-100, "3863"],
  [-1000, "3903e7"],
  [false, "f4"],
  [true, "f5"],
  [null, "f6"],
  [fromHex(""), "40"],
  [fromHex("01020304"), "4401020304"],
  ["", "60"],
  ["a", "6161"],
  ["IETF", "6449455446"],
  ['"\\', "62225c"],
  ["\u00fc", "62c3bc"],
  ["\u6c34", "63e6b0b4"],
  ["\ud800\udd51", "64f0908591"],
  [[], "80"],
  [[1, 2, 3], "83010203"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [Array.from({ length: 25 }, (_, i) => i + 1), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"],
  [{}, "a0"],
  [{ a: 1, b: [2, 3] }, "a26161016162820203"],
  [["a", { b: "c" }], "826161a161626163"],
  [{ a: "A", b: "B", c: "C", d: "D", e: "E" }, "a56161614161626142616361436164614461656145"],
];

describe("published vectors", () => {
  test.each(VECTORS.map(([value, hex]) => [hex, value] as const))("%s", (hex, value) => {
    expect(toHex(encodeCanonical(value))).toBe(hex);
    expect(decodeCanonical(fromHex(hex))).toEqual(value);
  });

  // The same appendix, and §4.2: what has another, shorter or no form in the subset
  test.each([
    ["an integer of 64 bits", "1bffffffffffffffff"],
    ["2^53", "1b0020000000000000"],
    ["-2^53", "3b001fffffffffffff"],
    ["a negative integer of 64 bits", "3bffffffffffffffff"],
    ["a big number", "c249010000000000000000"],
    ["half precision 0.0", "f90000"],
    ["half precision 1.0", "f93c00"],
    ["single precision 100000.0", "fa47c35000"],
    ["double precision 1.1", "fb3ff199999999999a"],
    ["infinity", "f97c00"],
    ["NaN", "f97e00"],
    ["undefined", "f7"],
    ["simple value 16", "f0"],
    ["simple value 255", "f8ff"],
    ["a date tag", "c11a514b67b0"],
    ["a map with integer keys", "a201020304"],
    ["indefinite bytes", "5f42010243030405ff"],
    ["indefinite text", "7f657374726561646d696e67ff"],
    ["an indefinite array", "9fff"],
    ["an indefinite map", "bf6161019fff"],
    ["a lone break", "ff"],
    ["23 in two bytes", "1817"],
    ["0 in two bytes", "1800"],
    ["255 in three bytes", "1900ff"],
    ["65535 in five bytes", "1a0000ffff"],
    ["2^32 - 1 in nine bytes", "1b00000000ffffffff"],
    ["-1 in two bytes", "3800"],
    ["a text length in two bytes", "780161"],
    ["a byte length in three bytes", "59000101"],
    ["an array count in two bytes", "980101"],
    ["a map count in two bytes", "b801616101"],
    ["reserved additional information 28", "1c"],
    ["reserved additional information 30", "9e"],
    ["keys out of order", "a2616201616101"],
    ["a longer key first", "a262616101616201"],
    ["a repeated key", "a2616101616102"],
    ["two values", "0000"],
    ["bytes after the value", "8000"],
    ["nothing", ""],
    ["a head cut off", "19"],
    ["a head cut off in the middle", "1a0000"],
    ["bytes cut off", "4401"],
    ["an array cut off", "8301"],
    ["a map cut off", "a16161"],
    ["a text with a bad byte", "61ff"],
    ["a text with an overlong form", "62c080"],
    ["a text with half a surrogate pair", "63eda080"],
    ["a text cut inside a character", "62e6b0"],
    ["a byte length beyond the input", "5b000fffffffffffff"],
    ["an array count beyond the input", "9b000fffffffffffff"],
    ["a map count beyond the input", "ba0fffffff"],
  ])("refuses %s: %s", (_, hex) => {
    const { details } = refusal(() => decodeCanonical(fromHex(hex)));
    expect(details.offset).toBeLessThanOrEqual(hex.length / 2);
    expect(details.path).toBeUndefined();
  });
});

describe("keys", () => {
  test("are ordered by length, then by code point, not by UTF-16 unit", () => {
    const value = { aa: 1, b: 2, "\u{10000}": 3, "\uffff\uffff": 4, "\uffffa": 5, "": 6, é: 7, "10": 8, "9": 9 };
    const bytes = encodeCanonical(value);
    expect(Object.keys(decodeCanonical(bytes) as object).filter((key) => !/^\d+$/.test(key))).toEqual([
      "",
      "b",
      "aa",
      "é",
      "\uffffa",
      "\u{10000}",
      "\uffff\uffff",
    ]);
  });

  test("between U+E000 and U+FFFF come before those above", () => {
    expect(toHex(encodeCanonical({ "\u{10000}": 1, "\uffffa": 2 }))).toBe("a264efbfbf610264f090808001");
  });

  test("named __proto__ are data and change no prototype", () => {
    const value = JSON.parse('{"__proto__":{"x":1}}') as CborValue;
    const back = decodeCanonical(encodeCanonical(value)) as Record<string, CborValue>;
    expect(Object.keys(back)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(back.x).toBeUndefined();
  });
});

describe("encodeCanonical", () => {
  class Point {
    readonly x = 1;
  }
  test.each<[string, unknown]>([
    ["a fraction", 1.5],
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["2^53", 2 ** 53],
    ["undefined", undefined],
    ["a big integer", 1n],
    ["a symbol", Symbol("s")],
    ["a function", () => 1],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["a class instance", new Point()],
    ["another typed array", new Uint16Array(1)],
    ["half a surrogate pair", "\ud800"],
    ["a low half alone, in a long text", `${"x".repeat(100)}\udc00`],
    ["halves in the wrong order", "\udc00\ud800"],
    ["a hole in an array", new Array(1)],
  ])("refuses %s and says where", (_, bad) => {
    const { details } = refusal(() => encodeCanonical({ list: [0, { bad }] } as unknown as CborValue));
    const where = Array.isArray(bad) ? ["list", 1, "bad", 0] : ["list", 1, "bad"];
    expect(details.path).toEqual(where);
    expect(details.offset).toBeUndefined();
  });

  test("refuses a key with half a surrogate pair, a cycle, and 65 containers inside each other", () => {
    expect(refusal(() => encodeCanonical({ "\ud800": 1 })).details.path).toEqual(["\ud800"]);
    const cycle: CborValue[] = [];
    cycle.push(cycle);
    expect(() => encodeCanonical(cycle)).toThrow(notCanonical);
    const nested = (depth: number): CborValue =>
      depth === 0 ? 1 : depth % 2 ? [nested(depth - 1)] : { a: nested(depth - 1) };
    expect(decodeCanonical(encodeCanonical(nested(64)))).toEqual(nested(64));
    expect(() => encodeCanonical(nested(65))).toThrow(notCanonical);
    expect(() => decodeCanonical(fromHex(`${"81".repeat(65)}01`))).toThrow(notCanonical);
    expect(() => decodeCanonical(fromHex("81".repeat(100_000)))).toThrow(notCanonical);
  });

  test("does not show the refused value in the error", () => {
    const { message, details } = refusal(() => encodeCanonical({ pin: 1234.5 }));
    expect(message + JSON.stringify(details)).not.toContain("1234");
    expect(message).toBe('not canonical CBOR at "pin": expected a safe integer, got a fraction');
  });

  test("takes objects without a prototype, and -0 as 0", () => {
    expect(toHex(encodeCanonical(Object.assign(Object.create(null), { a: -0 })))).toBe("a1616100");
  });
});

test("decoding gives back what was encoded", () => {
  fc.assert(
    fc.property(cborValues, (value) => {
      expect(decodeCanonical(encodeCanonical(value))).toEqual(normal(value));
    }),
    { numRuns: 500 },
  );
});

test("equal objects give equal bytes whatever the order of their keys", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ unit: "binary", maxLength: 6 }), fc.nat()), {
    selector: ([k]) => k,
  });
  fc.assert(
    fc.property(entries, fc.infiniteStream(fc.nat()), (pairs, order) => {
      const shuffled = pairs.map((pair) => [order.next().value as number, pair] as const).sort((a, b) => a[0] - b[0]);
      const other = Object.fromEntries(shuffled.map(([, pair]) => pair));
      expect(encodeCanonical(other)).toEqual(encodeCanonical(Object.fromEntries(pairs)));
    }),
  );
});

test("bytes that are accepted are encoded to themselves, whatever was changed in them", () => {
  let accepted = 0;
  fc.assert(
    fc.property(cborValues, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), (value, changes) => {
      const bytes = encodeCanonical(value);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      if (acceptedAndStable(bytes)) accepted += 1;
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(0);
});

test("any bytes are refused with an offset or encoded to themselves", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      acceptedAndStable(bytes);
    }),
    { numRuns: 5000 },
  );
});

test("every single byte flip of a canonical value is refused or encoded to itself", () => {
  const bytes = encodeCanonical({
    kind: "agent.spawn",
    pid: 70000,
    tags: ["a", "ü"],
    hash: new Uint8Array(32),
    n: -300,
  });
  for (let at = 0; at < bytes.length; at++) {
    for (let change = 1; change < 256; change++) {
      const changed = bytes.slice();
      changed[at] = bytes[at]! ^ change;
      acceptedAndStable(changed);
    }
  }
});

/** Decodes, and demands that accepted bytes come back from the encoder. */
function acceptedAndStable(bytes: Uint8Array): boolean {
  let value: CborValue;
  try {
    value = decodeCanonical(bytes);
  } catch (error) {
    expect(error).toEqual(notCanonical);
    return false;
  }
  expect(encodeCanonical(value)).toEqual(bytes);
  return true;
}

/** -0 is encoded as 0. */
function normal(value: CborValue): CborValue {
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(normal);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normal(item)]));
}

test("keys stand in the order of their encodings, few and many, of one length and of several, beyond ASCII too", () => {
  const key = fc.oneof(fc.stringMatching(/^[a-c]{0,3}$/), fc.string({ unit: "grapheme", maxLength: 4 }));
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 30 }), (keys) => {
      const value = Object.fromEntries(keys.filter((each) => each.isWellFormed()).map((each) => [each, 1]));
      const encoded = (text: string): Buffer => Buffer.from(encodeCanonical(text));
      const sorted = Object.keys(value).sort((a, b) => Buffer.compare(encoded(a), encoded(b)));
      const header = encodeCanonical(sorted.map(() => 1)).length - sorted.length;
      const body = Buffer.concat(sorted.flatMap((each) => [encoded(each), Buffer.of(1)]));
      expect(Buffer.from(encodeCanonical(value)).subarray(header).equals(body)).toBe(true);
    }),
  );
});
