// That the changes named do change a decision, and that fewer do not: asked of the whole engine, set by set.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compilePolicy,
  type DecisionEngine,
  ENVIRONMENTS,
  type Environment,
  makePolicy,
  type Rule,
  type RuleInput,
} from "../../../src/index.ts";
import { policyOf } from "../../../src/policy/policy.ts";
import {
  type ChangeSet,
  type Otherwise,
  singleChanges,
  smallestChange,
  type ThoughtOver,
} from "../../../src/replay/what-otherwise.ts";
import { declare, facts, requestOf, rule } from "../decision/subject-of-tests.ts";

const people = ["ann", "bob", "cat"] as const;
const outcomes: fc.Arbitrary<Pick<RuleInput, "outcome" | "severity">> = fc.oneof(
  fc.constantFrom(
    { outcome: { kind: "deny" }, severity: "blocking" } as const,
    { outcome: { kind: "deny" }, severity: "critical" } as const,
    { outcome: { kind: "warn" }, severity: "warning" } as const,
    { outcome: { kind: "permit" }, severity: "blocking" } as const,
    { outcome: { kind: "permit" }, severity: "advisory" } as const,
  ),
  fc
    .record({
      approvers: fc.option(fc.subarray([...people], { minLength: 1 })),
      quorum: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ approvers, quorum }) => ({
      severity: "blocking" as const,
      outcome: {
        kind: "defer" as const,
        quorum: Math.min(quorum, approvers?.length ?? 3),
        ...(approvers === null ? {} : { approvers }),
      },
    })),
);
const environments: fc.Arbitrary<Environment> = fc
  .record({
    threshold: fc.constantFrom(0.3, 0.6, 0.9),
    maxMagnitude: fc.constantFrom(0.2, 0.5, 1),
    humanApproval: fc.boolean(),
  })
  .map((numbers) => ({ ...ENVIRONMENTS.development, ...numbers }));

interface Case {
  readonly engine: DecisionEngine;
  readonly risk: number;
  readonly of: ThoughtOver;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    rules: fc.array(outcomes, { maxLength: 4 }),
    mute: fc.nat(31),
    environment: environments,
    risk: fc.constantFrom(0, 0.25, 0.4, 0.7, 1),
  })
  .map(({ rules, mute, environment, risk }) => {
    const policy = makePolicy(rules.map((init, index) => rule(`R${index}`, { ...init, condition: {} })));
    const engine = compilePolicy(policy, environment, (id) => ((mute >> Number(id.slice(1))) & 1) === 0);
    const verdict = decide(engine, risk);
    return { engine, risk, of: { engine, size: risk, matched: policy.rules, verdict, upkeep: false } };
  });

function decide(engine: DecisionEngine, risk: number): Otherwise["verdict"] {
  return engine.decide(requestOf({ action: "demo.act" }), declare("demo.act", { risk }), facts).verdict;
}

/** The whole engine, without rules and with other limits. */
function decideWith({ engine, risk }: Case, { without, within, over }: ChangeSet): Otherwise["verdict"] {
  const { threshold, maxMagnitude } = engine.environment;
  const environment = {
    ...engine.environment,
    ...(within === undefined ? {} : { maxMagnitude: Math.max(maxMagnitude, risk) }),
    ...(within === "threshold" ? { threshold: Math.max(threshold, risk) } : {}),
    ...(over === "threshold" ? { threshold: -1 } : over === "maximum" ? { maxMagnitude: -1 } : {}),
  };
  const left = policyOf(
    engine.policy.rules.filter((one) => !without.includes(one)),
    [],
  );
  return decide(compilePolicy(left, environment, engine.mayAsk), risk);
}

const sizeOf = ({ without, within, over }: ChangeSet): number =>
  without.length + (within === undefined && over === undefined ? 0 : 1);

/** Every set of changes. */
function allSets({ of }: Case): readonly ChangeSet[] {
  const subsets: Rule[][] = [[]];
  for (const rule of of.matched) subsets.push(...subsets.map((set) => [...set, rule]));
  return subsets.flatMap((without) => [
    { without },
    { without, within: "maximum" as const },
    { without, within: "threshold" as const },
  ]);
}

describe("what would have changed a decision", () => {
  it("does change it, to what is said", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const named = [...singleChanges(one.of), smallestChange(one.of) ?? []].flat();
        for (const set of named) {
          expect(decideWith(one, set)).toBe(set.verdict);
          expect(set.verdict).not.toBe(one.of.verdict);
        }
      }),
      { numRuns: 120 },
    );
  });

  it("is a smallest set: no smaller one changes it, and for every refusal there is one", () => {
    fc.assert(
      fc.property(
        cases.filter(({ of }) => of.verdict !== "permit"),
        (one) => {
          const smallest = smallestChange(one.of);
          const changing = allSets(one).filter((set) => decideWith(one, set) !== one.of.verdict);
          expect(smallest && sizeOf(smallest)).toBe(Math.min(...changing.map(sizeOf)));
        },
      ),
      { numRuns: 80 },
    );
  });

  it("is each single change that there is", () => {
    fc.assert(
      fc.property(
        cases.filter(({ of }) => of.verdict !== "permit"),
        (one) => {
          const singles = allSets(one).filter((set) => sizeOf(set) === 1);
          const changing = singles.filter((set) => decideWith(one, set) !== one.of.verdict);
          const rules = (sets: readonly ChangeSet[]) => sets.flatMap(({ without }) => without.map(({ id }) => id));
          expect(rules(singleChanges(one.of))).toEqual(rules(changing));
          const byLimit = (sets: readonly ChangeSet[]) => sets.some(({ within }) => within !== undefined);
          expect(byLimit(singleChanges(one.of))).toBe(byLimit(changing));
        },
      ),
      { numRuns: 80 },
    );
  });

  it("is found for a permit too, which some limit always ends", () => {
    fc.assert(
      fc.property(
        cases.filter(({ of }) => of.verdict === "permit"),
        (one) => {
          expect(singleChanges(one.of).some(({ over }) => over !== undefined)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("stays bounded with hundreds of questions", () => {
    const rules = Array.from({ length: 60 }, (_, index) =>
      rule(`R${index}`, { condition: {}, outcome: { kind: "defer" } }),
    );
    const engine = compilePolicy(makePolicy(rules), ENVIRONMENTS.production);
    const of = { engine, size: 0.4, matched: engine.policy.rules, verdict: "defer", upkeep: false } as const;
    expect(smallestChange(of)).toMatchObject({ verdict: "permit", within: "threshold", without: { length: 60 } });
  });

  it("of the kernel's own upkeep counts a question for a permit", () => {
    const engine = compilePolicy(
      makePolicy([rule("ASK", { condition: {}, outcome: { kind: "defer" } })]),
      ENVIRONMENTS.development,
    );
    const of = { engine, size: 0, matched: engine.policy.rules, verdict: "permit", upkeep: true } as const;
    expect(singleChanges(of)).toEqual([{ without: [], over: "maximum", verdict: "deny" }]);
  });
});
