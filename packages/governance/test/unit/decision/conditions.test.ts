import type { AttributeValue, Subject } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { compilePolicy, ENVIRONMENTS, makePolicy, type RuleInput } from "../../../src/index.ts";
import { type Asked, ask, declare, facts, idsOf, requestOf, rights, rule } from "./subject-of-tests.ts";

type Condition = RuleInput["condition"];

function matches(condition: Condition, asked: Partial<Asked> = {}): boolean {
  const warn = rule("R", { condition, severity: "warning", outcome: { kind: "warn" } });
  const decision = ask({ action: "demo.act", rules: [warn], ...asked });
  expect(decision.verdict).toBe("permit");
  return idsOf(decision).includes("R");
}

describe("the condition on subjects", () => {
  const ada: Subject = { kind: "principal", id: "ada", role: "approver" };

  it("matches the listed kinds", () => {
    expect(matches({ subjects: { kinds: ["process"] } })).toBe(true);
    expect(matches({ subjects: { kinds: ["process"] } }, { subject: ada })).toBe(false);
  });

  it("matches agents by name, and nobody who is no agent", () => {
    expect(matches({ subjects: { agents: ["assist*"] } })).toBe(true);
    expect(matches({ subjects: { agents: ["reader"] } })).toBe(false);
    expect(matches({ subjects: { agents: ["**"] } }, { subject: ada })).toBe(false);
  });

  it("denies when the agent is not known, for whatever outcome", () => {
    const rules = [
      rule("R", { condition: { subjects: { agents: ["**"] } }, severity: "warning", outcome: { kind: "warn" } }),
    ];
    const decision = ask({ action: "demo.act", rules, subject: { kind: "process", id: "8" } });
    expect(decision).toMatchObject({ verdict: "deny", by: "default" });
    expect(decision.reason).toContain("R");
  });

  it("matches principals by id and by role", () => {
    expect(matches({ subjects: { principals: ["ada"] } }, { subject: ada })).toBe(true);
    for (const principals of [["ada"], ["7"], ["**"]])
      expect(matches({ subjects: { principals } }, { subject: { kind: "process", id: "7" } })).toBe(false);
    expect(matches({ subjects: { roles: ["approver", "admin"] } }, { subject: ada })).toBe(true);
    expect(matches({ subjects: { roles: ["admin"] } }, { subject: ada })).toBe(false);
    expect(matches({ subjects: { roles: ["admin"] } })).toBe(false);
  });

  it("denies when the role of a principal is asked and not known", () => {
    const rules = [
      rule("R", { condition: { subjects: { roles: ["viewer"] } }, severity: "warning", outcome: { kind: "warn" } }),
    ];
    expect(ask({ action: "demo.act", rules, subject: { kind: "principal", id: "eve" } }).verdict).toBe("deny");
  });

  it("matches processes that hold all named capabilities, asked anew each time", () => {
    expect(matches({ subjects: { capabilities: ["spawn", "tool"] } })).toBe(true);
    expect(matches({ subjects: { capabilities: ["spawn", "network"] } })).toBe(false);
    expect(matches({ subjects: { capabilities: ["spawn"] } }, { subject: ada })).toBe(false);
    const networked = { ...facts, process: () => ({ name: "n", capabilities: { ...rights, canNetwork: true } }) };
    expect(matches({ subjects: { capabilities: ["network"] } }, { facts: networked })).toBe(true);
  });
});

