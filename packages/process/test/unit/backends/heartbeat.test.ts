import { manualClock } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { Heartbeat } from "../../../src/backends/heartbeat.ts";

function followed() {
  const clock = manualClock();
  const heartbeat = new Heartbeat(clock, { intervalMs: 100, hungMs: 500 });
  const answers: (() => void)[] = [];
  let measured = 0;
  const pulse = heartbeat.follow({
    ping: () => new Promise((resolve) => answers.push(resolve)),
    measure: async () => {
      measured += 1;
    },
  });
  const answer = async (): Promise<void> => {
    for (const resolve of answers.splice(0)) resolve();
    await clock.settle();
  };
  return { clock, heartbeat, pulse, answers, answer, measured: () => measured };
}

describe("a heartbeat", () => {
  it("asks at each interval, once until it is answered, and measures whether it is or not", async () => {
    const { clock, answers, answer, measured } = followed();
    await clock.advance(300);
    expect([answers.length, measured()]).toEqual([1, 3]);
    await answer();
    await clock.advance(100);
    expect([answers.length, measured()]).toEqual([1, 4]);
  });

  it("asks at once where somebody wants to know, and again only when that is answered", async () => {
    const { clock, pulse, answers, answer, measured } = followed();
    pulse.ask();
    pulse.ask();
    await clock.settle();
    expect([answers.length, measured()]).toEqual([1, 1]);
    await clock.advance(500);
    expect(pulse.hung).toBe(true);
    await answer();
    pulse.ask();
    expect([answers.length, pulse.hung]).toEqual([1, false]);
  });

  it("calls hung what has not answered for so long, and not any more when it answers", async () => {
    const { clock, pulse, answer } = followed();
    await clock.advance(599);
    expect([pulse.hung, pulse.silentMs()]).toEqual([false, 599]);
    await clock.advance(1);
    expect(pulse.hung).toBe(true);
    await answer();
    expect([pulse.hung, pulse.silentMs()]).toEqual([false, 0]);
  });

  it("calls an answer late long before it is a hang", async () => {
    const { clock, pulse, answer } = followed();
    await clock.advance(149);
    expect(pulse.late).toBe(false);
    await clock.advance(1);
    expect([pulse.late, pulse.hung]).toEqual([true, false]);
    await answer();
    expect(pulse.late).toBe(false);
  });

  it("asks nobody whose run has ended, and keeps no timer for nobody", async () => {
    const { clock, pulse, answers, heartbeat } = followed();
    const other = heartbeat.follow({ ping: () => new Promise(() => {}), measure: async () => {} });
    pulse.stop();
    await clock.advance(1000);
    expect([answers.length, pulse.hung, other.hung]).toEqual([0, false, true]);
    other.stop();
    expect(clock.waiting).toBe(0);
  });
});
