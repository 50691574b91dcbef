import { seededRandom } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { xoshiro128 } from "../../src/xoshiro128.ts";

describe("xoshiro128", () => {
  it("gives the words of the published formula from the state 1, 2, 3, 4", () => {
    // Printed by a C program of the published formula.
    const word = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 5 }, word)).toEqual([11520, 0, 5927040, 70819200, 2031721883]);
  });
});

describe("seededRandom", () => {
  it("replays bytes, fractions and UUIDs for the same seed", () => {
    const run = (seed: number): unknown[] => {
      const random = seededRandom(seed);
      return [random.bytes(33), random.fraction(), random.uuidV7(1_700_000_000_000), random.uuidV7(1_700_000_000_000)];
    };
    expect(run(42)).toEqual(run(42));
    expect(run(42)).not.toEqual(run(43));
  });

  it("gives different streams for seeds that differ in any part", () => {
    const seeds = [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    const streams = seeds.map((seed) => seededRandom(seed).bytes(16).join());
    expect(new Set(streams).size).toBe(seeds.length);
  });

  it.each([0.5, Number.NaN, 2 ** 53])("refuses %d for a seed", (seed) => {
    expect(() => seededRandom(seed)).toThrow(RangeError);
  });
});