describe("the condition on attributes", () => {
  const has = (wanted: NonNullable<Condition["attributes"]>[string], value: AttributeValue | undefined): boolean =>
    matches({ attributes: { size: wanted } }, { attributes: value === undefined ? {} : { size: value } });

  it.each<[string, NonNullable<Condition["attributes"]>[string], AttributeValue | undefined, boolean]>([
    ["equal", 5, 5, true],
    ["of another type", 5, "5", false],
    ["absent", 5, undefined, false],
    ["in a list", [4, "x", true], true, true],
    ["in no list", [4, "x"], 5, false],
    ["is", { is: "x" }, "x", true],
    ["not, equal", { not: "x" }, "x", false],
    ["not, absent", { not: "x" }, undefined, true],
    ["in", { in: ["x", "y"] }, "y", true],
    ["over, equal", { over: 5 }, 5, false],
    ["over, just over", { over: 5 }, 5.000001, true],
    ["over, a text", { over: 5 }, "9", false],
    ["under, equal", { under: 5 }, 5, false],
    ["under, just under", { under: 5 }, 4.999999, true],
    ["at least, equal", { atLeast: 5 }, 5, true],
    ["at most, equal", { atMost: 5 }, 5, true],
    ["at most, over", { atMost: 5 }, 6, false],
    ["between", { atLeast: 1, under: 3 }, 2, true],
    ["a pattern", { matches: "*.example.com" }, "api.example.com", true],
    ["a pattern on a number", { matches: "**" }, 5, false],
    ["present", { present: true }, false, true],
    ["present, absent", { present: true }, undefined, false],
    ["absent, asked for", { present: false }, undefined, true],
  ])("%s", (_what, wanted, value, expected) => {
    expect(has(wanted, value)).toBe(expected);
  });

  it("does not read what an attribute inherits", () => {
    expect(matches({ attributes: { toString: { present: true } } })).toBe(false);
  });

  it("refuses a request whose attributes are no plain facts", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, null, {}, "x".repeat(5000)]) {
      expect(ask({ action: "demo.act", rules: [], attributes: { size: value as never } })).toMatchObject({
        verdict: "deny",
        by: "default",
      });
    }
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`a${index}`, 1]));
    expect(ask({ action: "demo.act", rules: [], attributes: many }).verdict).toBe("deny");
  });
});

describe("the other conditions", () => {
  it("match resources, whatever they look like", () => {
    expect(matches({ resources: ["/data/**"] }, { resource: "/data/a/../b" })).toBe(true);
    expect(matches({ resources: ["/data/**"] }, { resource: "/database" })).toBe(false);
    expect(matches({ resources: ["**"] }, { resource: "" })).toBe(true);
  });

  it("match the listed environments", () => {
    const condition = { environments: ["production"] };
    expect(matches(condition)).toBe(false);
    expect(matches(condition, { environment: ENVIRONMENTS.production })).toBe(true);
  });

  it("match any exceeded limit of the effect", () => {
    const condition = { effect: { over: { privacy: 0.1, magnitude: 0.5 } } };
    expect(matches(condition, { effect: { privacy: 0.1, risk: 0.4 } })).toBe(false);
    expect(matches(condition, { effect: { privacy: 0.2 } })).toBe(true);
    expect(matches(condition, { effect: { risk: 0.51 } })).toBe(true);
  });

  const at = (iso: string) => ({ facts: { ...facts, now: () => Date.parse(iso) } });

  it.each<[string, boolean]>([
    ["2026-01-05T08:59:59Z", false],
    ["2026-01-05T09:00:00Z", true],
    ["2026-01-05T16:59:59Z", true],
    ["2026-01-05T17:00:00Z", false],
    ["2026-01-06T10:00:00Z", false],
  ])("match a window of Mondays from nine to five, at %s: %s", (iso, expected) => {
    expect(matches({ time: { days: ["mon"], from: "09:00", to: "17:00" } }, at(iso))).toBe(expected);
  });

  it.each<[string, boolean]>([
    ["2026-01-05T21:59:00Z", false],
    ["2026-01-05T22:00:00Z", true],
    ["2026-01-06T05:59:00Z", true],
    ["2026-01-06T06:00:00Z", false],
    ["2026-01-06T22:30:00Z", false],
    ["2026-01-05T05:00:00Z", false],
  ])("match a window over midnight that began on a Monday, at %s: %s", (iso, expected) => {
    expect(matches({ time: { days: ["mon"], from: "22:00", to: "06:00" } }, at(iso))).toBe(expected);
  });

  it("match a day and a night when a window ends where it began", () => {
    for (const [iso, expected] of [
      ["2026-01-05T08:59:00Z", false],
      ["2026-01-05T09:00:00Z", true],
      ["2026-01-06T08:59:00Z", true],
      ["2026-01-06T09:00:00Z", false],
    ] as const)
      expect(matches({ time: { days: ["mon"], from: "09:00", to: "09:00" } }, at(iso))).toBe(expected);
  });

  it("match whole days", () => {
    expect(matches({ time: { days: ["sat", "sun"] } }, at("2026-01-04T23:59:00Z"))).toBe(true);
    expect(matches({ time: { days: ["sat", "sun"] } }, at("2026-01-05T00:00:00Z"))).toBe(false);
  });

  it("never match while the rule is inactive", () => {
    expect(ask({ action: "demo.act", rules: [rule("R", { active: false })] }).verdict).toBe("permit");
  });

  it("make a decision uncacheable exactly where they read the request or the time", () => {
    const cacheable = (condition: Condition): unknown => {
      const warn = rule("R", {
        condition: { actions: ["demo.*"], ...condition },
        severity: "warning",
        outcome: { kind: "warn" },
      });
      const decision = ask({ action: "demo.act", rules: [warn] });
      return decision.verdict === "permit" && decision.cacheable;
    };
    expect(cacheable({})).toBe(true);
    expect(cacheable({ subjects: { kinds: ["node"], agents: ["a"] } })).toBe(true);
    expect(cacheable({ effect: { over: { risk: 0.5 } } })).toBe(true);
    expect(cacheable({ attributes: { a: 1 } })).toBe(false);
    expect(cacheable({ resources: ["/x"] })).toBe(false);
    expect(cacheable({ time: { days: ["mon"] } })).toBe(false);
    expect(cacheable({ subjects: { capabilities: ["network"] } })).toBe(false);
    expect(cacheable({ actions: ["other.*"], attributes: { a: 1 } })).toBe(true);
  });
});

