import { describe, expect, it } from "vitest";
import { fillPolicy, RestartIntensity } from "../../../src/supervision/restart-intensity.ts";

describe("restart intensity", () => {
  it("doubles the wait with each restart in the window, up to its longest", () => {
    const intensity = new RestartIntensity(fillPolicy({ type: "permanent", maxRestarts: 20 }));
    const waits = Array.from({ length: 11 }, () => intensity.next(0));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it("allows as many restarts as the window says, and again when the window has passed", () => {
    const intensity = new RestartIntensity(fillPolicy({ type: "permanent", maxRestarts: 2, withinMs: 1000 }));
    expect([intensity.next(0), intensity.next(500), intensity.next(999)]).toEqual([100, 200, undefined]);
    expect(intensity.next(1000)).toBe(200);
    expect(intensity.next(1001)).toBeUndefined();
  });

  it("never restarts with a maximum of 0", () => {
    expect(new RestartIntensity(fillPolicy({ type: "permanent", maxRestarts: 0 })).next(0)).toBeUndefined();
  });
});
