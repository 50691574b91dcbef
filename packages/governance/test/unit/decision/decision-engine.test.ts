import { fc, test } from "@fast-check/vitest";
import type { ActionDeclaration, ActionRequest, Decision } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { compilePolicy, ENVIRONMENTS, type Environment, makePolicy, type RuleInput } from "../../../src/index.ts";
import { ask, declare, facts, idsOf, requestOf, rule } from "./subject-of-tests.ts";

const { development, staging, production } = ENVIRONMENTS;
const permit = (id: string): RuleInput => rule(id, { outcome: { kind: "permit" } });
const warn = (id: string): RuleInput => rule(id, { severity: "warning", outcome: { kind: "warn" } });
const defer = (id: string, more: object = {}): RuleInput => rule(id, { outcome: { kind: "defer", ...more } });
const critical = (id: string): RuleInput => rule(id, { severity: "critical" });
const note = (id: string): RuleInput => rule(id, { severity: "advisory", outcome: { kind: "permit" } });

describe("precedence", () => {
  it("is critical over deny over defer over warn over permit", () => {
    const all = [permit("P"), warn("W"), defer("F"), rule("D"), critical("C")];
    const verdicts = all.map((_, index) => ask({ action: "x.y", rules: all.slice(0, index + 1) }));
    expect(verdicts.map((decision) => decision.verdict)).toEqual(["permit", "permit", "defer", "deny", "deny"]);
    expect(verdicts[3]).toMatchObject({ suspend: false });
    expect(verdicts[4]).toMatchObject({ suspend: true, by: "rule" });
    expect(verdicts[4]?.reason).toContain("C:");
    expect(idsOf(verdicts[4] as Decision)).toEqual(["C", "D", "F", "P", "W"]);
  });

  it("gives warnings to the caller with the rule's name", () => {
    expect(ask({ action: "x.y", rules: [warn("W")] })).toMatchObject({ warnings: ["W: the rule W"] });
  });

  it.each([
    ["viewer", "approver"],
    ["operator", "approver"],
    ["approver", "approver"],
    ["admin", "admin"],
  ] as const)("asks an approver at least, where a rule says %s, under the threshold and over it", (to, asked) => {
    const rules = [defer("A", { to })];
    for (const risk of [0, 0.99])
      expect(ask({ action: "x.y", effect: { risk }, environment: production, rules })).toMatchObject({
        verdict: "defer",
        to: asked,
      });
  });

  it("joins several deferring rules to the strictest of each part", () => {
    const rules = [
      defer("A", { to: "admin", quorum: 1, expiresMs: 9000 }),
      defer("B", { to: "operator", quorum: 3, expiresMs: 60_000 }),
    ];
    expect(ask({ action: "x.y", rules })).toMatchObject({ verdict: "defer", to: "admin", quorum: 3, expiresMs: 9000 });
    const turned = rules.map((one, index) => ({ ...one, id: index === 0 ? "Z" : "B" }));
    expect(ask({ action: "x.y", rules: turned })).toMatchObject({ to: "admin", quorum: 3, expiresMs: 9000 });
  });

  it("does not go by the order of ids", () => {
    const all = [permit("A"), warn("B"), defer("C"), rule("D"), critical("E")];
    for (const [count, verdict] of [
      [5, "deny"],
      [4, "deny"],
      [3, "defer"],
      [2, "permit"],
    ] as const)
      expect(ask({ action: "x.y", rules: all.slice(0, count) }).verdict).toBe(verdict);
    expect(ask({ action: "x.y", rules: all })).toMatchObject({ suspend: true, reason: "E: the rule E" });
  });
});

