import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { compilePolicy, ENVIRONMENTS, makePolicy, type RuleInput } from "../../../src/index.ts";
import { ruleDigest } from "../../../src/policy/policy.ts";
import { diffPolicies, loosenings } from "../../../src/policy/policy-diff.ts";
import { declare, facts, requestOf, rule } from "../decision/subject-of-tests.ts";

const why = (before: readonly RuleInput[], after: readonly RuleInput[]): readonly string[] =>
  loosenings(diffPolicies(makePolicy(before), makePolicy(after))).map((one) => one.rule);

describe("what loosens a law", () => {
  const deny = rule("R", { condition: { actions: ["fs.remove"] } });
  const permit = rule("R", { outcome: { kind: "permit" } });
  const defer = (more: object = {}): RuleInput => rule("R", { outcome: { kind: "defer", ...more } });

  it.each<[string, readonly RuleInput[], readonly RuleInput[]]>([
    ["a rule more that permits", [], [permit]],
    ["a rule less that denies", [deny], []],
    ["one that denies, switched off", [deny], [{ ...deny, active: false }]],
    ["a deny that becomes a question", [deny], [{ ...deny, outcome: { kind: "defer" } }]],
    ["a deny of fewer actions", [rule("R", { condition: { actions: ["fs.*"] } })], [deny]],
    [
      "a deny with one condition more",
      [deny],
      [rule("R", { condition: { ...deny.condition, attributes: { own: true } } })],
    ],
    [
      "a deny of some actions that becomes one of some others",
      [rule("R", { condition: { actions: ["fs.remove", "fs.move"] } })],
      [rule("R", { condition: { actions: ["fs.move", "fs.copy"] } })],
    ],
    [
      "a deny that asks for an attribute more",
      [rule("R", { condition: { attributes: { own: true } } })],
      [rule("R", { condition: { attributes: { own: true, kind: "file" } } })],
    ],
    ["a critical rule that only blocks", [{ ...deny, severity: "critical" }], [deny]],
    ["a question to a lesser role", [defer({ to: "admin" })], [defer()]],
    ["a question to fewer", [defer({ quorum: 2 })], [defer()]],
    ["a question that stands longer", [defer({ expiresMs: 1000 })], [defer({ expiresMs: 2000 })]],
    ["a question to others", [defer({ approvers: ["ann"] })], [defer({ approvers: ["ann", "bob"] })]],
    ["a question to anybody", [defer({ approvers: ["ann"] })], [defer()]],
    ["a permit of another branch", [permit], [{ ...permit, branch: "judicial" }]],
    ["a permit elsewhere", [{ ...permit, condition: { actions: ["a.b"] } }], [permit]],
  ])("is %s", (_, before, after) => {
    expect(why(before, after)).toEqual(["R"]);
  });

  it.each<[string, readonly RuleInput[], readonly RuleInput[]]>([
    ["nothing", [deny], [deny]],
    ["a rule more that denies", [], [deny]],
    ["a permit less", [permit], []],
    ["a permit switched off", [permit], [{ ...permit, active: false }]],
    ["a rule that is only recorded", [], [{ ...permit, severity: "advisory" }]],
    ["a deny of more actions", [deny], [rule("R", { condition: { actions: ["fs.remove", "fs.move"] } })]],
    [
      "a deny with a condition less",
      [rule("R", { condition: { actions: ["fs.remove"], attributes: { own: true } } })],
      [deny],
    ],
    [
      "a deny that asks for an attribute less",
      [rule("R", { condition: { attributes: { own: true, kind: "file" } } })],
      [rule("R", { condition: { attributes: { own: true } } })],
    ],
    ["a question that becomes a deny", [defer()], [rule("R")]],
    [
      "a note of another branch",
      [{ ...permit, severity: "advisory" }],
      [{ ...permit, severity: "advisory", branch: "judicial" }],
    ],
    ["another description", [deny], [{ ...deny, description: "in other words" }]],
    ["a question to fewer people by name", [defer({ approvers: ["ann", "bob"] })], [defer({ approvers: ["ann"] })]],
  ])("is not %s", (_, before, after) => {
    expect(why(before, after)).toEqual([]);
  });

  const condition: fc.Arbitrary<RuleInput["condition"]> = fc.record(
    {
      actions: fc.subarray(["x.a", "x.b", "x.*"], { minLength: 1 }),
      attributes: fc.dictionary(fc.constantFrom("p", "q"), fc.boolean(), { minKeys: 1 }),
      resources: fc.subarray(["/a", "/b"], { minLength: 1 }),
    },
    { requiredKeys: [] },
  );
  const law = fc
    .array(
      fc.record({
        condition,
        outcome: fc.constantFrom("permit", "warn", "defer", "deny").map((kind) => ({ kind }) as never),
        active: fc.boolean(),
        branch: fc.constantFrom("legislative", "executive", "judicial"),
        lesser: fc.boolean(),
      }),
      { maxLength: 4 },
    )
    .map((list) =>
      list.map(({ lesser, ...init }, n) => {
        const { kind } = init.outcome as { kind: string };
        const severity = lesser && kind === "permit" ? "advisory" : lesser && kind === "deny" ? "critical" : "blocking";
        return rule(`R${n}`, { ...init, severity });
      }),
    );
  const asked = fc.record({
    action: fc.constantFrom("x.a", "x.b"),
    resource: fc.constantFrom("/a", "/b"),
    attributes: fc.dictionary(fc.constantFrom("p", "q"), fc.boolean()),
  });
  const strictness = { permit: 0, defer: 1, deny: 2 } as const;
  const unit = fc.double({ min: 0, max: 1, noNaN: true });

  const environments = fc
    .tuple(
      fc.constantFrom(...Object.values(ENVIRONMENTS)),
      fc.subarray(["legislative", "executive", "judicial"] as const, { minLength: 1 }),
    )
    .map(([environment, activeBranches]) => ({ ...environment, activeBranches }));

  test.prop([law, law, asked, unit, environments])(
    "covers every law that permits more: without a loosening no request is judged more mildly",
    (before, after, request, risk, environment) => {
      if (why(before, after).length > 0) return;
      const founded = new Set(makePolicy(before).rules.map(ruleDigest));
      const verdict = (rules: readonly RuleInput[]) => {
        const policy = makePolicy(rules);
        const kept = new Set(policy.rules.filter((one) => founded.has(ruleDigest(one))).map(({ id }) => id));
        const engine = compilePolicy(policy, environment, (id) => kept.has(id));
        return engine.decide(requestOf(request), declare(request.action, { risk }), facts).verdict;
      };
      expect(strictness[verdict(after)]).toBeGreaterThanOrEqual(strictness[verdict(before)]);
    },
  );
});
