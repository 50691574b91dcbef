/**
 * Records the law in the audit log: the genesis and its rules once for each chain, and each policy when it comes into
 * force. Idempotency keys keep a second boot from adding anything.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { AuditEvent, AuditLog, AuditReader, JsonObject } from "@weftos/interface";
import type { Environment } from "../environment/environment.ts";
import { type Policy, ruleDigest } from "../policy/policy.ts";
import type { Rule } from "../policy/rule-schema.ts";
import type { GenesisFile, Law } from "./genesis-file.ts";

/** Few enough for the shortest queue of a log, and enough that the genesis rules go to the disk in one piece. */
const EVENTS_AT_ONCE = 24;

/** The most rules beside the law that are named with a policy; of more, only the number is. */
const MAX_ADDED = 512;

/**
 * Gives the law that a chain is under: the kept one, or that of a new chain, which is kept before the chain has it, so that
 * a crash between the two goes on with the same law.
 *
 * @param seed - the genesis rules of this release, used for a new chain only
 * @param amendable - whether amendments of a new chain may loosen
 * @param recorded - what the chain says; undefined when it has no genesis, or nobody can read it
 * @throws `GOVERNANCE_GENESIS_CHANGED` when the kept law cannot be trusted
 */
export async function openLaw(
  audit: AuditLog,
  file: GenesisFile,
  seed: Policy,
  amendable: boolean,
  recorded: RecordedGenesis | undefined,
): Promise<Law> {
  const kept = await file.read(seed);
  if (kept !== undefined) {
    const { said } = recorded ?? {};
    // The hash of a redacted event still stands, and is compared with the kept one.
    if (said !== undefined && (said.digest !== kept.policy.digest || said.amendable !== kept.amendable))
      throw file.changed("the chain was begun under another law");
    return kept;
  }
  // The law is kept before its chain has it, so a chain that has one has lost what was kept.
  if (recorded !== undefined) throw file.changed("it is gone, and the chain was begun under a law");
  const law: Law = { policy: seed, amendable, anchor: undefined, inForce: undefined };
  if (audit.persistent) await file.write(law);
  return law;
}

/** What a chain says of its genesis; nothing but that there is one, when its payload was redacted. */
export interface RecordedGenesis {
  readonly said: { readonly digest: string; readonly amendable: boolean } | undefined;
}

/** Reads the genesis of a chain; undefined when it has none yet. */
export async function recordedGenesis(reader: AuditReader): Promise<RecordedGenesis | undefined> {
  for await (const { payload } of reader.events({ kind: "governance.genesis" })) {
    if (payload === undefined) return { said: undefined };
    return { said: { digest: String(payload.digest), amendable: payload.amendable === true } };
  }
  return undefined;
}

/** A law that its chain has, or is about to have. */
export interface AnchoredLaw extends Law {
  readonly anchor: { readonly sequence: number; readonly hash: string };
  /** Whether the chain did not have it before: then its rules follow. */
  readonly fresh: boolean;
  readonly durable: Promise<void>;
}

/**
 * Finds the genesis of a law in its chain, or begins the chain with it. A chain that says that it succeeds a damaged one
 * begins under the same law, which is sealed and so could not change with it.
 *
 * @throws `GOVERNANCE_GENESIS_CHANGED` when the chain is not the one that the kept law belongs to
 */
export function anchorLaw(audit: AuditLog, file: GenesisFile, kept: Law): AnchoredLaw {
  const genesis = audit.append(genesisEvent(kept));
  const anchor = { sequence: genesis.sequence, hash: toHex(genesis.hash) };
  const same = kept.anchor?.sequence === anchor.sequence && kept.anchor.hash === anchor.hash;
  const succeeds = !same && audit.continues !== undefined;
  const known = audit.persistent && !succeeds ? kept.anchor : undefined;
  if (known !== undefined && !same) {
    throw file.changed(
      `it belongs to a chain with its genesis at sequence ${known.sequence}; this chain has another, at ${anchor.sequence}`,
    );
  }
  const inForce = succeeds ? undefined : kept.inForce;
  return { ...kept, inForce, anchor, fresh: known === undefined, durable: genesis.durable };
}

/** What is about to decide. */
export interface PolicyNow {
  /** The version of the law. */
  readonly law: Policy;
  /** The law with what configuration adds, stays regarded. */
  readonly policy: Policy;
  readonly environment: Environment;
}

/**
 * Records the policy in force in an environment if another one was in force last, and the rules of a new chain. A new chain
 * gets all of it in one go, and the law is kept again once, when it is on disk.
 */
export async function recordPolicy(
  audit: AuditLog,
  file: GenesisFile,
  law: AnchoredLaw,
  inForceNow: PolicyNow,
): Promise<AnchoredLaw> {
  const { policy } = inForceNow;
  const payload = policyPayload(law, inForceNow);
  const inForce = toHex(shake256(new TextEncoder().encode(JSON.stringify(payload))));
  const changed = !audit.persistent || law.inForce !== inForce;
  const events: AuditEvent[] = law.fresh ? law.policy.rules.map(ruleEvent) : [];
  if (changed) {
    const fromGenesis = new Set(law.policy.rules.map(ruleDigest));
    const added = policy.rules.filter((rule) => !fromGenesis.has(ruleDigest(rule)));
    events.push(...added.map(ruleEvent), {
      source: "governance",
      kind: "governance.policy",
      actor: { pid: 0 },
      payload,
    });
  }
  const written = [law.durable, ...(await appendAll(audit, events))];
  await Promise.all(written);
  const { amendable, anchor } = law;
  const next = { policy: law.policy, amendable, anchor, inForce };
  if (audit.persistent && (changed || law.fresh)) await file.write(next);
  return { ...next, fresh: false, durable: law.durable };
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

function genesisEvent({ policy: { rules, digest }, amendable }: Law): AuditEvent {
  const listed = rules.map((rule) => {
    const { id, branch, severity } = rule;
    return { id, branch, severity, digest: ruleDigest(rule) };
  });
  return {
    source: "governance",
    kind: "governance.genesis",
    actor: { pid: 0 },
    payload: { version: 1, digest, amendable, ruleCount: rules.length, rules: listed },
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

function policyPayload(anchored: AnchoredLaw, { law, policy, environment }: PolicyNow): JsonObject {
  const ofLaw = new Set(law.rules.map(ruleDigest));
  const added = policy.rules.map(ruleDigest).filter((digest) => !ofLaw.has(digest));
  return {
    digest: policy.digest,
    genesis: anchored.policy.digest,
    law: law.digest,
    ...(added.length <= MAX_ADDED ? { added } : {}),
    dimensions: [...policy.dimensions],
    environment: environment.name,
    threshold: String(environment.threshold),
    maxMagnitude: String(environment.maxMagnitude),
    humanApproval: environment.humanApproval,
    auditLevel: environment.auditLevel,
    activeBranches: [...environment.activeBranches],
    ruleCount: policy.rules.length,
  };
}