describe("what an agent accumulated", () => {
  const limit = rule("R", { condition: { accumulated: { over: { risk: 1 }, windowMs: 60_000 } } });
  const decide = (done: Readonly<Record<string, number>>, accumulates = true, subject = { kind: "process", id: "7" }) =>
    compilePolicy(makePolicy([limit]), ENVIRONMENTS.development).decide(
      requestOf({ action: "fs.remove", subject: subject as never }),
      { ...declare("fs.remove", { risk: 0.4 }), accumulates },
      { ...facts, accumulated: (_subject, windowMs) => (windowMs === 60_000 ? done : {}) },
    ).verdict;

  it("counts with this action: at the limit it passes, over it not", () => {
    expect(decide({ risk: 0.6 })).toBe("permit");
    expect(decide({ risk: 0.61 })).toBe("deny");
  });

  it("is asked only of actions that accumulate, and never of the kernel", () => {
    expect(decide({ risk: 9 }, false)).toBe("permit");
    expect(decide({ risk: 9 }, true, { kind: "kernel", id: "0" })).toBe("permit");
  });

  it("cannot be asked of messages, nor of a dimension nobody declared", () => {
    const of = (condition: RuleInput["condition"]): unknown => makePolicy([rule("R", { condition })]);
    expect(() => of({ actions: ["ipc.*"], accumulated: { over: { risk: 1 } } })).toThrow(
      /expected actions that accumulate/,
    );
    expect(() => of({ accumulated: { over: { hazard: 1 } } })).toThrow(/expected a known dimension/);
  });
});

describe("rules of a branch that an environment does not ask", () => {
  it("are not in force", () => {
    const environment = { ...ENVIRONMENTS.development, activeBranches: ["legislative", "judicial"] as const };
    expect(ask({ action: "x.y", rules: [rule("R")], environment }).verdict).toBe("permit");
    expect(ask({ action: "x.y", rules: [rule("R", { branch: "judicial" })], environment }).verdict).toBe("deny");
  });
});

describe("rules that ask people by name", () => {
  const asks = (id: string, approvers: readonly string[], quorum = 1): RuleInput =>
    rule(id, { outcome: { kind: "defer", approvers: [...approvers], quorum } });

  it("ask those whom all name, and deny when too few are left", () => {
    const decide = (...rules: RuleInput[]) => ask({ action: "x.y", rules });
    expect(decide(asks("A", ["ann", "bob"]))).toMatchObject({ verdict: "defer", approvers: ["ann", "bob"] });
    expect(decide(asks("A", ["ann", "bob"]), asks("B", ["bob", "eve"]))).toMatchObject({ approvers: ["bob"] });
    expect(decide(asks("A", ["ann"]), asks("B", ["bob"]))).toMatchObject({ verdict: "deny", by: "rule" });
    expect(() => makePolicy([asks("A", ["ann"], 2)])).toThrow(/expected at most 1, the number of different approvers/);
  });
});
