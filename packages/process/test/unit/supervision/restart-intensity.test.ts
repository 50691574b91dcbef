import { manualClock } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { fillPolicy, RestartIntensity } from "../../../src/supervision/restart-intensity.ts";

describe("restart intensity", () => {
  it("doubles the wait with each restart in the window, up to its longest", () => {
    const clock = manualClock();
    const intensity = new RestartIntensity(fillPolicy({ type: "permanent", maxRestarts: 20 }));
    const waits = Array.from({ length: 11 }, () => intensity.next(clock));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it("allows as many restarts as the window says, and again when the window has passed", async () => {
    const clock = manualClock();
    const intensity = new RestartIntensity(fillPolicy({ type: "permanent", maxRestarts: 2, withinMs: 1000 }));
    const after = async (ms: number): Promise<number | undefined> => {
      await clock.advance(ms);
      return intensity.next(clock);
    };
    expect([await after(0), await after(500), await after(499)]).toEqual([100, 200, undefined]);
    expect(await after(1)).toBe(200);
    expect(await after(1)).toBeUndefined();
  });

  it("never restarts with a maximum of 0", () => {
    const intensity = new RestartIntensity(fillPolicy({ type: "permanent", maxRestarts: 0 }));
    expect(intensity.next(manualClock())).toBeUndefined();
  });

  it("counts on from what another kernel counted, of which none is in the future", async () => {
    const policy = fillPolicy({ type: "permanent", maxRestarts: 3, withinMs: 1000 });
    const clock = manualClock();
    const first = new RestartIntensity(policy);
    first.next(clock);
    await clock.advance(600);
    first.next(clock);
    const second = new RestartIntensity(policy);
    second.recall(first.times, clock);
    expect(second.times).toEqual(first.times);
    expect(second.next(clock)).toBe(400);
    expect(second.next(clock)).toBeUndefined();
    await clock.advance(400);
    expect(second.next(clock)).toBe(400);
    const third = new RestartIntensity(policy);
    third.recall([clock.now() + 5000, clock.now() + 5000, clock.now() + 5000], clock);
    expect(third.next(clock)).toBeUndefined();
    await clock.advance(1000);
    expect(third.next(clock)).toBe(100);
  });
});
