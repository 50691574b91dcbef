import { fc, test } from "@fast-check/vitest";
import type { Decision } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import type { KnownProcess } from "../../../src/decision/facts.ts";
import { compilePolicy, ENVIRONMENTS, type Facts, makePolicy, type RuleInput } from "../../../src/index.ts";
import { declare, idsOf, facts as lone, requestOf, rights, rule } from "./subject-of-tests.ts";

const warn = (id: string, condition: RuleInput["condition"]): RuleInput =>
  rule(id, { severity: "warning", outcome: { kind: "warn" }, condition });
/** Enough rules of every place that each gets a table. */
const crowd = Array.from({ length: 30 }, (_, n) => [
  warn(`A${n}`, { attributes: { site: `site-${n}` } }),
  warn(`B${n}`, { attributes: { code: [n, n + 100] } }),
  warn(`C${n}`, { resources: [`/data/${n}`] }),
  warn(`D${n}`, { subjects: { agents: [n === 3 ? "assistant" : `agent-${n}`] } }),
]).flat();

/** 8 is below 7, the assistant; of 9 nobody knows who started it. */
const family: Record<string, KnownProcess> = {
  "7": { name: "assistant", capabilities: rights },
  "8": { name: "helper", parent: 7, capabilities: rights },
  "9": { name: "helper", parent: 99, capabilities: rights },
};
const facts: Facts = { ...lone, process: (id) => family[id] };

function decide(
  rules: readonly RuleInput[],
  asked: Parameters<typeof requestOf>[0],
  effect: Readonly<Record<string, number>> = {},
): Decision {
  const engine = compilePolicy(makePolicy(rules), ENVIRONMENTS.development);
  return engine.decide(requestOf(asked), declare(asked.action, effect), facts);
}

describe("many rules about one action", () => {
  it("are found by what the request says, in the order of the policy", () => {
    const asked = { action: "x.y", attributes: { site: "site-4", code: 107, other: 1 }, resource: "/data/9" };
    expect(idsOf(decide([...crowd].reverse(), asked))).toEqual(["A4", "B7", "C9", "D3"]);
    expect(idsOf(decide(crowd, { action: "x.y", resource: "none" }))).toEqual(["D3"]);
    expect(idsOf(decide([...crowd, warn("Z", {}), warn("0", {})], asked))).toEqual(["0", "A4", "B7", "C9", "D3", "Z"]);
  });

  it("are found by the names above an agent too", () => {
    const below = { action: "x.y", resource: "none", subject: { kind: "process", id: "8" } } as const;
    expect(idsOf(decide(crowd, below))).toEqual(["D3"]);
    const both = [...crowd, warn("E", { subjects: { agents: ["assistant", "helper"] } })];
    expect(idsOf(decide(both, below))).toEqual(["D3", "E"]);
  });

  it("tell a text from a number of the same digits", () => {
    expect(idsOf(decide(crowd, { action: "x.y", attributes: { code: "7" }, resource: "none" }))).toEqual(["D3"]);
  });

  it("make no decision that is kept for other requests", () => {
    const decision = decide(crowd, { action: "x.y", resource: "none" });
    expect(decision.verdict === "permit" && decision.cacheable).toBe(false);
  });

  it("deny where an agent cannot be known and nothing else speaks against the rule", () => {
    const unknown = { kind: "process", id: "99" } as const;
    expect(decide(crowd, { action: "x.y", subject: unknown }).verdict).toBe("deny");
    const bound = crowd.map((one) => ({ ...one, condition: { ...one.condition, attributes: { only: "here" } } }));
    expect(decide(bound, { action: "x.y", subject: unknown }).verdict).toBe("permit");
  });

  const value = fc.constantFrom<string | number | boolean>("a", "b", 1, 2, "1", true);
  const condition: fc.Arbitrary<RuleInput["condition"]> = fc.record(
    {
      attributes: fc.dictionary(
        fc.constantFrom("p", "q"),
        fc.oneof(
          value,
          fc.array(value, { minLength: 1, maxLength: 3 }),
          fc.record({ is: value }),
          fc.record({ not: value }),
        ),
        { minKeys: 1 },
      ),
      resources: fc.constantFrom("/x", "/y", "/*").map((one) => [one]),
      subjects: fc.constantFrom(
        { agents: ["assistant"] },
        { agents: ["other"] },
        { agents: ["a*"] },
        { agents: ["boss", "helper"] },
      ),
    },
    { requiredKeys: [] },
  );
  const rules = fc
    .array(fc.tuple(condition, fc.constantFrom("permit", "warn", "defer", "deny")), { maxLength: 40 })
    .map((list) => list.map(([when, kind], n) => rule(`R${n}`, { condition: when, outcome: { kind } as never })));
  const request = fc.record({
    action: fc.constant("x.y"),
    attributes: fc.dictionary(fc.constantFrom("p", "q"), value),
    resource: fc.constantFrom("/x", "/y", "/z"),
    subject: fc.constantFrom(
      { kind: "process", id: "7" } as const,
      { kind: "process", id: "8" } as const,
      { kind: "process", id: "9" } as const,
      { kind: "process", id: "99" } as const,
      { kind: "principal", id: "ann" } as const,
    ),
  });

  test.prop([rules, request])(
    "decide as each alone: what matches does not depend on how it is found",
    (list, asked) => {
      const together = decide(list, asked);
      const single = list.map((one) => decide([one], asked));
      const failed = single.some((one) => one.verdict === "deny" && one.by === "default");
      const matching = single.flatMap(idsOf);
      if (!failed || together.verdict !== "deny" || together.by !== "default")
        expect(idsOf(together).sort()).toEqual(matching.sort());
      if (failed) expect(together.verdict).toBe("deny");
    },
  );
});
