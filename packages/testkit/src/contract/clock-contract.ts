/** What every `Clock` keeps to. Clocks of the machine are waited for a few milliseconds; a manual one is advanced. */
import type { Clock } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A clock under test. */
export interface ClockCase {
  readonly clock: Clock;
  /** Lets at least `ms` milliseconds pass and what is due fire: advances a manual clock, waits for a real one. */
  pass(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Declares the suite for one implementation of `Clock`. */
export function clockContract(name: string, implementation: { create(): Promise<ClockCase> }): void {
  describe(`${name} keeps the contract of Clock`, () => {
    let subject: ClockCase;
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("tells the wall clock in whole milliseconds", () => {
      expect(Number.isSafeInteger(subject.clock.now())).toBe(true);
    });

    it("never lets the monotonic clock go back", async () => {
      const before = subject.clock.monotonic();
      await subject.pass(2);
      expect(subject.clock.monotonic()).toBeGreaterThanOrEqual(before + 2);
    });

    it("does not end a sleep before its time", async () => {
      const start = subject.clock.monotonic();
      let end: number | undefined;
      const slept = subject.clock.sleep(3).then(() => {
        end = subject.clock.monotonic();
      });
      await subject.pass(3);
      await slept;
      expect(end).toBeGreaterThanOrEqual(start + 3);
    });

    it("ends a sleep of no time without anybody's help", async () => {
      await expect(subject.clock.sleep(0)).resolves.toBeUndefined();
    });

    it("rejects a sleep with the reason of a signal that aborted before", async () => {
      const reason = new Error("stop");
      await expect(subject.clock.sleep(60_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    it("rejects a sleep with the reason of a signal that aborts meanwhile", async () => {
      const controller = new AbortController();
      const reason = new Error("stop");
      const slept = subject.clock.sleep(60_000, { signal: controller.signal });
      controller.abort(reason);
      await expect(slept).rejects.toBe(reason);
    });

    it("calls a timer back once", async () => {
      let calls = 0;
      subject.clock.schedule(1, () => {
        calls += 1;
      });
      await subject.pass(2);
      await subject.pass(5);
      expect(calls).toBe(1);
    });

    it("fires timers in the order of their due times", async () => {
      const fired: string[] = [];
      subject.clock.schedule(9, () => fired.push("late"));
      subject.clock.schedule(1, () => fired.push("early"), { background: true });
      await subject.pass(12);
      expect(fired).toEqual(["early", "late"]);
    });

    it("never fires a cancelled timer, and cancels twice without harm", async () => {
      let calls = 0;
      const timer = subject.clock.schedule(1, () => {
        calls += 1;
      });
      timer.cancel();
      timer.cancel();
      await subject.pass(5);
      expect(calls).toBe(0);
    });

    it("does not take a delay above 2^31 ms for a short one", async () => {
      let calls = 0;
      const timer = subject.clock.schedule(2 ** 31 + 5, () => {
        calls += 1;
      });
      await subject.pass(5);
      timer.cancel();
      expect(calls).toBe(0);
    });

    it("refuses a delay that is not a number", () => {
      expect(() => subject.clock.schedule(Number.NaN, () => {})).toThrow(RangeError);
    });
  });
}
