/**
 * Finds the policy under which a decision was made: the chain has each policy before it decides, by its digest, with the
 * version of the law and the rules beside it.
 *
 * Limit: of a policy that a chain does not say whole (redacted rules, more than 512 beside the law, a record of an earlier
 * release) nothing is guessed: then it is not known.
 */
import type { AuditReader, RecordedEvent } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { compilePolicy, type DecisionEngine } from "../decision/decision-engine.ts";
import type { Environment } from "../environment/environment.ts";
import type { LawVersion } from "../law/legislature.ts";
import { type Policy, policyOf } from "../policy/policy.ts";
import { type Rule, ruleSchema } from "../policy/rule-schema.ts";

/** A policy as it decided. */
export interface PolicyThen {
  readonly engine: DecisionEngine;
  /** Number of the version of the law. */
  readonly version: number;
  /** Sequence of the event that says that it came into force. */
  readonly since: number;
}

/** What it is found with. */
export interface ThenDeps {
  readonly reader: AuditReader;
  readonly versions: readonly LawVersion[];
  /** See `compilePolicy`. */
  readonly mayAsk: (law: Policy) => (rule: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

const branches = ["legislative", "executive", "judicial"] as const;
const numberText = z.string().check(z.regex(/^\d+(\.\d+)?(e[+-]?\d+)?$/));
const policyEvent = z.lazy(() =>
  z.looseObject({
    digest: z.string(),
    law: z.string(),
    added: z.array(z.string()),
    dimensions: z.array(z.string()),
    environment: z.string(),
    threshold: numberText,
    maxMagnitude: numberText,
    humanApproval: z.boolean(),
    auditLevel: z.enum(["none", "digest", "logged", "durable"]),
    activeBranches: z.array(z.enum(branches)),
  }),
);

/**
 * Finds it.
 *
 * @param decision - sequence of the decision, and the digest of the policy that it cites
 * @returns undefined when the chain does not say it whole
 * @throws the signal's reason
 */
export async function policyOfThen(
  { reader, versions, mayAsk, signal }: ThenDeps,
  decision: { readonly sequence: number; readonly policy: string },
): Promise<PolicyThen | undefined> {
  let found: RecordedEvent | undefined;
  for await (const event of reader.events({ kind: "governance.policy", signal })) {
    if (event.sequence > decision.sequence) break;
    if (event.payload?.digest === decision.policy) found = event;
  }
  const read = safeParse(policyEvent, found?.payload, "a policy");
  if (!read.ok || found === undefined) return undefined;
  const { law, added, dimensions, environment, threshold, maxMagnitude, ...others } = read.value;
  const version = versions.find(({ digest }) => digest === law);
  const beside = await rulesOf(reader, new Set(added), signal);
  if (version === undefined) return undefined;
  const replaced = new Set(beside.map(({ id }) => id));
  const kept = version.policy.rules.filter(({ id }) => !replaced.has(id));
  const policy = policyOf([...kept, ...beside], dimensions);
  // This alone decides: a rule that is missing, or is another one, gives another digest.
  if (policy.digest !== decision.policy) return undefined;
  const { humanApproval, auditLevel, activeBranches } = others;
  const then: Environment = {
    name: environment,
    threshold: Number(threshold),
    maxMagnitude: Number(maxMagnitude),
    humanApproval,
    auditLevel,
    activeBranches,
  };
  const engine = compilePolicy(policy, then, mayAsk(version.policy));
  return { engine, version: version.number, since: found.sequence };
}

/** Reads rules by their digests, as far as there are any. */
async function rulesOf(
  reader: AuditReader,
  wanted: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<readonly Rule[]> {
  const found = new Map<string, Rule>();
  if (wanted.size === 0) return [];
  for await (const { payload } of reader.events({ kind: "governance.rule", signal })) {
    const digest = String(payload?.digest);
    if (!wanted.has(digest) || typeof payload?.rule !== "string") continue;
    const rule = ruleOf(payload.rule);
    if (rule !== undefined) found.set(digest, rule);
  }
  return [...found.values()];
}

function ruleOf(text: string): Rule | undefined {
  // Whatever else the text may be: then the rule is missing, which is said.
  try {
    const read = safeParse(ruleSchema, JSON.parse(text), "a rule");
    return read.ok ? read.value : undefined;
  } catch {
    return undefined;
  }
}
