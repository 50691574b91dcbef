import { manualClock } from "@weftos/testkit";
import { describe, expect, it } from "vitest";

describe("manualClock", () => {
  it("stands still until it is moved", async () => {
    const clock = manualClock({ now: 1000 });
    await clock.settle();
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
  });

  it("shows each timer the time at which it is due, those that timers set included", async () => {
    const clock = manualClock({ now: 0 });
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      clock.schedule(10, again);
    };
    clock.schedule(10, again);
    await clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
    expect(clock.waiting).toBe(1);
  });

  it("lets what a timer started run to its next wait before time goes on", async () => {
    const clock = manualClock({ now: 0 });
    const seen: [string, number][] = [];
    const worker = async (name: string, ms: number): Promise<void> => {
      for (let round = 0; round < 3; round += 1) {
        await clock.sleep(ms);
        for (let deep = 0; deep < 50; deep += 1) await Promise.resolve();
        seen.push([name, clock.now()]);
      }
    };
    void worker("a", 10);
    void worker("b", 15);
    await clock.advance(45);
    expect(seen).toEqual([
      ["a", 10],
      ["b", 15],
      ["a", 20],
      ["b", 30],
      ["a", 30],
      ["b", 45],
    ]);
  });

  it("fires timers of one due time in the order they were set", async () => {
    const clock = manualClock();
    const fired: string[] = [];
    clock.schedule(5, () => fired.push("first"));
    clock.schedule(5, () => fired.push("second"));
    await clock.advance(5);
    expect(fired).toEqual(["first", "second"]);
  });

  it("lets the wall clock jump without touching timers", async () => {
    const clock = manualClock({ now: 1000 });
    let fired = false;
    clock.schedule(10, () => {
      fired = true;
    });
    clock.setNow(500);
    expect(clock.now()).toBe(500);
    await clock.advance(9);
    expect([fired, clock.now(), clock.monotonic()]).toEqual([false, 509, 9]);
    await clock.advance(1);
    expect(fired).toBe(true);
  });

  it("refuses to go back", async () => {
    await expect(manualClock().advance(-1)).rejects.toThrow(RangeError);
  });

  it("passes on what a timer throws to who moved the clock", async () => {
    const clock = manualClock();
    clock.schedule(1, () => {
      throw new Error("from the timer");
    });
    await expect(clock.advance(1)).rejects.toThrow("from the timer");
  });
});
