// The values that have canonical bytes, and the limits both directions share.

/**
 * A value with a canonical encoding: JSON without fractions, plus byte strings. Integers are safe integers; `-0` counts
 * as `0`. `undefined`, floats, big integers, dates, maps and class instances have no encoding.
 */
export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

/** The most arrays and maps that may be open inside each other. */
export const MAX_DEPTH = 64;

/** Major types of RFC 8949 §3.1, shifted into the upper three bits of the initial byte. */
export const MAJOR: {
  readonly uint: number;
  readonly negative: number;
  readonly bytes: number;
  readonly text: number;
  readonly array: number;
  readonly map: number;
} = { uint: 0x00, negative: 0x20, bytes: 0x40, text: 0x60, array: 0x80, map: 0xa0 };

export const FALSE = 0xf4;
export const TRUE = 0xf5;
export const NULL = 0xf6;