describe("thresholds", () => {
  const at = (risk: number, environment: Environment, rules: readonly RuleInput[] = []): Decision =>
    ask({ action: "x.y", effect: { risk }, environment, rules });

  it.each([development, staging, production])(
    "permit what equals the threshold and nothing over it, in %o",
    (environment) => {
      const over = at(environment.threshold + 0.000001, environment);
      expect(at(environment.threshold, environment).verdict).toBe("permit");
      expect(over.verdict).toBe(environment.humanApproval ? "defer" : "deny");
      if (over.verdict === "deny") expect(over.by).toBe("threshold");
    },
  );

  it("ask a person in production instead of denying silently", () => {
    expect(at(0.9, production)).toMatchObject({ verdict: "defer", to: "approver", quorum: 1 });
  });

  it("are lifted by a rule that permits, not by one that warns or records", () => {
    expect(at(0.8, staging, [permit("P")]).verdict).toBe("permit");
    expect(at(0.8, staging, [warn("W")]).verdict).toBe("deny");
    expect(at(0.8, staging, [note("N")]).verdict).toBe("deny");
  });

  it("do not turn a question into a refusal, unless the most is exceeded where nobody is asked", () => {
    expect(at(0.8, staging, [defer("F")]).verdict).toBe("defer");
    expect(at(0.8, { ...staging, maxMagnitude: 0.7 }, [defer("F")])).toMatchObject({
      verdict: "deny",
      by: "threshold",
    });
    expect(at(0.8, production, [defer("F")]).verdict).toBe("defer");
  });

  it("have a most that no rule permits alone", () => {
    expect(at(0.5, production, [permit("P")]).verdict).toBe("permit");
    expect(at(0.51, production, [permit("P")]).verdict).toBe("defer");
    expect(at(0.51, { ...staging, maxMagnitude: 0.5 }, [permit("P")])).toMatchObject({
      verdict: "deny",
      by: "threshold",
    });
  });

  it("that are no numbers count as exceeded", () => {
    expect(at(0, { ...staging, threshold: Number.NaN }).verdict).toBe("deny");
    expect(at(0, { ...production, maxMagnitude: Number.NaN }, [permit("P")]).verdict).toBe("defer");
  });

  it("raise the audit level of what is permitted", () => {
    expect(at(0, development)).not.toHaveProperty("audit");
    expect(at(0.1, staging)).toMatchObject({ audit: "digest" });
    expect(at(0.1, production)).toMatchObject({ audit: "logged" });
    expect(at(0, production)).toMatchObject({ audit: "digest" });
  });
});

