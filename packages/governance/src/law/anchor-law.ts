/**
 * Records the law in the audit log: the genesis and its rules once for each chain, and each policy when it comes into
 * force. Idempotency keys keep a second boot from adding anything.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { AuditEvent, AuditLog, JsonObject } from "@weftos/interface";
import type { Environment } from "../environment/environment.ts";
import { type Policy, ruleDigest } from "../policy/policy.ts";
import type { Rule } from "../policy/rule-schema.ts";
import type { GenesisFile, Law } from "./genesis-file.ts";

/** Few enough for the shortest queue of a log, and enough that the genesis rules go to the disk in one piece. */
const EVENTS_AT_ONCE = 24;

/**
 * Gives the law that a chain is under: the kept one, or that of a new chain, which is kept before the chain has it, so that
 * a crash between the two goes on with the same law.
 *
 * @param seed - the genesis rules of this release, used for a new chain only
 * @throws `GOVERNANCE_GENESIS_CHANGED` when the kept law cannot be trusted
 */
export async function openLaw(audit: AuditLog, file: GenesisFile, seed: Policy): Promise<Law> {
  const kept = await file.read(seed);
  if (kept !== undefined) return kept;
  const law: Law = { policy: seed, anchor: undefined, inForce: undefined };
  if (audit.persistent) await file.write(law);
  return law;
}

/**
 * Records the law if the chain does not have it yet, and the policy in force in an environment if another one was in force
 * last. A new chain gets all of it in one go, and the law is kept again once, when it is on disk. So does a chain that says
 * that it succeeds a damaged one: it begins under the same law, which is sealed and so could not change with it.
 *
 * @throws `GOVERNANCE_GENESIS_CHANGED` when the chain is not the one that the kept law belongs to
 */
export async function recordLaw(
  audit: AuditLog,
  file: GenesisFile,
  kept: Law,
  policy: Policy,
  environment: Environment,
): Promise<void> {
  const genesis = audit.append(genesisEvent(kept.policy));
  const anchor = { sequence: genesis.sequence, hash: toHex(genesis.hash) };
  const same = kept.anchor?.sequence === anchor.sequence && kept.anchor.hash === anchor.hash;
  const law: Law =
    same || audit.continues === undefined ? kept : { policy: kept.policy, anchor: undefined, inForce: undefined };
  const known = audit.persistent ? law.anchor : undefined;
  if (known !== undefined && !same) {
    throw file.changed(
      `it belongs to a chain with its genesis at sequence ${known.sequence}; this chain has another, at ${anchor.sequence}`,
    );
  }
  const payload = policyPayload(law, policy, environment);
  const inForce = toHex(shake256(new TextEncoder().encode(JSON.stringify(payload))));
  const changed = !audit.persistent || law.inForce !== inForce;
  const events: AuditEvent[] = known === undefined ? law.policy.rules.map(ruleEvent) : [];
  if (changed) {
    const fromGenesis = new Set(law.policy.rules.map((rule) => rule.id));
    const added = policy.rules.filter((rule) => !fromGenesis.has(rule.id));
    events.push(...added.map(ruleEvent), {
      source: "governance",
      kind: "governance.policy",
      actor: { pid: 0 },
      payload,
    });
  }
  const written = [genesis.durable, ...(await appendAll(audit, events))];
  await Promise.all(written);
  if (audit.persistent && (changed || known === undefined)) await file.write({ policy: law.policy, anchor, inForce });
}

/** Appends events as fast as the log takes them. Gives what resolves when they are on disk. */
async function appendAll(audit: AuditLog, events: readonly AuditEvent[]): Promise<readonly Promise<void>[]> {
  const written: Promise<void>[] = [];
  for (const [index, event] of events.entries()) {
    if (index % EVENTS_AT_ONCE === 0) await audit.ready();
    written.push(audit.append(event).durable);
  }
  return written;
}

function genesisEvent({ rules, digest }: Policy): AuditEvent {
  const listed = rules.map((rule) => {
    const { id, branch, severity } = rule;
    return { id, branch, severity, digest: ruleDigest(rule) };
  });
  return {
    source: "governance",
    kind: "governance.genesis",
    actor: { pid: 0 },
    payload: { version: 1, digest, ruleCount: rules.length, rules: listed },
    idempotencyKey: "governance.genesis",
  };
}

function ruleEvent(rule: Rule): AuditEvent {
  const { id, branch, severity } = rule;
  const digest = ruleDigest(rule);
  return {
    source: "governance",
    kind: "governance.rule",
    actor: { pid: 0 },
    // The whole rule as text: the chain holds no fractions.
    payload: { id, branch, severity, digest, rule: JSON.stringify(rule) },
    idempotencyKey: `governance.rule:${digest}`,
  };
}

function policyPayload(law: Law, policy: Policy, environment: Environment): JsonObject {
  return {
    digest: policy.digest,
    genesis: law.policy.digest,
    environment: environment.name,
    threshold: String(environment.threshold),
    maxMagnitude: String(environment.maxMagnitude),
    humanApproval: environment.humanApproval,
    auditLevel: environment.auditLevel,
    ruleCount: policy.rules.length,
  };
}
