import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/clock/system-clock.ts";

describe("systemClock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits for a delay that setTimeout cannot take", () => {
    const fired = vi.fn();
    const delayMs = 2 ** 31 * 3 + 17;
    systemClock().schedule(delayMs, fired);
    vi.advanceTimersByTime(delayMs - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes a negative delay for none", () => {
    const fired = vi.fn();
    systemClock().schedule(-5, fired);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it("waits again when the timer fires early", () => {
    const fired = vi.fn();
    const monotonic = vi.spyOn(performance, "now");
    monotonic.mockReturnValue(100);
    systemClock().schedule(10, fired);
    monotonic.mockReturnValue(109.5);
    vi.advanceTimersByTime(10);
    expect(fired).not.toHaveBeenCalled();
    monotonic.mockReturnValue(110);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
    monotonic.mockRestore();
  });

  it("leaves no timer and no listener behind a sleep that was aborted", async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const slept = systemClock().sleep(1000, { signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(slept).rejects.toThrow("stop");
    expect(vi.getTimerCount()).toBe(0);
    const other = systemClock().sleep(5, { signal: new AbortController().signal });
    vi.advanceTimersByTime(5);
    await other;
    expect(remove).not.toHaveBeenCalled(); // `once` took it off
  });
});
