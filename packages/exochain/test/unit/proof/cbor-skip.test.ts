import { type CborValue, encodeCanonical } from "@weftos/crypto";
import {
  array,
  boolean,
  assert as check,
  constant,
  dictionary,
  integer,
  letrec,
  oneof,
  property,
  string,
  uint8Array,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { skipItem } from "../../../src/proof/cbor-skip.ts";

const { value } = letrec<{ value: CborValue }>((tie) => ({
  value: oneof(
    { maxDepth: 4 },
    integer(),
    integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    string({ maxLength: 300 }),
    uint8Array({ maxLength: 300 }),
    boolean(),
    constant(null),
    array(tie("value"), { maxLength: 30 }),
    dictionary(string({ maxLength: 5 }), tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

describe("stepping over CBOR", () => {
  it("ends behind each item, wherever it lies", async () => {
    await check(
      property(value, value, (before, item) => {
        const first = encodeCanonical(before);
        const second = encodeCanonical(item);
        const bytes = Uint8Array.of(...first, ...second, 0);
        expect(skipItem(bytes, 0)).toBe(first.length);
        expect(skipItem(bytes, first.length)).toBe(first.length + second.length);
      }),
    );
  });

  it("refuses bytes that end too early, and heads that are none", () => {
    for (const bytes of [
      [],
      [0x18],
      [0x42, 1],
      [0x82, 1],
      [0xa1, 1],
      [0x1c],
      [0x5f],
      [0x9b, 0, 0, 0, 0, 0, 0, 0, 2, 1],
    ]) {
      expect(() => skipItem(Uint8Array.from(bytes), 0)).toThrow(RangeError);
    }
  });
});
