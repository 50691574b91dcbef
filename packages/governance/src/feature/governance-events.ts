/** What governance writes into the audit log, and what it asks the guard for. */
import type { ActionDeclaration, EventKind, KeptEvents } from "@weftos/interface";
import { ZERO_EFFECT } from "../effect/effect-vector.ts";

/** What people do with approvals is itself guarded. */
const approvalActions: readonly ActionDeclaration[] = [
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

/** The outcomes of acts of the branches: name, description, meaning of the result. */
const branchActs = [
  [
    "amendment.propose",
    "Propose a new version of the law",
    "`amendment` (id), `number`, `loosens` (how many rules)",
    0.1,
  ],
  ["amendment.rehearse", "Replay the chain under a proposal", "`amendment`, `decisions`, `changes`", 0],
  ["amendment.sign", "Add a legislator's signature to a proposal", "`amendment`, `principal`, `signatures`", 0.1],
  ["amendment.enact", "Make a proposal the law", "`amendment`, `number`, `law` (digest)", 0.2],
  ["judicial.review", "Review the chain after the fact", "`events`, `actions`, `findings`", 0],
  ["judicial.stay", "Hold back the permit of a rule", "`rule`, `at` (by which the journal knows the stay)", 0.1],
  ["judicial.lift", "Lift the stay of a permit", "`rule`", 0.2],
  ["judicial.suspend", "Suspend an agent", "`pid`, `agent`", 0.1],
  ["environment.switch", "Put another environment in force", "`name` and its numbers", 0.3],
  ["environment.add", "Add an environment", "`name` and its numbers", 0.2],
] as const;

const roleOf = (name: string): ActionDeclaration["role"] =>
  name === "amendment.enact" || name.startsWith("environment.")
    ? "admin"
    : name.startsWith("judicial.")
      ? "approver"
      : "operator";

const branchActions: readonly ActionDeclaration[] = branchActs.map(([name, description, , risk]) => ({
  name,
  description,
  effect: { ...ZERO_EFFECT, risk, security: risk > 0 ? 0.1 : 0 },
  audit: "durable",
  rights: ["operator"],
  role: roleOf(name),
}));

const branchEvents: readonly EventKind[] = branchActs.map(([kind, description, result]) => ({
  kind,
  description,
  payload: {
    intent: "sequence of the intent's event",
    action: "the name of this kind",
    outcome: "`ok` or `failed`",
    result,
    error: "code of the failure; `GOVERNANCE_BRANCH` when one branch acted in another's place",
  },
}));

/** What governance asks the guard for. */
export const governanceActions: readonly ActionDeclaration[] = [...approvalActions, ...branchActions];

/** Kinds of events that a boot compares its journals with. */
export const governanceKept: KeptEvents = [
  "governance.genesis",
  "governance.rule",
  "governance.policy",
  "governance.amendment",
  "principal.*",
  "approval.*",
  "judicial.stay",
  "judicial.lift",
  "environment.*",
];

/** Kinds of events. */
export const governanceEvents: readonly EventKind[] = [
  ...principalEvents,
  ...branchEvents,
  {
    kind: "governance.amendment",
    description: "A new version of the law came into force",
    payload: {
      number: "its number, from 1",
      amendment: "its digest, which was signed, hex",
      genesis: "digest of the genesis rules",
      predecessor: "digest of the law before it",
      policy: "digest of the law after it",
      reason: "why, in the words of who proposed it",
      quorum: "signatures that it needed",
      signatures: "`principal` and `signature` (Ed25519, hex) of each legislator",
      text: "the amendment as JSON text",
    },
  },
  {
    kind: "judicial.finding",
    description: "A review of the chain found something that should not be in it",
    payload: {
      finding: "what kind of thing",
      event: "sequence of the event it is about",
      of: "the action",
      detail: "one sentence",
    },
  },
  {
    kind: "governance.genesis",
    description: "The chain begins under these rules; they never change",
    payload: {
      version: "version of this payload, 1",
      digest: "SHAKE-256/256 of the canonical policy, hex",
      amendable: "whether amendments may loosen",
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
      law: "digest of the version of the law",
      added:
        "digests of the rules beside that version, or in place of its own: each is a `governance.rule`; absent when more than 512",
      dimensions: "names of effect dimensions beside the five",
      environment: "its name",
      threshold: "magnitude over which a rule must permit, as text",
      maxMagnitude: "magnitude over which no rule alone permits, as text",
      humanApproval: "whether a person is asked where the threshold is exceeded",
      auditLevel: "least audit level",
      activeBranches: "whose rules are asked",
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
    description:
      "A question, or an approval that nobody used, ran out of time, or what was approved was refused when it was tried",
    payload: {
      approval: "its id",
      action: "what was asked",
      digest: "digest of exactly what was shown, hex",
      was: "`pending` or `approved`",
      refused: "code of the refusal, where it was tried",
    },
  },
];
