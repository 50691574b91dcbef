/**
 * Records the law in the audit log: the genesis and its rules once for each chain, and each policy when it comes into
 * force. Idempotency keys keep a second boot from adding anything.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { AuditLog, JsonObject } from "@weftos/interface";
import type { Environment } from "../environment/environment.ts";
import { type Policy, ruleDigest } from "../policy/policy.ts";
import type { GenesisFile, Law } from "./genesis-file.ts";

/**
 * Finds the law of this chain, recording it if the chain is new.
 *
 * @param seed - the genesis rules of this release, used for a new chain only
 * @throws `GOVERNANCE_GENESIS_CHANGED` when the chain is not the one that the kept law belongs to
 */
export async function establishLaw(audit: AuditLog, file: GenesisFile, seed: Policy): Promise<Law> {
  const kept = await file.read();
  const law = kept ?? { policy: seed, anchor: undefined, inForce: undefined };
  // Written before the chain has it, so that a crash between the two goes on with the same law.
  if (kept === undefined && audit.persistent) await file.write(law);
  const anchor = await recordGenesis(audit, law.policy);
  if (!audit.persistent) return law;
  if (law.anchor === undefined) {
    const anchored = { ...law, anchor };
    await file.write(anchored);
    return anchored;
  }
  if (law.anchor.sequence !== anchor.sequence || law.anchor.hash !== anchor.hash) {
    throw file.changed(
      `it belongs to a chain with its genesis at sequence ${law.anchor.sequence}; this chain has another, at ${anchor.sequence}`,
    );
  }
  return law;
}

async function recordGenesis(
  audit: AuditLog,
  policy: Policy,
): Promise<{ readonly sequence: number; readonly hash: string }> {
  const rules = policy.rules.map((rule) => ({ rule, digest: ruleDigest(rule) }));
  const genesis = audit.append({
    source: "governance",
    kind: "governance.genesis",
    actor: { pid: 0 },
    payload: {
      version: 1,
      digest: policy.digest,
      ruleCount: rules.length,
      rules: rules.map(({ rule, digest }) => ({ id: rule.id, branch: rule.branch, severity: rule.severity, digest })),
    },
    idempotencyKey: "governance.genesis",
  });
  await genesis.durable;
  await recordRules(audit, rules);
  return { sequence: genesis.sequence, hash: toHex(genesis.hash) };
}

/** Appends rules as fast as the log takes them. */
async function recordRules(
  audit: AuditLog,
  rules: readonly { readonly rule: Policy["rules"][number]; readonly digest: string }[],
): Promise<void> {
  const durable: Promise<void>[] = [];
  for (const { rule, digest } of rules) {
    await audit.ready();
    durable.push(audit.append(ruleEvent(rule, digest)).durable);
  }
  await Promise.all(durable);
}

function ruleEvent(rule: Policy["rules"][number], digest: string) {
  const { id, branch, severity } = rule;
  return {
    source: "governance",
    kind: "governance.rule",
    actor: { pid: 0 },
    // The whole rule as text: the chain holds no fractions.
    payload: { id, branch, severity, digest, rule: JSON.stringify(rule) },
    idempotencyKey: `governance.rule:${digest}`,
  };
}

/** Records that a policy comes into force in an environment, when it is not the one that was in force last. */
export async function recordPolicy(
  audit: AuditLog,
  file: GenesisFile,
  law: Law,
  policy: Policy,
  environment: Environment,
): Promise<void> {
  const payload: JsonObject = {
    digest: policy.digest,
    genesis: law.policy.digest,
    environment: environment.name,
    threshold: String(environment.threshold),
    maxMagnitude: String(environment.maxMagnitude),
    humanApproval: environment.humanApproval,
    auditLevel: environment.auditLevel,
    ruleCount: policy.rules.length,
  };
  const inForce = toHex(shake256(new TextEncoder().encode(JSON.stringify(payload))));
  if (audit.persistent && law.inForce === inForce) return;
  const fromGenesis = new Set(law.policy.rules.map((rule) => rule.id));
  const added = policy.rules.filter((rule) => !fromGenesis.has(rule.id));
  await recordRules(
    audit,
    added.map((rule) => ({ rule, digest: ruleDigest(rule) })),
  );
  await audit.append({ source: "governance", kind: "governance.policy", actor: { pid: 0 }, payload }).durable;
  if (audit.persistent) await file.write({ ...law, inForce });
}
