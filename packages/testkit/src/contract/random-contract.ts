/** What every `Random` keeps to, as far as a test can see. */
import type { Random } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A source of randomness under test. */
export interface RandomCase {
  readonly random: Random;
  dispose(): Promise<void>;
}

/** Declares the suite for one implementation of `Random`. */
export function randomContract(name: string, implementation: { create(): Promise<RandomCase> }): void {
  describe(`${name} keeps the contract of Random`, () => {
    let subject: RandomCase;
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it.each([0, 1, 16, 64, 65, 4096, 65_537, 200_000])("gives exactly %i bytes", (length) => {
      expect(subject.random.bytes(length)).toHaveLength(length);
    });

    it("gives bytes that nobody else holds", () => {
      const first = subject.random.bytes(16);
      const second = subject.random.bytes(16);
      expect(first).not.toEqual(second);
      const kept = second.slice();
      first.fill(0);
      expect(second).toEqual(kept);
    });

    it("gives every value of a byte about equally often", () => {
      const counts = new Map<number, number>();
      for (const byte of subject.random.bytes(256 * 400)) counts.set(byte, (counts.get(byte) ?? 0) + 1);
      // 400 expected each, standard deviation 20: ten of them on either side never happen by chance.
      for (let byte = 0; byte < 256; byte += 1) {
        expect(counts.get(byte)).toBeGreaterThan(200);
        expect(counts.get(byte)).toBeLessThan(600);
      }
    });

    it("gives fractions from 0 up to, not including, 1, spread out", () => {
      const fractions = Array.from({ length: 1000 }, () => subject.random.fraction());
      expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
      const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
      expect(mean).toBeGreaterThan(0.4);
      expect(mean).toBeLessThan(0.6);
    });

    it("writes time, version and variant into a UUID as RFC 9562 §5.7 says", () => {
      // The time of the example in RFC 9562, appendix A.6.
      const uuid = subject.random.uuidV7(0x017f22e279b0);
      expect(uuid).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    });

    it("gives UUIDs of one millisecond in ascending order, all different", () => {
      const uuids = Array.from({ length: 2000 }, () => subject.random.uuidV7(1_700_000_000_000));
      expect([...uuids].sort()).toEqual(uuids);
      expect(new Set(uuids).size).toBe(uuids.length);
    });

    it.each([-1, 0.5, 2 ** 48, Number.NaN])("refuses %d as the time of a UUID", (nowMs) => {
      expect(() => subject.random.uuidV7(nowMs)).toThrow(RangeError);
    });
  });
}
