import { manualClock } from "@weftos/testkit";
import { describe, expect, it, vi } from "vitest";
import { ThreadWatch } from "../../../src/backends/thread-watch.ts";

const MIB = 1_048_576;
const LIMIT = 100 * MIB;

/** A thread whose figures the test sets. */
function threadWith(heap: readonly number[], utilization = 1) {
  const figures = [...heap];
  const asked = vi.fn(async () => {
    const used_heap_size = figures.shift() ?? heap.at(-1);
    if (used_heap_size === undefined) throw new Error("it does not run");
    return { used_heap_size, external_memory: MIB };
  });
  const performance = { eventLoopUtilization: () => ({ idle: 1, active: 1, utilization }) };
  return { performance, getHeapStatistics: asked, asked };
}

function watching(heap: readonly number[], utilization?: number) {
  const clock = manualClock();
  const thread = threadWith(heap, utilization);
  const over = vi.fn();
  const watched = new ThreadWatch(clock).follow(thread, LIMIT, over);
  return { clock, thread, over, watched };
}

describe("the memory of a thread", () => {
  it("is the least of five figures in a row, as garbage lies in all of them", async () => {
    const { clock, watched, over } = watching([50, 30, 90, 40, 60, 70, 80].map((mib) => mib * MIB));
    await clock.advance(400);
    expect(watched.bytes).toBeUndefined();
    await clock.advance(100);
    expect(watched.bytes).toBe(31 * MIB);
    await clock.advance(200);
    expect(watched.bytes).toBe(41 * MIB);
    expect(over).not.toHaveBeenCalled();
  });

  it("is not asked for while the thread waits, which answers by itself then", async () => {
    const { clock, thread, watched } = watching([MIB], 0.01);
    await clock.advance(1000);
    expect(thread.asked).not.toHaveBeenCalled();
    expect(watched.bytes).toBeUndefined();
  });

  it("is looked at more often past the limit, and ends the thread that goes far beyond it, once", async () => {
    const { clock, thread, over } = watching([101 * MIB, 400 * MIB, 739 * MIB, 740 * MIB]);
    await clock.advance(100);
    expect(thread.asked).toHaveBeenCalledTimes(1);
    await clock.advance(50);
    expect([thread.asked.mock.calls.length, over.mock.calls.length]).toEqual([3, 0]);
    await clock.advance(1000);
    expect([thread.asked.mock.calls.length, over.mock.calls.length]).toEqual([4, 1]);
  });

  it("is not known of a thread that does not answer", async () => {
    const { clock, thread, watched, over } = watching([]);
    await clock.advance(1000);
    expect(watched.bytes).toBeUndefined();
    watched.stop();
    await clock.advance(1000);
    expect(thread.asked).toHaveBeenCalledTimes(10);
    expect(over).not.toHaveBeenCalled();
  });
});
