import { uuidV7Source } from "@weftos/platform";
import { describe, expect, it } from "vitest";

describe("uuidV7Source", () => {
  it("puts time, counter and random bits where they belong", () => {
    const ones = uuidV7Source((length) => new Uint8Array(length).fill(0xff));
    // The counter starts with its highest bit 0.
    expect(ones(0x0123456789ab)).toBe("01234567-89ab-77ff-bfff-ffffffffffff");
    const zeros = uuidV7Source((length) => new Uint8Array(length));
    expect(zeros(2 ** 48 - 1)).toBe("ffffffff-ffff-7000-8000-000000000000");
    expect(zeros(2 ** 48 - 1)).toBe("ffffffff-ffff-7000-8000-040000000000");
    expect(zeros(0)).toBe("00000000-0000-7000-8000-000000000000");
  });

  it("carries the counter through all its 32 bits", () => {
    let start = 0xff;
    const source = uuidV7Source((length) => {
      const bytes = new Uint8Array(length).fill(start, 6);
      start = 0;
      return bytes;
    });
    expect(source(1)).toBe("00000000-0001-77ff-bfff-fc0000000000");
    expect(source(1)).toBe("00000000-0001-7800-8000-000000000000");
  });
});