describe("what is not known", () => {
  const engine = compilePolicy(makePolicy([permit("P")]), development);

  it("is denied: an action without declaration, or with another's", () => {
    expect(engine.decide(requestOf({ action: "x.y" }), undefined, facts)).toMatchObject({
      verdict: "deny",
      by: "default",
      rules: [],
    });
    expect(engine.decide(requestOf({ action: "x.y" }), declare("x.z"), facts).verdict).toBe("deny");
  });

  it.each([undefined, {}, { risk: 0 }, { risk: Number.NaN, fairness: 0, privacy: 0, novelty: 0, security: 0 }, "none"])(
    "is denied: the effect %o, also after a good one",
    (effect) => {
      const good = declare("x.y");
      expect(engine.decide(requestOf({ action: "x.y" }), good, facts).verdict).toBe("permit");
      const bad: ActionDeclaration = { ...good, effect: effect as never };
      expect(engine.decide(requestOf({ action: "x.y" }), bad, facts)).toMatchObject({ verdict: "deny", by: "default" });
      expect(engine.decide(requestOf({ action: "x.y" }), good, facts).verdict).toBe("permit");
    },
  );

  it.each(["", ".", "a..b", ".a", "a.", "a b", "a\0b", "x".repeat(200)])("is denied: the action name %j", (action) => {
    expect(engine.decide(requestOf({ action }), declare(action), facts).verdict).toBe("deny");
  });

  it.each([undefined, null, { kind: "root", id: "0" }, { kind: "process" }])("is denied: the subject %o", (subject) => {
    const request = { ...requestOf({ action: "x.y" }), subject: subject as never };
    expect(engine.decide(request, declare("x.y"), facts).verdict).toBe("deny");
  });

  it("is denied: a resource that is too long, attributes that are none, a request that is none", () => {
    const request = requestOf({ action: "x.y" });
    for (const broken of [
      { ...request, resource: "r".repeat(1025) },
      { ...request, attributes: null },
      { ...request, attributes: [] },
      null,
    ]) {
      expect(engine.decide(broken as never, declare("x.y"), facts).verdict).toBe("deny");
    }
  });

  it("is denied when a rule fails, but a critical rule beside it still suspends", () => {
    const failing = rule("A", { condition: { subjects: { agents: ["**"] } }, outcome: { kind: "permit" } });
    const subject = { kind: "process", id: "99" } as const;
    expect(ask({ action: "x.y", rules: [failing], subject })).toMatchObject({
      verdict: "deny",
      by: "default",
      suspend: false,
    });
    expect(ask({ action: "x.y", rules: [failing, defer("F")], subject }).verdict).toBe("deny");
    expect(ask({ action: "x.y", rules: [failing, critical("C")], subject })).toMatchObject({
      verdict: "deny",
      by: "rule",
      suspend: true,
    });
    const throwing = {
      ...facts,
      process: () => {
        throw new Error("broken");
      },
    };
    expect(ask({ action: "x.y", rules: [failing], facts: throwing }).verdict).toBe("deny");
  });
});

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const effects = fc.record({ risk: unit, fairness: unit, privacy: unit, novelty: unit, security: unit });
const outcomes = fc.constantFrom("permit", "warn", "defer", "deny");
const conditions: fc.Arbitrary<RuleInput["condition"]> = fc.record(
  {
    actions: fc.constantFrom("fs.*", "fs.remove", "net.*", "*").map((glob) => [glob]),
    subjects: fc.constantFrom<NonNullable<RuleInput["condition"]["subjects"]>[]>(
      { kinds: ["process"] },
      { agents: ["assist*"] },
      { kinds: ["node"] },
    ),
    attributes: fc.constantFrom<NonNullable<RuleInput["condition"]["attributes"]>[]>(
      { own: true },
      { bytes: { over: 10 } },
      { kind: { not: "file" } },
    ),
    resources: fc.constantFrom("/data/**", "/x").map((glob) => [glob]),
    effect: fc.record({ over: fc.record({ risk: unit }) }),
    environments: fc.constantFrom("production", "development").map((name) => [name, "staging"]),
  },
  { requiredKeys: [] },
);
const defers = fc.record({
  kind: fc.constant("defer" as const),
  to: fc.constantFrom("operator", "approver", "admin"),
  quorum: fc.integer({ min: 1, max: 3 }),
  expiresMs: fc.integer({ min: 1000, max: 9000 }),
});
const wants = fc.oneof(
  outcomes.map((kind) => ({ severity: "blocking", outcome: { kind } })),
  defers.map((outcome) => ({ severity: "blocking", outcome })),
  fc.constant({ severity: "critical", outcome: { kind: "deny" } }),
  fc.constant({ severity: "advisory", outcome: { kind: "permit" } }),
) as fc.Arbitrary<Pick<RuleInput, "severity" | "outcome">>;
const rules = fc
  .array(fc.tuple(conditions, wants, fc.boolean()), { maxLength: 12 })
  .map((list) => list.map(([condition, want, active], index) => rule(`R${index}`, { condition, active, ...want })));
const environments = fc.constantFrom(development, staging, production);
const asked = fc.record({
  action: fc.constantFrom("fs.remove", "net.post", "ipc.send", "other.act"),
  resource: fc.constantFrom("/data/a", "/x", "y"),
  attributes: fc.dictionary(
    fc.constantFrom("own", "bytes", "kind"),
    fc.oneof(fc.boolean(), fc.integer(), fc.constant("file")),
  ),
  subject: fc.constantFrom(
    { kind: "process", id: "7" } as const,
    { kind: "node", id: "n" } as const,
    { kind: "kernel", id: "0" } as const,
  ),
});
const strictness = { permit: 0, defer: 1, deny: 2 } as const;

