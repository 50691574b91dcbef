import { fc, test } from "@fast-check/vitest";
import { isWeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import {
  compilePolicy,
  ENVIRONMENTS,
  GENESIS_RULES,
  loadPolicy,
  makePolicy,
  PolicyInvalidError,
  policyJsonSchema,
} from "../../../src/index.ts";
import { declare, facts, genesis, requestOf } from "../decision/subject-of-tests.ts";

const good = `
dimensions = ["cost"]

[[rules]]
id = "ACME-001"
description = "no post to strangers"
branch = "executive"
severity = "critical"
active = true
reference_url = "https://example.com/rules/1"
sop_category = "security"

[rules.condition]
actions = ["net.*"]
resources = ["https://**"]
environments = ["development"]
subjects = { kinds = ["process"], agents = ["assist*"], capabilities = ["network"] }
attributes = { host = { not = "api.example.com" }, bytes = { at_least = 10 } }
effect = { over = { cost = 0.25, magnitude = 0.5 } }
time = { days = ["mon"], from = "09:00", to = "17:00" }

[rules.outcome]
kind = "deny"

[[rules]]
id = "ACME-002"
description = "two people"
branch = "legislative"
severity = "blocking"
condition = { actions = ["money.*"] }
outcome = { kind = "defer", to = "admin", quorum = 2, expires_ms = 60000 }
`;

const rule1 = {
  id: "R-1",
  description: "d",
  branch: "executive",
  severity: "blocking",
  condition: {},
  outcome: { kind: "deny" },
};

async function failure(text: string, file = "rules.toml"): Promise<PolicyInvalidError> {
  try {
    await loadPolicy(text, { file });
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyInvalidError);
    return error as PolicyInvalidError;
  }
  throw new Error("the policy was expected to be refused");
}

const rule = (more: string): string =>
  `[[rules]]\nid = "R-1"\ndescription = "d"\nbranch = "executive"\nseverity = "blocking"\n${more}`;

