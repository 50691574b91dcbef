import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/append-log/crc32c.ts";

describe("crc32c", () => {
  // RFC 3720, appendix B.4 (given there as bytes in the order they are sent), and the usual check value.
  it.each<[string, Uint8Array, number]>([
    ["the digits 1 to 9", new TextEncoder().encode("123456789"), 0xe3069283],
    ["32 bytes of zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 ascending bytes", new Uint8Array(32).map((_, index) => index), 0x46dd794e],
    ["32 descending bytes", new Uint8Array(32).map((_, index) => 31 - index), 0x113fdb5c],
    ["nothing", new Uint8Array(), 0],
  ])("gives the published value of %s", (_, bytes, value) => {
    expect(crc32c(bytes)).toBe(value);
  });

  it("is the same wherever the bytes lie in their buffer", () => {
    const bytes = new Uint8Array(70).map((_, index) => index * 31);
    for (let offset = 0; offset < 9; offset += 1) {
      const moved = new Uint8Array(100);
      moved.set(bytes, offset);
      expect(crc32c(moved.subarray(offset, offset + 70))).toBe(crc32c(bytes));
    }
  });

  it("is not 0 for four zero bytes, so that a header of zeros is never valid", () => {
    expect(crc32c(new Uint8Array(4))).not.toBe(0);
  });
});
