import { toPid } from "@weftos/interface";
import { expect, it } from "vitest";
import { DeadLetters } from "../../../src/dead-letter/dead-letters.ts";

it("keeps the newest thousand dead letters and counts them all", () => {
  const letters = new DeadLetters();
  const target = { kind: "process", pid: toPid(2) } as const;
  for (let index = 0; index < 1001; index += 1) {
    letters.add({ id: String(index), from: toPid(1), target }, index === 0 ? "inbox-full" : "late-reply", index);
  }
  expect(letters.counts()).toEqual({ "inbox-full": 1, "late-reply": 1000, "target-exited": 0, "target-not-found": 0 });
  expect(letters.list()).toHaveLength(1000);
  expect(letters.list()[0]?.id).toBe("1");
});
