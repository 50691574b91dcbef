// Values with canonical bytes, for properties.
import fc from "fast-check";
import type { CborValue } from "../../../src/cbor/cbor-value.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.constantFrom("__proto__", "constructor", "toString", "", "0", "10", "\u{10000}", "\uffff", "\ufeffx"),
);
const integer = fc.oneof(
  fc.maxSafeInteger().map((value) => value + 0),
  fc.integer({ min: -300, max: 300 }),
  fc
    .tuple(fc.constantFrom(24, 2 ** 8, 2 ** 16, 2 ** 32, 2 ** 53 - 2), fc.integer({ min: -2, max: 1 }), fc.boolean())
    .map(([edge, offset, negative]) => (negative ? -(edge + offset) : edge + offset)),
);

/** Any value of the subset, with the edges of every length form and awkward keys. */
export const cborValues: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<CborValue>(null, true, false),
    integer,
    text,
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.dictionary(text, tie("value"), { maxKeys: 30, noNullPrototype: true }),
  ),
})).value;
