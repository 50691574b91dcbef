// An explanation, part by part: what a rule demands, what the request had, and what would have changed the outcome.
import { describe, expect, it } from "vitest";
import { EffectLedger } from "../../../src/effect/effect-ledger.ts";
import {
  compilePolicy,
  ENVIRONMENTS,
  type Environment,
  makePolicy,
  type RuleInput,
  ZERO_EFFECT,
} from "../../../src/index.ts";
import { type ExplainedPart, type Explanation, explainDecision } from "../../../src/replay/explain-decision.ts";
import type { RecordedDecision } from "../../../src/replay/recorded-decision.ts";
import { rule } from "../decision/subject-of-tests.ts";

const MONDAY_NOON = Date.UTC(2026, 0, 5, 12, 0);

function explain(
  rules: readonly RuleInput[],
  recorded: Partial<RecordedDecision> = {},
  environment: Environment = ENVIRONMENTS.development,
  ledger = new EffectLedger(),
): Explanation {
  const engine = compilePolicy(makePolicy(rules), environment);
  const decision: RecordedDecision = {
    sequence: 1,
    time: MONDAY_NOON,
    request: {
      action: "net.post",
      subject: { kind: "process", id: "7" },
      resource: "https://example.com/in",
      attributes: { bytes: 20, host: "example.com" },
    },
    effect: { ...ZERO_EFFECT, privacy: 0.4 },
    verdict: "deny",
    rules: rules.map(({ id }) => id),
    policy: engine.policy.digest,
    reason: "r",
    approval: undefined,
    ran: false,
    agent: "clerk",
    account: undefined,
    ...recorded,
  };
  const judgedBy = { policy: "then", version: 0, since: 0, inForce: true } as const;
  return explainDecision(decision, { engine, judgedBy, ledger }, { find: () => undefined });
}

const partsOf = (
  condition: RuleInput["condition"],
  recorded: Partial<RecordedDecision> = {},
): readonly ExplainedPart[] => explain([rule("R", { condition })], recorded).rules[0]?.parts ?? [];