describe("a policy file", () => {
  it("gives every field, in camelCase, with defaults", async () => {
    const policy = await loadPolicy(good, { file: "rules.toml" });
    expect(policy.dimensions).toEqual(["cost"]);
    expect(policy.rules[0]).toMatchObject({
      id: "ACME-001",
      referenceUrl: "https://example.com/rules/1",
      sopCategory: "security",
      condition: { attributes: { bytes: { atLeast: 10 } }, time: { from: "09:00" } },
    });
    expect(policy.rules[1]).toMatchObject({
      active: true,
      outcome: { kind: "defer", to: "admin", quorum: 2, expiresMs: 60_000 },
    });
  });

  it("means the same as TOML, as JSON and as objects, whatever the order of rules", async () => {
    const toml = await loadPolicy(good, { file: "rules.toml" });
    const json = await loadPolicy(JSON.stringify({ dimensions: ["cost"], rules: [...toml.rules].reverse() }), {
      file: "rules.json",
    });
    expect(json).toEqual(toml);
    expect(makePolicy(toml.rules, { dimensions: ["cost"] }).digest).toBe(toml.digest);
  });

  it("has a published schema with the keys of files, which JSON may use too", async () => {
    const schema = JSON.stringify(await policyJsonSchema());
    for (const key of ["reference_url", "sop_category", "expires_ms", "half_life_ms", "at_least", "$schema"])
      expect(schema).toContain(`"${key}":`);
    const one = { ...rule1, sop_category: "finance", outcome: { kind: "defer", expires_ms: 60_000 } };
    const { rules } = await loadPolicy(JSON.stringify({ $schema: "./policy.schema.json", rules: [one] }), {
      file: "r.json",
    });
    expect(rules[0]).toMatchObject({ sopCategory: "finance", outcome: { expiresMs: 60_000 } });
  });

  it("may be empty, and then decides nothing", async () => {
    expect((await loadPolicy("", { file: "rules.toml" })).rules).toEqual([]);
  });

  it("changes its digest with any change of any rule", async () => {
    const digests = [
      good,
      good.replace("0.25", "0.26"),
      good.replace('"deny"', '"deny" # same').replace("critical", "blocking"),
      good.replace("60000", "60001"),
      good.replace("two people", "two persons"),
    ];
    const policies = await Promise.all(digests.map((text) => loadPolicy(text, { file: "r.toml" })));
    expect(new Set(policies.map((policy) => policy.digest)).size).toBe(digests.length);
  });

  it("keeps the digest of the genesis rules", () => {
    expect(genesis.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(makePolicy([...GENESIS_RULES].reverse()).digest).toBe(genesis.digest);
  });
});

describe("a mistake in a policy file names file, line and rule:", () => {
  it.each<[string, string, number, string]>([
    ["an unknown key", rule('condition = {}\nsevere = 1\noutcome = { kind = "deny" }'), 7, "severe"],
    [
      "an unknown key in the condition",
      rule('outcome = { kind = "deny" }\n[rules.condition]\nacitons = ["x.*"]'),
      8,
      "actions",
    ],
    [
      "a wrong severity",
      rule('condition = {}\noutcome = { kind = "deny" }').replace("blocking", "fatal"),
      5,
      "severity",
    ],
    ["a missing outcome", rule("condition = {}"), 1, "outcome"],
    ["an unknown outcome", rule('condition = {}\noutcome = { kind = "allow" }'), 7, "outcome"],
    ["a deferral to nobody", rule('condition = {}\noutcome = { kind = "defer", quorum = 0 }'), 7, "quorum"],
    [
      "a critical rule that permits",
      rule('condition = {}\noutcome = { kind = "permit" }').replace("blocking", "critical"),
      7,
      "deny",
    ],
    [
      "an advisory rule that denies",
      rule('condition = {}\noutcome = { kind = "deny" }').replace("blocking", "advisory"),
      7,
      "permit",
    ],
    ["a glob that cannot be", rule('condition = { actions = ["a..b"] }\noutcome = { kind = "deny" }'), 6, "pattern"],
    ...["fs.(read|remove)", "!fs.read", "fs.{read,remove}", "fs.?emove", "fѕ.remove", "fs．remove", "fs.[rR]ead"].map(
      (glob): [string, string, number, string] => [
        `a glob that could match no action: ${glob}`,
        rule(`condition = { actions = ["${glob}"] }\noutcome = { kind = "deny" }`),
        6,
        "letters, digits",
      ],
    ),
    [
      "an empty list, which would match nothing",
      rule('condition = { actions = [] }\noutcome = { kind = "deny" }'),
      6,
      "actions",
    ],
    [
      "a mistyped dimension",
      rule('condition = { effect = { over = { secuirty = 0.1 } } }\noutcome = { kind = "deny" }'),
      6,
      "secuirty",
    ],
    [
      "a limit that is NaN",
      rule('condition = { effect = { over = { risk = nan } } }\noutcome = { kind = "deny" }'),
      6,
      "risk",
    ],
    ["half a window", rule('condition = { time = { from = "09:00" } }\noutcome = { kind = "deny" }'), 6, "time"],
    [
      "a time that is none",
      rule('condition = { time = { from = "25:00", to = "26:00" } }\noutcome = { kind = "deny" }'),
      6,
      "from",
    ],
    ["a comparison of nothing", rule('condition = { attributes = { a = {} } }\noutcome = { kind = "deny" }'), 6, "a"],
    [
      "an address that is none",
      rule('reference_url = "no url"\ncondition = {}\noutcome = { kind = "deny" }'),
      6,
      "reference_url",
    ],
  ])("%s", async (_what, text, line, word) => {
    const error = await failure(text);
    expect(error.details).toMatchObject({ file: "rules.toml", line, rule: "R-1" });
    expect(error.message).toContain("R-1");
    expect(error.message).toContain(`rules.toml:${line}`);
    expect(error.message).toContain(word);
  });

  it("a rule too long for one event of the chain", async () => {
    const names = Array.from({ length: 256 }, () => JSON.stringify("x".repeat(256))).join(", ");
    const text = rule(`condition = { resources = [${names}] }\noutcome = { kind = "deny" }`);
    expect((await failure(text)).message).toContain("64 KiB");
  });

  it("two rules with one id", async () => {
    const text = `${rule('condition = {}\noutcome = { kind = "deny" }')}\n${rule('condition = {}\noutcome = { kind = "deny" }')}`;
    expect((await failure(text)).details).toMatchObject({ line: 9, rule: "R-1" });
  });

  it("a rule without an id is named by its number", async () => {
    expect((await failure('[[rules]]\ndescription = "d"')).details.rule).toBe("number 1");
  });

  it("a mistake in JSON has its line and rule too", async () => {
    const text = JSON.stringify({ rules: [rule1, { ...rule1, id: "R-2", severity: "fatal" }] }, null, 1);
    const line = text.split("\n").findIndex((one) => one.includes("fatal")) + 1;
    const error = await failure(text, "rules.json");
    expect(error.details).toMatchObject({ file: "rules.json", line, rule: "R-2", key: "rules[1].severity" });
    expect(error.message).toMatch(new RegExp(`^rule R-2: rules\\.json:${line}: rules\\[1\\]\\.severity: expected`));
  });

  it("broken text has a line and no rule", async () => {
    expect((await failure("[[rules] x")).details).toMatchObject({ line: 1, rule: undefined });
    expect((await failure("{", "rules.json")).details).toMatchObject({ file: "rules.json", rule: undefined });
    expect((await failure("rules = 5")).details).toMatchObject({ line: 1, rule: undefined });
  });

  it("rules in code are named too", () => {
    expect(() =>
      makePolicy([{ ...GENESIS_RULES[0]!, outcome: { kind: "allow" } as never }], { source: "my rules" }),
    ).toThrow(/rule GOV-001: my rules: /);
    expect(() => makePolicy([GENESIS_RULES[0]!, GENESIS_RULES[0]!])).toThrow(PolicyInvalidError);
    expect(() => makePolicy("none" as never)).toThrow(PolicyInvalidError);
  });
});

describe("a policy with half a character in it", () => {
  it("is refused by its file", async () => {
    const one = {
      id: "A",
      description: "x\ud800",
      branch: "executive",
      severity: "blocking",
      condition: {},
      outcome: { kind: "deny" },
    };
    const text = JSON.stringify({ rules: [one] });
    await expect(loadPolicy(text, { file: "half.json" })).rejects.toMatchObject({
      code: "GOVERNANCE_POLICY_INVALID",
      details: { file: "half.json" },
    });
  });
});

describe("fuzzed policy files", () => {
  const lines = good.split("\n");
  const mutated = fc
    .array(fc.tuple(fc.nat(good.length), fc.nat(30), fc.string({ unit: "binary", maxLength: 8 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((edits) =>
      edits.reduce((text, [at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length), good),
    );
  const shuffled = fc.shuffledSubarray(lines).map((some) => some.join("\n"));
  const scalars = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom("deny", "permit", "*"),
  );
  const json = fc
    .tuple(
      fc.constantFrom("id", "branch", "severity", "active", "condition", "outcome", "extra"),
      fc.oneof(
        scalars,
        fc.json().map((text) => JSON.parse(text)),
      ),
    )
    .map(([key, value]) => JSON.stringify({ rules: [{ ...GENESIS_RULES[0], [key]: value }] }));

  const probe = async (text: string, file: string): Promise<void> => {
    let policy: Awaited<ReturnType<typeof loadPolicy>>;
    try {
      policy = await loadPolicy(text, { file });
    } catch (error) {
      expect(isWeftError(error)).toBe(true);
      return;
    }
    // What loads may only add to the genesis rules, never take from them.
    const joined = compilePolicy(
      makePolicy(
        [...genesis.rules, ...policy.rules.filter((rule) => !genesis.rules.some((known) => known.id === rule.id))],
        { dimensions: policy.dimensions },
      ),
      ENVIRONMENTS.development,
    );
    const request = requestOf({ action: "fs.remove", attributes: { kind: "folder", own: false } });
    expect(joined.decide(request, declare("fs.remove"), facts).verdict).toBe("deny");
    expect(joined.decide(requestOf({ action: "net.post" }), declare("net.post"), facts).verdict).not.toBe("permit");
    expect(joined.decide(requestOf({ action: "x.y" }), undefined, facts).verdict).toBe("deny");
  };

  test.prop([mutated], { numRuns: 300 })(
    "of cut and pasted characters never crash the loader nor open the gate",
    (text) => probe(text, "rules.toml"),
  );
  test.prop([shuffled], { numRuns: 200 })("of shuffled lines never crash the loader nor open the gate", (text) =>
    probe(text, "rules.toml"),
  );
  test.prop([fc.oneof(json, fc.json(), fc.string())], { numRuns: 300 })(
    "of strange JSON never crash the loader nor open the gate",
    (text) => probe(text, "rules.json"),
  );
});
