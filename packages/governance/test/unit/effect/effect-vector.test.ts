import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  addEffects,
  EFFECT_DIMENSIONS,
  effectFault,
  exceededLimits,
  joinEffects,
  magnitude,
  scaleEffect,
  ZERO_EFFECT,
} from "../../../src/index.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const effects = fc.record({ risk: unit, fairness: unit, privacy: unit, novelty: unit, security: unit });

describe("effect vectors", () => {
  it("have the L2 norm as magnitude: 0.3 and 0.4 give 0.5, all ones the root of five", () => {
    expect(magnitude({ ...ZERO_EFFECT, risk: 0.3, security: 0.4 })).toBeCloseTo(0.5, 12);
    expect(magnitude({ risk: 1, fairness: 1, privacy: 1, novelty: 1, security: 1 })).toBeCloseTo(Math.sqrt(5), 12);
    expect(magnitude(ZERO_EFFECT)).toBe(0);
  });

  it("count a dimension that a deployment added", () => {
    expect(magnitude({ ...ZERO_EFFECT, cost: 1 })).toBe(1);
    expect(joinEffects({ ...ZERO_EFFECT, cost: 0.2 }, ZERO_EFFECT).cost).toBe(0.2);
  });

  it.each([
    ["nothing", undefined],
    ["a list", [0, 0, 0, 0, 0]],
    ["a missing dimension", { risk: 0, fairness: 0, privacy: 0, novelty: 0 }],
    ["a dimension inherited only", Object.create(ZERO_EFFECT)],
    ["NaN", { ...ZERO_EFFECT, risk: Number.NaN }],
    ["a negative value", { ...ZERO_EFFECT, privacy: -0.01 }],
    ["a value over 1", { ...ZERO_EFFECT, security: 1.000001 }],
    ["a text", { ...ZERO_EFFECT, risk: "0.1" }],
    ["an added dimension out of range", { ...ZERO_EFFECT, cost: 2 }],
    [
      "too many dimensions",
      Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [`d${i}`, 0]).concat(Object.entries(ZERO_EFFECT) as never),
      ),
    ],
  ])("are refused with %s", (_what, effect) => {
    expect(effectFault(effect)).toMatch(/^expected .+, got /);
  });

  it("are accepted at both ends of the range", () => {
    expect(effectFault({ risk: 0, fairness: 1, privacy: 0, novelty: 1, security: 0 })).toBeUndefined();
  });

  it("exceed a limit only when over it", () => {
    const effect = { ...ZERO_EFFECT, risk: 0.5 };
    expect(exceededLimits(effect, { risk: 0.5, magnitude: 0.49, cost: 0 })).toEqual(["magnitude"]);
  });

  it("refuse a factor that is negative or no number", () => {
    expect(() => scaleEffect(ZERO_EFFECT, -1)).toThrow(RangeError);
    expect(() => scaleEffect(ZERO_EFFECT, Number.NaN)).toThrow(RangeError);
  });

  test.prop([effects, effects])("join and add within range, whatever the order", (a, b) => {
    for (const operation of [joinEffects, addEffects]) {
      expect(effectFault(operation(a, b))).toBeUndefined();
      expect(operation(a, b)).toEqual(operation(b, a));
    }
    for (const dimension of EFFECT_DIMENSIONS) {
      expect(addEffects(a, b)[dimension]).toBeGreaterThanOrEqual(joinEffects(a, b)[dimension] ?? 0);
      expect(joinEffects(a, b)[dimension]).toBeGreaterThanOrEqual(a[dimension]);
    }
    expect(joinEffects(a, a)).toEqual(a);
    expect(addEffects(a, ZERO_EFFECT)).toEqual(a);
  });

  test.prop([effects, fc.double({ min: 0, max: 10, noNaN: true })])(
    "scale within range and by their magnitude",
    (effect, factor) => {
      const scaled = scaleEffect(effect, factor);
      expect(effectFault(scaled)).toBeUndefined();
      expect(magnitude(scaled)).toBeLessThanOrEqual(magnitude(effect) * factor + 1e-9);
    },
  );
});
