import { expect, it } from "vitest";
import { defineAgent, KERNEL_PID, toNodeId, toPid } from "../../../src/index.ts";

it("takes safe integers of 0 or more as PIDs", () => {
  expect(toPid(7)).toBe(7);
  expect(KERNEL_PID).toBe(0);
  for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => toPid(wrong)).toThrow("a PID is a safe integer");
});

it("takes 32 lower-case hex characters as node ids", () => {
  expect(toNodeId("0123456789abcdef0123456789abcdef")).toHaveLength(32);
  for (const wrong of ["", "0123456789ABCDEF0123456789ABCDEF", "0".repeat(33)]) {
    expect(() => toNodeId(wrong)).toThrow("32 lower-case hex");
  }
});

it("gives an agent's definition as data", () => {
  const run = async (): Promise<void> => undefined;
  expect(defineAgent({ name: "echo", run })).toEqual({ kind: "agent", name: "echo", messages: undefined, run });
});