describe("for all policies and requests", () => {
  test.prop([rules, asked, effects, environments, fc.infiniteStream(fc.nat())])(
    "the order of rules does not matter, nor that of their names, by which they are asked",
    (list, request, effect, environment, keys) => {
      const shuffled = list
        .map((one) => ({ one, key: keys.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      const decide = (order: readonly RuleInput[]): Decision => ask({ ...request, effect, environment, rules: order });
      const decision = decide(list);
      expect(decide(shuffled)).toEqual(decision);
      const names = new Map(shuffled.map(({ id }, at) => [id, `N${String(at).padStart(2, "0")}`]));
      const renamed = decide(list.map((one) => ({ ...one, id: names.get(one.id) ?? "" })));
      const { rules: matched, policy: _policy, reason: _reason, ...terms } = decision;
      // What is told, and in which order, goes by the names; what is decided does not.
      const told = (some: Decision) =>
        some.verdict === "deny" ? [] : (some.warnings ?? []).map((one) => one.split(":")[0]);
      expect({ ...renamed, warnings: [] }).toMatchObject({ ...terms, warnings: [] });
      expect(new Set(idsOf(renamed))).toEqual(new Set(matched.map(({ id }) => names.get(id))));
      expect(new Set(told(renamed))).toEqual(new Set(told(decision).map((id) => names.get(id ?? ""))));
    },
  );

  test.prop([rules, asked, effects, environments, conditions, fc.constantFrom("AAA", "ZZZ")])(
    "adding a deny never permits more, wherever it stands, and a warning changes nothing",
    (list, request, effect, environment, condition, id) => {
      const decide = (more: readonly RuleInput[]): Decision =>
        ask({ ...request, effect, environment, rules: [...list, ...more] });
      const before = decide([]);
      const denied = decide([rule(id, { condition })]);
      expect(strictness[denied.verdict]).toBeGreaterThanOrEqual(strictness[before.verdict]);
      if (idsOf(denied).includes(id)) expect(denied.verdict).toBe("deny");
      const warned = decide([rule(id, { condition, severity: "warning", outcome: { kind: "warn" } })]);
      expect(strictness[warned.verdict]).toBeGreaterThanOrEqual(strictness[before.verdict]);
    },
  );

  test.prop([rules, asked, effects, environments, conditions, defers])(
    "adding a question never permits more, and one that an amendment added lets nothing be asked that was refused",
    (list, request, effect, environment, condition, outcome) => {
      const declaration = declare(request.action, effect);
      const decide = (some: readonly RuleInput[]): Decision =>
        compilePolicy(makePolicy(some), environment, (id) => id !== "NEW").decide(
          requestOf(request),
          declaration,
          facts,
        );
      const before = decide(list);
      const asked = decide([...list, rule("NEW", { condition, outcome })]);
      expect(strictness[asked.verdict]).toBeGreaterThanOrEqual(strictness[before.verdict]);
    },
  );

  test.prop([rules, asked, fc.constantFrom("approval.answer", "approval.revoke"), environments])(
    "an answer never waits for an answer",
    (list, request, action, environment) => {
      const all = [...list, rule("ALL", { condition: {}, outcome: { kind: "defer", quorum: 2 } })];
      const answer = { ...request, action, environment };
      const decision = ask({ ...answer, rules: all });
      expect(decision).toMatchObject({ verdict: ask({ ...answer, rules: list }).verdict });
      expect(decision.verdict).not.toBe("defer");
      expect(idsOf(decision)).not.toContain("ALL");
    },
  );

  test.prop([rules, asked, effects, environments])(
    "there is one decision, whole, and it names only rules of the policy",
    (list, request, effect, environment) => {
      const decision = ask({ ...request, effect, environment, rules: list });
      expect(["permit", "defer", "deny"]).toContain(decision.verdict);
      expect(decision.reason).not.toBe("");
      expect(decision.policy).toBe(makePolicy(list).digest);
      for (const id of idsOf(decision)) expect(list.map((one) => one.id)).toContain(id);
    },
  );

  test.prop([rules, asked, effects, environments])(
    "a cacheable permit holds for every other request of the subject and action",
    (list, request, effect, environment) => {
      const policy = compilePolicy(makePolicy(list), environment);
      const declaration = declare(request.action, effect);
      const first = policy.decide(requestOf(request), declaration, facts);
      if (first.verdict !== "permit" || !first.cacheable) return;
      const others: ActionRequest["attributes"][] = [{ own: true }, { bytes: 11 }, { kind: "folder" }, {}];
      for (const other of others) {
        const again = policy.decide(
          requestOf({ ...request, attributes: other, resource: "/data/z" }),
          declaration,
          facts,
        );
        expect(again).toEqual(first);
      }
    },
  );

  test.prop([rules, fc.anything(), fc.anything()])(
    "anything at all as request gives a deny, never a throw",
    (list, request, declaration) => {
      const decision = compilePolicy(makePolicy(list), development).decide(
        request as never,
        declaration as never,
        facts,
      );
      expect(decision.verdict).toBe("deny");
    },
  );
});
