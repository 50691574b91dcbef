import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { MAX_COUNTED, readSchedule } from "../../../src/cron/schedule.ts";

const at = (text: string): number => Date.parse(text);
const iso = (times: readonly number[]): string[] => times.map((time) => new Date(time).toISOString());
const fixedTime = { cron: "30 2 * * *", timeZone: "Europe/Berlin" };

describe("intervals", () => {
  test.prop([fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 0, max: 2e12 })])(
    "come at whole multiples after the anchor, never at the moment asked from",
    async (everyMs, anchor, time) => {
      const next = (await readSchedule({ everyMs }, anchor)).next(time) ?? 0;
      expect(next).toBeGreaterThan(time);
      expect(next).toBeGreaterThan(anchor);
      expect((next - anchor) % everyMs).toBe(0);
      if (time >= anchor) expect(next - time).toBeLessThanOrEqual(everyMs);
    },
  );

  it("count those of a long gap without walking through them, and give the newest", async () => {
    const { times, count } = (await readSchedule({ everyMs: 1 }, 0)).between(0, 1e12);
    expect(count).toBe(1e12);
    expect([times.length, times[0], times.at(-1)]).toEqual([MAX_COUNTED, 1e12 - MAX_COUNTED + 1, 1e12]);
  });

  test.prop([fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 })])(
    "between two moments are those that next gives one after the other",
    async (everyMs, after, length) => {
      const dues = await readSchedule({ everyMs }, 100);
      const walked: number[] = [];
      for (let due = dues.next(after); due !== undefined && due <= after + length; due = dues.next(due))
        walked.push(due);
      expect(dues.between(after, after + length)).toEqual({ times: walked, count: walked.length });
    },
  );
});

describe("cron expressions", () => {
  it("come at the first moment after the gap when the clock leaves their time out, and the next day as ever", async () => {
    const dues = await readSchedule(fixedTime, 0);
    const { times } = dues.between(at("2026-03-28T12:00Z"), at("2026-03-31T12:00Z"));
    expect(iso(times)).toEqual(["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z", "2026-03-31T00:30:00.000Z"]);
  });

  it("come once when the clock shows their time twice", async () => {
    const { times } = (await readSchedule(fixedTime, 0)).between(at("2026-10-24T12:00Z"), at("2026-10-26T12:00Z"));
    expect(iso(times)).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]);
  });

  it("that come every half hour come in both of the hours that the clock shows twice", async () => {
    const dues = await readSchedule({ cron: "*/30 * * * *", timeZone: "Europe/Berlin" }, 0);
    const { times } = dues.between(at("2026-10-24T23:59Z"), at("2026-10-25T02:00Z"));
    expect(times).toHaveLength(5);
  });

  it("give the newest of a long gap, from the newest back", async () => {
    const dues = await readSchedule({ cron: "* * * * *", timeZone: "UTC" }, 0);
    const upTo = at("2026-06-01T00:00Z");
    const { times, count } = dues.between(at("2026-01-01T00:00Z"), upTo);
    expect([times.length, count, times.at(-1)]).toEqual([MAX_COUNTED, MAX_COUNTED, upTo]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(60_000);
  });

  it("with seconds and nicknames are read", async () => {
    expect((await readSchedule({ cron: "*/5 * * * * *", timeZone: "UTC" }, 0)).next(0)).toBe(5000);
    expect((await readSchedule({ cron: "@daily", timeZone: "UTC" }, 0)).next(0)).toBe(86_400_000);
  });

  it.each([
    ["61 * * * *", "UTC", "61"],
    ["* * * *", "UTC", "5 fields"],
    ["0 0 30 2 *", "UTC", "never comes due"],
    ["* * * * *", "Mars/Olympus", "Mars/Olympus"],
    ["", "UTC", ""],
  ])("refuse %j in %s, and say why", async (cron, timeZone, reason) => {
    const refused = readSchedule({ cron, timeZone }, 0);
    await expect(refused).rejects.toMatchObject({
      code: "IPC_CRON_SCHEDULE",
      message: expect.stringContaining(reason),
    });
  });
});
