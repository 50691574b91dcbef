import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { budgetOf, limitsOf, moneyText } from "../../../src/arguments/amount-values.ts";
import { capabilitiesOf, keptScope } from "../../../src/arguments/capability-values.ts";
import { listOption } from "../../../src/arguments/values.ts";
import { UsageError } from "../../../src/failure/usage-error.ts";

describe("rights of a command line", () => {
  it("are read into a request", () => {
    expect(
      capabilitiesOf(
        ["network", "no-spawn", "tool:fs.*", "tool:net.post", "deny:/s", "read:/a", "pid:3", "pid:4"],
        true,
      ),
    ).toEqual({
      canNetwork: true,
      canSpawn: false,
      tools: { allow: ["fs.*", "net.post"] },
      files: { deny: ["/s"], read: ["/a"] },
      ipcScope: { kind: "restricted", pids: [3, 4] },
    });
    expect(capabilitiesOf(["network", "tool:fs.*"], false)).toEqual({ canNetwork: false, tools: { allow: ["fs.*"] } });
    expect(capabilitiesOf(["scope:parent"], true)).toEqual({ ipcScope: { kind: "parentOnly" } });
  });

  it.each(["fly", "network:yes", "tool:", "scope:some", "pid:x", "__proto__", "constructor:x", ""])(
    "that make no sense (%j) are refused",
    (word) => {
      expect(() => capabilitiesOf([word], true)).toThrow(UsageError);
    },
  );

  it("that say not what are shown with an example", () => {
    for (const [word, hint] of [
      ["tool:", "such as --cap tool:fs.*"],
      ["read:", "such as --cap read:./docs"],
      ["pid:", "such as --cap pid:12"],
    ] as const) {
      expect(() => capabilitiesOf([word], true)).toThrow(expect.objectContaining({ details: { hint } }));
    }
  });

  it("are taken away but for a message scope, of which is said what stays", () => {
    for (const word of ["topic:news.*", "pid:6", "scope:all"])
      expect(() => capabilitiesOf([word], false), word).toThrow("takes no part of a message scope away");
    expect(keptScope(["topic:news.*"])).toEqual({ ipcScope: { kind: "topic", topics: ["news.*"] } });
    for (const words of [["network"], ["network", "pid:3"]])
      expect(() => keptScope(words)).toThrow("--keep names a message scope");
  });

  it("name one message scope", () => {
    expect(() => capabilitiesOf(["scope:all", "pid:1"], true)).toThrow("more than one message scope");
  });
});

describe("amounts of a command line", () => {
  it("are exact, with their units", () => {
    expect(budgetOf(["tokens=10", "money=2.5", "tools=1", "messages=0", "cpu=2m"])).toEqual({
      tokens: 10,
      moneyMicros: 2_500_000,
      toolCalls: 1,
      messages: 0,
      cpuMs: 120_000,
    });
    expect(limitsOf(["memory=64MiB", "wall=250ms", "cpu=1s"])).toEqual({
      memoryBytes: 67_108_864,
      wallMs: 250,
      cpuMs: 1000,
    });
    expect(limitsOf([])).toBeUndefined();
  });

  it.each([
    "tokens",
    "tokens=",
    "tokens=-1",
    "tokens=1.5",
    "money=0.0000001",
    "money=1,5",
    "gold=1",
    "tokens=1MiB",
    "cpu=1y",
    "cpu=10",
  ])("that are none (%j) are refused", (word) => {
    expect(() => budgetOf([word])).toThrow(UsageError);
  });

  it("are sizes and times only with a unit, of which the hint has one", () => {
    const hintOf = (word: string): unknown => {
      try {
        return limitsOf([word]);
      } catch (error) {
        return error instanceof UsageError && error.details.hint;
      }
    };
    expect(["memory=64", "wall=10", "messages=x"].map(hintOf)).toEqual([
      "such as memory=64MiB",
      "such as wall=10s",
      "such as messages=10",
    ]);
  });

  it("shows money as it was typed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.integer({ min: 0, max: 999_999 }), (whole, micros) => {
        const typed = `${whole}.${String(micros).padStart(6, "0")}`;
        const amount = budgetOf([`money=${typed}`])?.moneyMicros as number;
        expect(amount).toBe(whole * 1_000_000 + micros);
        expect(budgetOf([`money=${moneyText(amount)}`])).toEqual({ moneyMicros: amount });
      }),
    );
  });

  it("come from options that are given several times or between commas", () => {
    expect(listOption({ cap: "a,b\nc" }, "cap")).toEqual(["a", "b", "c"]);
    expect(listOption({}, "cap")).toEqual([]);
  });
});
