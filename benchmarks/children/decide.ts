// Decides the same requests under the same 22 rules with our engine and with three others, and with ours under 1000 rules.
// Every engine gets its rules prepared beforehand and each request as data, which is how a host would call it.
import { createRequire } from "node:module";
import {
  compilePolicy,
  ENVIRONMENTS,
  GENESIS_RULES,
  makePolicy,
  type RuleInput,
  ZERO_EFFECT,
} from "@weftos/governance";
import { newEnforcer, newModelFromString, StringAdapter } from "casbin";
import { Engine } from "json-rules-engine";
import { EffectLedger } from "../../packages/governance/src/effect/effect-ledger.ts";

interface Case {
  readonly action: string;
  readonly effect: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

const cases: readonly Case[] = [
  { action: "fs.remove", effect: { risk: 0.7, security: 0.3 }, attributes: { kind: "folder", own: false } },
  { action: "fs.remove", effect: { risk: 0.7, security: 0.3 }, attributes: { kind: "file", own: false } },
  { action: "net.post", effect: { risk: 0.5, privacy: 0.3, security: 0.4 }, attributes: { host: "example.org" } },
  { action: "process.spawn", effect: { risk: 0.5 }, attributes: { backend: "inline" } },
  { action: "tool.echo", effect: { risk: 0.1 }, attributes: { bytes: 12 } },
  { action: "fs.read", effect: { risk: 0.1 }, attributes: { path: "/docs/a.md" } },
  { action: "model.call", effect: { privacy: 0.3, novelty: 0.4 }, attributes: { model: "m" } },
  { action: "app.install", effect: { risk: 0.4, security: 0.3 }, attributes: { version: "1.0.0" } },
];

const MEASURE_MS = 400;
const WARM_UP = 3000;

/** Decisions a second, and the median of single ones in microseconds. */
async function pace(decide: (index: number) => unknown): Promise<{ readonly rate: number; readonly p50: number }> {
  const waits = decide(0) instanceof Promise;
  for (let n = 0; n < WARM_UP; n++) waits ? await decide(n) : decide(n);
  let count = 0;
  const begin = performance.now();
  let end = begin;
  while (end - begin < MEASURE_MS) {
    for (let n = 0; n < 64; n++) waits ? await decide(count + n) : decide(count + n);
    count += 64;
    end = performance.now();
  }
  const singles: number[] = [];
  for (let n = 0; n < 20_000; n++) {
    const from = process.hrtime.bigint();
    waits ? await decide(n) : decide(n);
    singles.push(Number(process.hrtime.bigint() - from));
  }
  singles.sort((a, b) => a - b);
  return { rate: (count / (end - begin)) * 1000, p50: (singles[10_000] ?? Number.NaN) / 1000 };
}

/** 100 rules more, each about what one account did; none of them is ever reached. */
function accumulating(): readonly RuleInput[] {
  const more = Array.from(
    { length: 100 },
    (_, n): RuleInput => ({
      id: `SUM-${n}`,
      description: `the sum ${n}`,
      branch: "executive",
      severity: "blocking",
      condition: { actions: ["fs.remove"], accumulated: { over: { risk: 500 + n } } },
      outcome: { kind: "deny" },
    }),
  );
  return [...GENESIS_RULES, ...more];
}

/** What an account holds that did a thousand things. */
function busyAccount(): EffectLedger {
  const ledger = new EffectLedger();
  for (let at = 0; at < 1000; at++) ledger.book("agent:assistant", { ...ZERO_EFFECT, risk: 0.1 }, at);
  return ledger;
}

function ours(rules: readonly RuleInput[], among = cases, ledger?: EffectLedger): (index: number) => unknown {
  const engine = compilePolicy(makePolicy(rules), ENVIRONMENTS.staging);
  const capabilities = { canSpawn: true, canIpc: true, canExecTools: true, canNetwork: true };
  const facts = {
    now: () => 0,
    account: () => "agent:assistant",
    accumulated: (account: string, windowMs: number, halfLifeMs: number | undefined) =>
      ledger?.within(account, windowMs, halfLifeMs, 1000) ?? {},
    process: () => ({ name: "assistant", capabilities }),
  };
  const asked = among.map(({ action, effect, attributes }) => ({
    request: { action, subject: { kind: "process", id: "7" } as const, resource: "something", attributes },
    declaration: {
      name: action,
      description: action,
      effect: { ...ZERO_EFFECT, ...effect },
      audit: "logged",
      rights: [],
      role: "operator",
      accumulates: ledger !== undefined,
    } as const,
  }));
  const declarations = new Map(asked.map(({ declaration }) => [declaration.name, declaration]));
  return (index) => {
    const one = asked[index % asked.length];
    if (one === undefined) throw new RangeError("no case");
    return engine.decide(one.request, declarations.get(one.request.action), facts);
  };
}

/** 978 rules more, all about the same action, each about another value of the same attribute. */
function thousand(): readonly RuleInput[] {
  const more = Array.from({ length: 978 }, (_, n): RuleInput => {
    const last = n === 977;
    return {
      id: `SITE-${n}`,
      description: `the site ${n}`,
      branch: "executive",
      severity: "warning",
      condition: { actions: ["net.post"], attributes: { host: last ? "example.org" : `host-${n}.example.org` } },
      outcome: { kind: "warn" },
    };
  });
  return [...GENESIS_RULES, ...more];
}

const dimensions = ["risk", "fairness", "privacy", "novelty", "security"] as const;

function magnitude(effect: Readonly<Record<string, number>>): number {
  return Math.sqrt(Object.values(effect).reduce((sum, value) => sum + value * value, 0));
}

/** What the rules read, as one flat object: the other engines know neither effects nor globs on dots. */
const flat = cases.map(({ action, effect, attributes }) => ({
  action,
  group: action.slice(0, action.indexOf(".")),
  magnitude: Math.round(magnitude(effect) * 1000),
  ...Object.fromEntries(dimensions.map((name) => [name, Math.round((effect[name] ?? 0) * 1000)])),
  kind: "none",
  own: false,
  version: "",
  reason: "",
  ...attributes,
}));

/** A rule for the others: actions or groups of actions, limits, and one more test in each of three languages. */
interface Portable {
  readonly id: string;
  readonly actions: readonly string[];
  readonly groups: readonly string[];
  readonly over: Readonly<Record<string, number>>;
  readonly absent: string | undefined;
  readonly folder: boolean;
}

const portable: readonly Portable[] = GENESIS_RULES.map(({ id, condition }) => {
  const { actions = [], attributes = {}, effect } = condition;
  const present = Object.entries(attributes).find(
    ([, wanted]) => typeof wanted === "object" && "present" in wanted && wanted.present === false,
  );
  return {
    id,
    actions: actions.filter((name) => !name.includes("*")),
    groups: actions.filter((name) => name.endsWith(".*")).map((name) => name.slice(0, name.indexOf("."))),
    over: Object.fromEntries(Object.entries(effect?.over ?? {}).map(([name, limit]) => [name, limit * 1000])),
    absent: present?.[0],
    folder: "kind" in attributes,
  };
});

function expression(rule: Portable, prefix: string, list: (values: readonly string[]) => string): string {
  const parts: string[] = [];
  const named = [
    ...(rule.actions.length > 0 ? [`${list(rule.actions)}.contains(${prefix}action)`] : []),
    ...(rule.groups.length > 0 ? [`${list(rule.groups)}.contains(${prefix}group)`] : []),
  ];
  if (named.length > 0) parts.push(`(${named.join(" || ")})`);
  const limits = Object.entries(rule.over).map(([name, limit]) => `${prefix}${name} > ${limit}`);
  if (limits.length > 0) parts.push(`(${limits.join(" || ")})`);
  if (rule.absent !== undefined) parts.push(`${prefix}${rule.absent} == ""`);
  if (rule.folder) parts.push(`${prefix}kind != "file" && ${prefix}own == false`);
  return parts.length === 0 ? "true" : parts.join(" && ");
}

function cedar(): (index: number) => unknown {
  const wasm: typeof import("@cedar-policy/cedar-wasm/nodejs") = createRequire(import.meta.url)(
    "@cedar-policy/cedar-wasm/nodejs",
  );
  const policies = portable.map((rule) => {
    const when = expression(rule, "context.", (values) => `[${values.map((value) => `"${value}"`).join(", ")}]`);
    return `@id("${rule.id}") ${rule.folder ? "forbid" : "permit"}(principal, action, resource) when { ${when} };`;
  });
  const prepared = wasm.preparsePolicySet("genesis", { staticPolicies: policies.join("\n") });
  if (prepared.type !== "success") throw new Error(JSON.stringify(prepared.errors));
  const asked = flat.map((context) => ({
    principal: { type: "Agent", id: "7" },
    action: { type: "Action", id: context.action },
    resource: { type: "Thing", id: "something" },
    context,
    preparsedPolicySetId: "genesis",
    entities: [],
    validateRequest: false,
  }));
  return (index) => {
    const one = asked[index % asked.length];
    if (one === undefined) throw new RangeError("no case");
    const answer = wasm.statefulIsAuthorized(one);
    if (answer.type !== "success") throw new Error(JSON.stringify(answer.errors));
    return answer;
  };
}

async function casbin(): Promise<(index: number) => unknown> {
  const model = newModelFromString(`
[request_definition]
r = sub, act
[policy_definition]
p = sub_rule, eft
[policy_effect]
e = !some(where (p.eft == deny))
[matchers]
m = eval(p.sub_rule)
`);
  const lines = portable.map((rule) => {
    const parts: string[] = [];
    const named = [
      ...rule.actions.map((name) => `r.sub.action == '${name}'`),
      ...rule.groups.map((name) => `r.sub.group == '${name}'`),
    ];
    if (named.length > 0) parts.push(`(${named.join(" || ")})`);
    const limits = Object.entries(rule.over).map(([name, limit]) => `r.sub.${name} > ${limit}`);
    if (limits.length > 0) parts.push(`(${limits.join(" || ")})`);
    if (rule.absent !== undefined) parts.push(`r.sub.${rule.absent} == ''`);
    if (rule.folder) parts.push("r.sub.kind != 'file' && r.sub.own == false");
    return `p, ${parts.length === 0 ? "true" : parts.join(" && ")}, ${rule.folder ? "deny" : "allow"}`;
  });
  const enforcer = await newEnforcer(model, new StringAdapter(lines.join("\n")));
  return (index) => {
    const one = flat[index % flat.length];
    return enforcer.enforceSync(one, one?.action);
  };
}

function jsonRules(): (index: number) => unknown {
  const engine = new Engine([], { allowUndefinedFacts: true });
  for (const rule of portable) {
    const all: object[] = [];
    const any = [
      ...(rule.actions.length > 0 ? [{ fact: "action", operator: "in", value: rule.actions }] : []),
      ...(rule.groups.length > 0 ? [{ fact: "group", operator: "in", value: rule.groups }] : []),
    ];
    if (any.length > 0) all.push({ any });
    const limits = Object.entries(rule.over).map(([fact, value]) => ({ fact, operator: "greaterThan", value }));
    if (limits.length > 0) all.push({ any: limits });
    if (rule.absent !== undefined) all.push({ fact: rule.absent, operator: "equal", value: "" });
    if (rule.folder) {
      all.push({ fact: "kind", operator: "notEqual", value: "file" }, { fact: "own", operator: "equal", value: false });
    }
    engine.addRule({
      name: rule.id,
      conditions: { all: all as never },
      event: { type: rule.folder ? "deny" : "seen" },
    });
  }
  return (index) => engine.run(flat[index % flat.length]);
}

const small = await pace(ours(GENESIS_RULES));
const crowded = cases.filter(({ action }) => action === "net.post");
const large = await pace(ours(thousand(), crowded));
const removals = cases.filter(({ action }) => action === "fs.remove");
const summed = await pace(ours(accumulating(), removals, busyAccount()));
const figures = {
  rate: small.rate,
  p50: small.p50,
  thousandRate: large.rate,
  thousandP50: large.p50,
  summedP50: summed.p50,
  cedar: (await pace(cedar())).rate,
  casbin: (await pace(await casbin())).rate,
  jsonRules: (await pace(jsonRules())).rate,
};
process.stdout.write(JSON.stringify(figures));
