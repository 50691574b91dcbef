/** What governance writes into the audit log, and what it asks the guard for. */
import type { ActionDeclaration, EventKind } from "@weftos/interface";
import { ZERO_EFFECT } from "../effect/effect-vector.ts";

/** What people do with approvals is itself guarded. */
export const governanceActions: readonly ActionDeclaration[] = [
  {
    name: "approval.answer",
    description: "Answer a question that was put to a person: approve or deny",
    // The effect is that of the action asked about: an answer must never itself wait for an answer.
    effect: ZERO_EFFECT,
    audit: "durable",
    rights: ["operator"],
    role: "approver",
  },
  {
    name: "approval.revoke",
    description: "Take a standing grant back",
    // It only tightens, so nothing may keep it from happening at once.
    effect: ZERO_EFFECT,
    audit: "durable",
    rights: ["operator"],
    role: "approver",
  },
  ...[
    ["principal.add", "Make a person or service known"],
    ["principal.revoke", "Take back all that a principal may do"],
    ["principal.rotate", "Give a principal a new key"],
    ["principal.token", "Issue the token of a principal"],
  ].map(
    ([name = "", description = ""]): ActionDeclaration => ({
      name,
      description,
      effect: { ...ZERO_EFFECT, risk: 0.1, security: 0.2 },
      audit: "durable",
      rights: ["operator"],
      role: "admin",
    }),
  ),
];

const principalEvents: readonly EventKind[] = [
  ["principal.add", "A person or service was made known"],
  ["principal.revoke", "A principal was revoked"],
  ["principal.rotate", "A principal got a new key"],
  ["principal.token", "The token of a principal was issued"],
].map(([kind = "", description = ""]) => ({
  kind,
  description,
  payload: {
    intent: "sequence of the intent's event",
    action: "the name of this kind",
    outcome: "`ok` or `failed`",
    result: "`name`, `role`, `branches`, `key` (public, hex), `state`",
    error: "code of the failure",
  },
}));

/** Kinds of events. */
export const governanceEvents: readonly EventKind[] = [
  ...principalEvents,
  {
    kind: "governance.genesis",
    description: "The chain begins under these rules; they never change",
    payload: {
      version: "version of this payload, 1",
      digest: "SHAKE-256/256 of the canonical policy, hex",
      ruleCount: "number of rules",
      rules: "`id`, `branch`, `severity` and `digest` of each",
    },
  },
  {
    kind: "governance.rule",
    description: "A rule, whole",
    payload: {
      id: "its id",
      branch: "legislative, executive or judicial",
      severity: "advisory, warning, blocking or critical",
      digest: "SHAKE-256/256 of the canonical rule, hex",
      rule: "the rule as JSON text",
    },
  },
  {
    kind: "governance.policy",
    description: "A policy came into force: the genesis rules and those added by configuration, in one environment",
    payload: {
      digest: "digest of the policy, cited by every decision",
      genesis: "digest of the genesis rules",
      environment: "its name",
      threshold: "magnitude over which a rule must permit, as text",
      maxMagnitude: "magnitude over which no rule alone permits, as text",
      humanApproval: "whether a person is asked where the threshold is exceeded",
      auditLevel: "least audit level",
      ruleCount: "number of rules",
    },
  },
  {
    kind: "approval.answer",
    description: "A person answered a question",
    payload: {
      intent: "sequence of the intent's event",
      action: "`approval.answer`",
      outcome: "`ok` or `failed`",
      result:
        "`approval` (id), `verdict`, `state` after it, `digest` of what was answered, `asked` (the action), `standing` (digest of what a standing grant covers)",
      error: "code of the failure",
    },
  },
  {
    kind: "approval.revoke",
    description: "A person took a standing grant back",
    payload: {
      intent: "sequence of the intent's event",
      action: "`approval.revoke`",
      outcome: "`ok` or `failed`",
      result: "`approval` (id), `state` after it, `asked` (the action it covered)",
      error: "code of the failure",
    },
  },
  {
    kind: "approval.use",
    description: "An approval was used up, just before its action ran",
    payload: { approval: "its id", action: "what was approved", digest: "digest of exactly what was shown, hex" },
  },
  {
    kind: "approval.expire",
    description: "A question, or an approval that nobody used, ran out of time",
    payload: {
      approval: "its id",
      action: "what was asked",
      digest: "digest of exactly what was shown, hex",
      was: "`pending` or `approved`",
    },
  },
];
