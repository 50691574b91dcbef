import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as plain from "../../../src/bytes/base64.ts";
import { equalBytes } from "../../../src/bytes/equal-bytes.ts";
import { fromHex, toHex } from "../../../src/bytes/hex.ts";
import * as node from "../../../src/bytes/node-base64.ts";

const invalid = expect.objectContaining({ code: "CHAIN_BYTES_INVALID" });
const bytes = fc.uint8Array({ maxLength: 100 });

describe("hex", () => {
  test("writes what Buffer writes, and reads it back", () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(toHex(data)).toBe(Buffer.from(data).toString("hex"));
        expect(fromHex(toHex(data))).toEqual(data);
      }),
    );
  });

  test.each(["0", "0g", "AB", "0x", " 0", "00 ", "é0"])("refuses %j", (text) => {
    expect(() => fromHex(text)).toThrow(invalid);
  });
});

describe.each([
  ["written out", plain],
  ["of Node", node],
])("base64 %s", (_name, { fromBase64, toBase64 }) => {
  // RFC 4648 §10
  test.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("writes %j as %j", (text, encoded) => {
    expect(toBase64(new TextEncoder().encode(text))).toBe(encoded);
    expect(new TextDecoder().decode(fromBase64(encoded))).toBe(text);
  });

  test("writes what Buffer writes, and reads it back", () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(toBase64(data)).toBe(Buffer.from(data).toString("base64"));
        expect(fromBase64(toBase64(data))).toEqual(data);
      }),
    );
  });

  test.each(["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9v===", "Zm9-", "Zm9_", "Z=9v", "Zm9é", "\nZm9"])(
    "refuses %j",
    (text) => {
      expect(() => fromBase64(text)).toThrow(invalid);
    },
  );
});

describe("equalBytes", () => {
  test("is true for equal contents only", () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalBytes(a, new Uint8Array(a))).toBe(true);
        expect(equalBytes(a, b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
      }),
    );
  });

  test("sees one changed bit anywhere, and another length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), fc.nat(7), (data, at, bit) => {
        const changed = new Uint8Array(data);
        const index = at % data.length;
        changed[index] = data[index]! ^ (1 << bit);
        expect(equalBytes(data, changed)).toBe(false);
        expect(equalBytes(data, data.subarray(1))).toBe(false);
      }),
    );
  });
});
