import type { EventKind } from "@weftos/interface";
import { DIGEST, GENESIS, KEYS_ROTATED, LEAVES_DROPPED, RECOVERED, REDACTED } from "../format/chain-event.ts";
import { ACL, CHANGE, DELEGATE, RECONCILE, REVOKE } from "../tree/tree-kinds.ts";
import { UNKNOWN_OUTCOME } from "./open-intents.ts";

const DECISION = {
  action: "name of the action",
  subject: "kind:id of who asked",
  resource: "what it was to act on, at most 1024 characters",
  attributes: "facts that rules could read; fractions as text",
  effect: "declared effect vector; fractions as text",
  verdict: "permit, defer or deny",
  rules: "ids of the rules that matched",
  policy: "digest of the policy that decided, hex; empty without one",
  reason: "one sentence",
  account: "on whose account its effect adds up, where a rule asks for what was accumulated",
} as const;

const ASKED = {
  intent: "sequence of its intent",
  action: "name of the action",
  outcome: "`ok` or `failed`",
  error: "code of the failure",
} as const;

const TREE =
  "`changes` of the resource tree in order (op, path, kind, metadata, scoring, add, remove, before), the `root` after them, `reset` when the tree begins anew";

/** Kinds that the chain itself writes, and those of the guard, which speak for every action. */
export const eventKinds: readonly EventKind[] = [
  {
    kind: GENESIS,
    description: "The first event of a chain: who it is and which keys sign it",
    payload: {
      format: "weftos/exochain/v2",
      chain: "chain id, 32 hex digits",
      keys: "one Ed25519 and one ML-DSA-65 public key: algorithm, id, public (base64)",
      continues: "null, or chain, size and head of the chain that this one succeeds",
    },
  },
  {
    kind: RECOVERED,
    description: "Something was cut or could not be written, and the chain went on",
    payload: {
      cause:
        "torn-tail: bytes of an unfinished write were cut; acked-missing: the acknowledged length was not known; write-failed: appends were rejected",
      bytes: "bytes that were cut",
      file: "file that was cut, or empty",
      events: "appends and digest records that were rejected",
      error: "code of the platform's error, or empty",
    },
  },
  {
    kind: REDACTED,
    description: "The payload of an earlier event is about to be destroyed",
    payload: { sequence: "the event", reason: "why, in the words of who asked" },
  },
  {
    kind: KEYS_ROTATED,
    description: "Other keys sign from here on; a checkpoint by the keys before follows at once",
    payload: { keys: "the next keys, as in chain.genesis", reason: "why, in the words of who asked" },
  },
  {
    kind: UNKNOWN_OUTCOME,
    description: "An action was running when the kernel ended: whether it was done is not known",
    payload: {
      intent: "sequence of its intent",
      action: "name of the action",
      subject: "kind:id of who asked",
      resource: "what it was to act on",
      outcome: "`unknown`",
    },
  },
  {
    kind: DIGEST,
    description: "A batch of digest records, whose leaves lie in journal/leaves",
    payload: {
      first: "number of the first record",
      count: "records in the batch",
      from: "least time, milliseconds UTC",
      to: "greatest time, milliseconds UTC",
      root: "Merkle root over blocks of 64 records, hex",
      actions: "names of the actions, in order of first use",
      counts: "arrays of actor, index of the action, ok, failed, denied",
    },
  },
  {
    kind: LEAVES_DROPPED,
    description: "Old digest records are about to be removed, since the leaves reached their cap",
    payload: { until: "records below this number are no longer kept" },
  },
  {
    kind: "action.intent",
    description: "A durable action is about to run; its outcome is a later event that names this one",
    payload: {
      ...DECISION,
      approval: "id of the approval it runs under, when there is one",
      warnings: "what rules want known, when they do",
    },
  },
  {
    kind: "governance.deny",
    description: "An action was refused and did not run",
    payload: {
      ...DECISION,
      by: "capability, rule, threshold, default, or approval: it cannot be asked for, or does not hold",
      count: "how many equal refusals within a second this one stands for, when it stands for more than itself",
    },
  },
  {
    kind: "governance.defer",
    description: "An action waits for a person and has not run",
    payload: {
      ...DECISION,
      approval: "id of the approval request",
      expiresAt: "when the question lapses, milliseconds UTC",
    },
  },
  {
    kind: RECONCILE,
    description: "The resource tree was brought in line with what this kernel is made of, or its root recorded anew",
    payload: { reason: "`boot`, or `redaction`: the root is said anew, since a change before it is gone", tree: TREE },
  },
  {
    kind: CHANGE,
    description: "The resource tree was changed on request, or the change failed",
    payload: {
      ...DECISION,
      outcome: "`ok` or `failed`",
      error: "code of the failure",
      result: "`changes`: how many",
      tree: TREE,
    },
  },
  {
    kind: ACL,
    description: "The access list of a resource was changed, or the change failed",
    payload: { ...ASKED, result: "`changes`: how many", tree: TREE },
  },
  {
    kind: DELEGATE,
    description: "A certificate was signed that passes permissions on, or that failed",
    payload: { ...ASKED, result: "`changes`: how many; `delegation`: id of the certificate", tree: TREE },
  },
  {
    kind: REVOKE,
    description: "A certificate was revoked, and with it all that descend from it, or that failed",
    payload: { ...ASKED, result: "`changes`: how many; `delegation`: id of the certificate", tree: TREE },
  },
];
