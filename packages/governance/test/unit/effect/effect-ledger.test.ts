import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { EffectLedger } from "../../../src/effect/effect-ledger.ts";
import { ZERO_EFFECT } from "../../../src/index.ts";

const risk = (value: number) => ({ ...ZERO_EFFECT, risk: value });
const HOUR = 3_600_000;

describe("the accounts of agents", () => {
  it("add up within the window, each account alone", () => {
    const ledger = new EffectLedger();
    for (const at of [0, 10, 20]) ledger.book("a", risk(0.4), at);
    ledger.book("b", risk(0.9), 20);
    expect(ledger.within("a", 15, undefined, 20).risk).toBeCloseTo(0.8);
    expect(ledger.within("a", 20, undefined, 20).risk).toBeCloseTo(1.2);
    expect(ledger.within("c", 20, undefined, 20)).toEqual({});
  });

  it("give back what was booked for an act that did not run, once, and only that", () => {
    const ledger = new EffectLedger();
    ledger.book("a", risk(0.4), 0);
    const takeBack = ledger.book("a", risk(0.4), 0);
    ledger.book("a", risk(0.1), 0);
    takeBack();
    takeBack();
    expect(ledger.within("a", HOUR, undefined, 0).risk).toBeCloseTo(0.5);
  });

  it("halve with every half-life", () => {
    const ledger = new EffectLedger();
    ledger.book("a", risk(0.8), 0);
    expect(ledger.within("a", HOUR, 1000, 1000).risk).toBeCloseTo(0.4);
    expect(ledger.within("a", HOUR, 1000, 3000).risk).toBeCloseTo(0.1);
  });

  it("keep dimensions that a deployment added", () => {
    const ledger = new EffectLedger();
    ledger.book("a", { ...ZERO_EFFECT, cost: 0.5 }, 0);
    ledger.book("a", risk(0.5), 0);
    expect(ledger.within("a", HOUR, undefined, 0)).toMatchObject({ cost: 0.5, risk: 0.5 });
  });

  it("never shrink by crowding", () => {
    const ledger = new EffectLedger();
    for (let n = 0; n < 3000; n++) ledger.book("a", risk(0.001), n);
    expect(ledger.within("a", HOUR, undefined, 3000).risk).toBeCloseTo(3);
  });

  it("keep what crowding joined for as long as the younger of it counts", () => {
    const ledger = new EffectLedger();
    for (let n = 0; n < 1025; n++) ledger.book("a", risk(0.001), n);
    // The oldest two, of 0 and 1, are one by now.
    expect(ledger.within("a", 1024, undefined, 1025).risk).toBeCloseTo(1.025);
    expect(ledger.within("a", 1024, undefined, 1026).risk).toBeCloseTo(1.023);
  });

  it("forget who was idle longest, beyond ten thousand", () => {
    const ledger = new EffectLedger();
    for (let n = 0; n <= 10_000; n++) ledger.book(`a${n}`, risk(1), 0);
    expect(ledger.within("a0", HOUR, undefined, 0)).toEqual({});
    expect(ledger.within("a1", HOUR, undefined, 0)).toMatchObject({ risk: 1 });
  });

  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  test.prop([
    fc.array(fc.tuple(unit, fc.nat(10_000)), { maxLength: 30 }),
    fc.nat(10_000),
    fc.integer({ min: 1, max: 9999 }),
  ])("never hold more with a half-life than without, nor in a shorter window", (booked, windowMs, halfLifeMs) => {
    const ledger = new EffectLedger();
    for (const [value, at] of [...booked].sort((a, b) => a[1] - b[1])) ledger.book("a", risk(value), at);
    const at = (window: number, half?: number): number => ledger.within("a", window, half, 10_000).risk ?? 0;
    expect(at(windowMs, halfLifeMs)).toBeLessThanOrEqual(at(windowMs) + 1e-9);
    expect(at(windowMs)).toBeLessThanOrEqual(at(windowMs + 500) + 1e-9);
  });
});

it("comes to what a plain sum over the entries comes to, however it is booked, taken back and asked", async () => {
  const op = fc.oneof(
    fc.record({
      op: fc.constant("book" as const),
      at: fc.integer({ min: -30, max: 100 }),
      risk: fc.integer({ min: 0, max: 4 }),
    }),
    fc.record({ op: fc.constant("undo" as const), which: fc.nat(20) }),
    fc.record({
      op: fc.constant("ask" as const),
      window: fc.constantFrom(50, 200, 1000),
      half: fc.constantFrom(undefined, 40),
      after: fc.nat(60),
    }),
  );
  await fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const ledger = new EffectLedger();
      let now = 1000;
      const booked: { at: number; risk: number; undo: () => void }[] = [];
      for (const one of ops) {
        if (one.op === "book") {
          const at = now + one.at;
          now = Math.max(now, at);
          const risk = one.risk / 4;
          booked.push({ at, risk, undo: ledger.book("x", { ...ZERO_EFFECT, risk }, at) });
        } else if (one.op === "undo") {
          const [taken] = booked.splice(one.which, 1);
          taken?.undo();
          taken?.undo();
        } else {
          now += one.after;
          const { window, half } = one;
          const weigh = (age: number): number => (half === undefined || age <= 0 ? 1 : 0.5 ** (age / half));
          const within = booked.filter(({ at }) => now - at <= window);
          const plain = within.reduce((sum, { at, risk }) => sum + risk * weigh(now - at), 0);
          expect(ledger.within("x", window, half, now).risk ?? 0).toBeCloseTo(plain, 9);
          expect(ledger.within("x", window, half, now).risk ?? 0).toBeCloseTo(plain, 9);
        }
      }
    }),
  );
});
