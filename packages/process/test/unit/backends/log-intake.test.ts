import { manualClock } from "@weftos/testkit";
import { expect, it } from "vitest";
import { LogIntake } from "../../../src/backends/log-intake.ts";

function intake() {
  const clock = manualClock();
  let acknowledged = 0;
  const made = new LogIntake(clock, (count) => {
    acknowledged += count;
  });
  const take = (count: number): boolean => Array.from({ length: count }, () => made.take()).every((kept) => kept);
  return { clock, made, take, acknowledged: () => acknowledged };
}

it("acknowledges five thousand lines of a second at once, and the others when it is over", async () => {
  const { clock, take, acknowledged } = intake();
  expect([take(5000), acknowledged()]).toEqual([true, 5000]);
  expect([take(256), acknowledged()]).toEqual([true, 5000]);
  await clock.advance(999);
  expect(acknowledged()).toBe(5000);
  await clock.advance(1);
  expect([acknowledged(), take(5000), acknowledged()]).toEqual([5256, true, 10_256]);
});

it("says when an agent writes past its window", () => {
  const { take } = intake();
  take(5000 + 256);
  expect(take(1)).toBe(false);
});

it("leaves no timer behind", () => {
  const { clock, made, take } = intake();
  take(5001);
  expect(clock.waiting).toBe(1);
  made.close();
  expect(clock.waiting).toBe(0);
});
