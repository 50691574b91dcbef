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
import { SpawnTree } from "../../../src/replay/spawn-tree.ts";
import { rule } from "../decision/subject-of-tests.ts";

const MONDAY_NOON = Date.UTC(2026, 0, 5, 12, 0);

function explain(
  rules: readonly RuleInput[],
  recorded: Partial<RecordedDecision> = {},
  environment: Environment = ENVIRONMENTS.development,
  ledger = new EffectLedger(),
  tree = new SpawnTree(),
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
  return explainDecision(decision, { engine, judgedBy, ledger, tree });
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

  it("name the agent above that a rule means, and say where nobody knows who is above", () => {
    const started = (pid: number, parent: number, agent: string) => ({
      sequence: pid,
      source: "process",
      time: 0,
      kind: "agent.spawn",
      actor: {},
      payload: { outcome: "ok", result: { pid, parent, agent } },
    });
    const tree = new SpawnTree();
    for (const event of [started(5, 0, "boss"), started(6, 5, "middle"), started(7, 6, "clerk")]) tree.read(event);
    const agents = (init: Partial<RuleInput>, known = tree) =>
      explain([rule("R", init)], {}, ENVIRONMENTS.development, new EffectLedger(), known).rules[0]?.parts;
    const boss = { condition: { subjects: { agents: ["bos*"] } } };
    expect(agents(boss)).toMatchObject([{ had: "boss, above clerk", holds: true }]);
    expect(agents({ ...boss, outcome: { kind: "permit" } })).toMatchObject([{ had: "clerk", holds: false }]);
    expect(agents({ condition: { subjects: { agents: ["other"] } } })).toMatchObject([{ had: "clerk", holds: false }]);
    expect(agents(boss, new SpawnTree())).toMatchObject([
      { had: "clerk; who started it is not recorded", holds: "unknown" },
    ]);
    expect(agents({ condition: { subjects: { agents: ["clerk"] } } }, new SpawnTree())).toMatchObject([
      { had: "clerk", holds: true },
    ]);
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
      "no single change: deny still, had A alone not matched (B: the rule B)",
      "permit, had none of A, B matched",
    ]);
  });

  it("is a rule and the magnitude together, where the threshold would refuse too", () => {
    const rules = [rule("ASK", { condition: {}, outcome: { kind: "defer" } })];
    const effect = { ...ZERO_EFFECT, risk: 0.4 };
    expect(explain(rules, { effect, verdict: "defer" }, ENVIRONMENTS.production).otherwise).toEqual([
      "no single change: defer still, had ASK alone not matched (magnitude 0.400 is over the threshold of 0.3 in production)",
      "permit, had ASK not matched and its magnitude 0.400 been at most the threshold 0.3 of production, or a rule permitted it",
    ]);
    const large = { ...ZERO_EFFECT, risk: 0.7 };
    expect(explain(rules, { effect: large, verdict: "defer" }, ENVIRONMENTS.production).otherwise[1]).toBe(
      "permit, had ASK not matched and its magnitude 0.700 been at most the threshold 0.3 of production",
    );
  });

  it("is what lets more than rules may permit be asked about, where a rule asks", () => {
    const rules = [rule("ASK", { condition: {}, outcome: { kind: "defer" } })];
    const effect = { ...ZERO_EFFECT, risk: 1, security: 1 };
    expect(explain(rules, { effect }, ENVIRONMENTS.staging).otherwise).toEqual([
      "defer, had its magnitude 1.414 been at most the 1 that rules may permit in staging",
      "defer, had its magnitude 1.414 been at most the threshold 0.6 of staging",
    ]);
  });

  it("is one of the questions that too few may answer together", () => {
    const asks = (id: string, approvers: string[], quorum = 1) =>
      rule(id, { condition: {}, outcome: { kind: "defer", approvers, quorum } });
    const { otherwise, rules } = explain([asks("A", ["ann", "bob"], 2), asks("B", ["ann", "cat"])]);
    expect(rules.map(({ decisive }) => decisive)).toEqual([true, true]);
    expect(otherwise).toEqual([
      "defer, without A, which matches everything",
      "defer, without B, which matches everything",
    ]);
  });

  it("is the rule whose parts are not recorded, by its name", () => {
    const asks = rule("R", { condition: { subjects: { capabilities: ["spawn"] } } });
    expect(explain([asks]).otherwise).toEqual(["permit, had R not matched"]);
  });

  it("is, of a permit, the rules that lift the threshold together, and the limit that they cannot lift", () => {
    const lifts: Partial<RuleInput> = { condition: { actions: ["net.*"] }, outcome: { kind: "permit" } };
    const effect = { ...ZERO_EFFECT, risk: 0.95 };
    expect(explain([rule("A", lifts), rule("B", lifts)], { verdict: "permit", effect }).otherwise).toEqual([
      "deny, had none of A, B matched",
      "deny, had its magnitude 0.950 been over the 2 that rules may permit in development",
    ]);
  });

  it("is not guessed where something else decided than the rules that matched", () => {
    const reason = "the rule X cannot be judged, which denies";
    expect(explain([], { reason }).otherwise).toEqual([
      `permit, by the rules that matched alone: what decided is that ${reason}`,
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
      "permit, had its magnitude 0.950 been at most the threshold 0.9 of development, or a rule permitted it",
    ]);
    expect(explain([], { verdict: "permit" }).otherwise).toEqual([
      "deny, had its magnitude 0.400 been over the threshold 0.9 of development",
    ]);
  });

  it("names rules that matched and are no more", () => {
    expect(explain([], { rules: ["GONE"] })).toMatchObject({ gone: ["GONE"], rules: [] });
  });
});
