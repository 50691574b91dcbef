import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aggregate,
  blend,
  composite,
  isScoring,
  NEUTRAL,
  ONE,
  type Scoring,
  scoresOf,
  scoringOf,
} from "../../../src/tree/scoring.ts";

const score = fc.integer({ min: 0, max: ONE });
const scoring = fc.tuple(score, score, score, score, score, score);

describe("scores", () => {
  test("move towards what was observed, by its weight", () => {
    const observed: Scoring = [ONE, 0, 500_000, 500_001, 3, 500_000];
    expect(blend(NEUTRAL, observed, 300_000)).toEqual([650_000, 350_000, 500_000, 500_000, 350_001, 500_000]);
    expect(blend(NEUTRAL, observed, 0)).toEqual(NEUTRAL);
    expect(blend(NEUTRAL, observed, ONE)).toEqual(observed);
    expect(blend(NEUTRAL, observed, 7 * ONE)).toEqual(observed);
  });

  test("stay whole and between what was and what was observed", () => {
    fc.assert(
      fc.property(scoring, scoring, score, (old, observed, weight) => {
        const blended = blend(old, observed, weight);
        expect(isScoring(blended)).toBe(true);
        for (const [i, value] of blended.entries()) {
          const bounds = [old[i] as number, observed[i] as number];
          expect(value).toBeGreaterThanOrEqual(Math.min(...bounds));
          expect(value).toBeLessThanOrEqual(Math.max(...bounds));
        }
      }),
    );
  });

  test("of several are their mean, weighted by reward", () => {
    const rich: Scoring = [900_000, 0, 0, 750_000, 0, 0];
    const poor: Scoring = [100_000, 0, 0, 250_000, 0, 0];
    expect(aggregate([rich, poor])).toEqual([700_000, 0, 0, 625_000, 0, 0]);
    expect(aggregate([rich, poor].map((s) => [s[0], 0, 0, 0, 0, 0] as const))).toEqual([500_000, 0, 0, 0, 0, 0]);
    expect(aggregate([])).toEqual(NEUTRAL);
  });

  test("make one number, in which difficulty counts against", () => {
    expect(composite([ONE, ONE, 0, ONE, ONE, ONE])).toBe(ONE);
    expect(composite([0, 0, ONE, 0, 0, 0])).toBe(0);
    expect(composite([ONE, 0, ONE, 0, 0, 0])).toBe(250_000);
    expect(composite(NEUTRAL)).toBe(500_000);
  });

  test("are told as fractions by name and read back", () => {
    fc.assert(
      fc.property(scoring, (scores) => {
        expect(scoringOf(scoresOf(scores), NEUTRAL)).toEqual(scores);
      }),
    );
    expect(scoringOf({ trust: 0.25 }, NEUTRAL)[0]).toBe(250_000);
  });

  test.each([[[1, 2, 3]], [[1, 2, 3, 4, 5, 1.5]], [[0, 0, 0, 0, 0, ONE + 1]], [[0, 0, 0, 0, 0, -1]], ["scores"]])(
    "are not %j",
    (value) => {
      expect(isScoring(value)).toBe(false);
    },
  );
});