describe("the parts of a rule", () => {
  it.each<[string, RuleInput["condition"], ExplainedPart]>([
    ["actions", { actions: ["net.*"] }, { part: "actions", wanted: '["net.*"]', had: "net.post", holds: true }],
    [
      "resources",
      { resources: ["https://example.org/**"] },
      { part: "resources", wanted: '["https://example.org/**"]', had: "https://example.com/in", holds: false },
    ],
    [
      "effect",
      { effect: { over: { privacy: 0.3 } } },
      { part: "effect", wanted: '{"over":{"privacy":0.3}}', had: "privacy 0.4, magnitude 0.400", holds: true },
    ],
    [
      "time",
      { time: { days: ["tue"] } },
      { part: "time", wanted: '{"days":["tue"]}', had: "2026-01-05T12:00:00.000Z", holds: false },
    ],
    [
      "agents",
      { subjects: { agents: ["cl*"] } },
      { part: "subjects.agents", wanted: '["cl*"]', had: "clerk", holds: true },
    ],
    [
      "kinds",
      { subjects: { kinds: ["node"] } },
      { part: "subjects.kinds", wanted: '["node"]', had: "process", holds: false },
    ],
    [
      "principals",
      { subjects: { principals: ["ann"] } },
      { part: "subjects.principals", wanted: '["ann"]', had: "no principal", holds: false },
    ],
    [
      "capabilities, which are not recorded",
      { subjects: { capabilities: ["spawn"] } },
      { part: "subjects.capabilities", wanted: '["spawn"]', had: "not recorded", holds: "unknown" },
    ],
    [
      "an attribute",
      { attributes: { bytes: { over: 20 } } },
      { part: "attributes.bytes", wanted: '{"over":20}', had: "20", holds: false },
    ],
    [
      "an attribute that is absent",
      { attributes: { reason: { present: false } } },
      { part: "attributes.reason", wanted: '{"present":false}', had: "nothing", holds: true },
    ],
    [
      "what was accumulated on no account",
      { accumulated: { over: { risk: 1 }, windowMs: 5000 } },
      { part: "accumulated", wanted: '{"over":{"risk":1},"windowMs":5000}', had: "not recorded", holds: "unknown" },
    ],
  ])("say what it demands and what there was: %s", (_what, condition, part) => {
    expect(partsOf(condition)).toEqual([part]);
  });

  it("know the role of a principal, and no agent where there was none", () => {
    const subject = { kind: "principal", id: "ann", role: "admin" } as const;
    const request = { action: "net.post", subject, resource: "", attributes: {} };
    const parts = partsOf(
      { subjects: { principals: ["ann"], roles: ["admin"], agents: ["x"] } },
      { request, agent: undefined },
    );
    expect(Object.fromEntries(parts.map(({ part, had, holds }) => [part, [had, holds]]))).toEqual({
      "subjects.principals": ["ann", true],
      "subjects.roles": ["admin", true],
      "subjects.agents": ["no agent", false],
    });
  });

  it("know what was accumulated within the window, this action included", () => {
    const ledger = new EffectLedger();
    for (const ago of [9000, 3000, 1000])
      ledger.book("agent:clerk", { ...ZERO_EFFECT, privacy: 0.4 }, MONDAY_NOON - ago);
    const condition = { accumulated: { over: { privacy: 1 }, windowMs: 5000 } };
    const recorded = { account: "agent:clerk" };
    const [part] =
      explain([rule("R", { condition })], recorded, ENVIRONMENTS.development, ledger).rules[0]?.parts ?? [];
    expect(part).toMatchObject({ had: "privacy 1.2, magnitude 1.200 of agent:clerk", holds: true });
  });

  it("know the environment that decided", () => {
    const condition = { environments: ["production", "staging"] };
    const [part] = explain([rule("R", { condition })], {}, ENVIRONMENTS.production).rules[0]?.parts ?? [];
    expect(part).toEqual({ part: "environments", wanted: '["production","staging"]', had: "production", holds: true });
  });
});

describe("what would have changed the outcome", () => {
  it("is each part of the one rule that decides", () => {
    const { otherwise, rules } = explain([
      rule("R", { condition: { actions: ["net.*"], attributes: { host: "example.com" } } }),
    ]);
    expect(rules).toMatchObject([{ id: "R", decisive: true }]);
    expect(otherwise).toEqual([
      'permit, had actions not been net.post (R asks for ["net.*"])',
      'permit, had attributes.host not been "example.com" (R asks for "example.com")',
    ]);
  });

  it("is none of several rules alone, and all of them together", () => {
    const deny = { actions: ["net.*"] };
    expect(explain([rule("A", { condition: deny }), rule("B", { condition: deny })]).otherwise).toEqual([
      "permit, had none of A, B matched",
    ]);
  });

  it("is the rule itself where it matches everything, and a question below a denial is said", () => {
    const asks = rule("ASK", { condition: {}, outcome: { kind: "defer" } });
    expect(explain([rule("ALL", { condition: {} }), asks]).otherwise).toEqual([
      "defer, without ALL, which matches everything",
    ]);
  });

  it("is the magnitude where the threshold decides, or lets pass", () => {
    const effect = { ...ZERO_EFFECT, risk: 0.95 };
    expect(explain([], { effect }).otherwise).toEqual([
      "permit, had its magnitude 0.950 been at most the threshold 0.9 of development",
    ]);
    expect(explain([], { verdict: "permit" }).otherwise).toEqual([
      "defer or deny, had its magnitude 0.400 been over the threshold 0.9 of development",
    ]);
  });

  it("names rules that matched and are no more", () => {
    expect(explain([], { rules: ["GONE"] })).toMatchObject({ gone: ["GONE"], rules: [] });
  });
});
