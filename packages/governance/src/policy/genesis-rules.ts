/**
 * The 22 rules that a new chain begins with. Ids, branches, severities, categories and references are those of the
 * reference system; there no rule had a condition, so the conditions are ours. An advisory rule is only recorded.
 */
import { type Policy, policyOf } from "./policy.ts";
import { DEFAULT_EXPIRES_MS, DEFAULT_WINDOW_MS, type Rule, type RuleInput } from "./rule-schema.ts";

const SOPS = "https://github.com/AISDLC/AI-SDLC-SOPs/blob/main/sops";

/** The 22 rules, in the order in which they are listed. */
export const GENESIS_RULES: readonly RuleInput[] = [
  {
    id: "GOV-001",
    description: "an agent may remove folders only inside its own grant",
    branch: "judicial",
    severity: "blocking",
    // What is not said to be a file, and not said to be its own, counts as somebody else's folder.
    condition: { actions: ["fs.remove"], attributes: { kind: { not: "file" }, own: { not: true } } },
    outcome: { kind: "deny" },
  },
  {
    id: "GOV-002",
    description: "a person is asked before anything goes out over the network",
    branch: "judicial",
    severity: "blocking",
    condition: { actions: ["net.*"] },
    outcome: { kind: "defer", to: "approver" },
  },
  {
    id: "GOV-003",
    description: "the action touches private data",
    branch: "legislative",
    severity: "warning",
    condition: { effect: { over: { privacy: 0.2 } } },
    outcome: { kind: "warn" },
  },
  {
    id: "GOV-004",
    description: "the action is new in kind and is noted",
    branch: "executive",
    severity: "advisory",
    condition: { effect: { over: { novelty: 0.3 } } },
    outcome: { kind: "permit" },
  },
  {
    id: "GOV-005",
    description: "the action changes files at considerable risk",
    branch: "legislative",
    severity: "warning",
    condition: {
      actions: ["fs.write", "fs.write_file", "fs.copy", "fs.move", "fs.create_dir", "fs.remove"],
      effect: { over: { risk: 0.3 } },
    },
    outcome: { kind: "warn" },
  },
  {
    id: "GOV-006",
    description: "who holds the right to spawn may start agents on this node",
    branch: "executive",
    severity: "blocking",
    condition: { actions: ["process.spawn"], subjects: { kinds: ["kernel", "process", "principal"] } },
    outcome: { kind: "permit" },
  },
  {
    id: "GOV-007",
    description: "messages between agents are recorded",
    branch: "judicial",
    severity: "advisory",
    condition: { actions: ["ipc.*"] },
    outcome: { kind: "permit" },
  },
  {
    id: "SOP-L001",
    description: "an action of very high effect needs the consent of two people",
    branch: "legislative",
    severity: "blocking",
    sopCategory: "governance",
    referenceUrl: `${SOPS}/SOP-1300-01-AI_IRB_Approval.md`,
    condition: { effect: { over: { magnitude: 1.2 } } },
    outcome: { kind: "defer", to: "approver", quorum: 2 },
  },
  {
    id: "SOP-L002",
    description: "what is installed or deployed should say its version",
    branch: "legislative",
    severity: "warning",
    sopCategory: "governance",
    referenceUrl: `${SOPS}/SOP-1003-01-AI_Version_Control.md`,
    condition: {
      actions: ["app.install", "app.upgrade", "tool.deploy", "container.run"],
      attributes: { version: { present: false } },
    },
    outcome: { kind: "warn" },
  },
  {
    id: "SOP-L003",
    description: "the action bears on how people are treated and should have been reviewed for it",
    branch: "legislative",
    severity: "warning",
    sopCategory: "engineering",
    referenceUrl: `${SOPS}/SOP-1040-01-AI_Requirements.md`,
    condition: { effect: { over: { fairness: 0.3 } } },
    outcome: { kind: "warn" },
  },
  {
    id: "SOP-L004",
    description: "a release is noted with its plan",
    branch: "legislative",
    severity: "advisory",
    sopCategory: "lifecycle",
    referenceUrl: `${SOPS}/SOP-1005-01-AI_Release_Planning.md`,
    condition: { actions: ["app.install", "app.upgrade", "tool.deploy"] },
    outcome: { kind: "permit" },
  },
  {
    id: "SOP-L005",
    description: "a person is asked before an action that deeply affects private data",
    branch: "legislative",
    severity: "blocking",
    sopCategory: "ethics",
    referenceUrl: `${SOPS}/SOP-1303-01-AI_Data_Protection.md`,
    condition: { effect: { over: { privacy: 0.6 } } },
    outcome: { kind: "defer", to: "approver" },
  },
  {
    id: "SOP-L006",
    description: "the action is risky enough for the register of risks",
    branch: "legislative",
    severity: "warning",
    sopCategory: "governance",
    referenceUrl: `${SOPS}/SOP-1062-01-AI_Risk_Register.md`,
    condition: { effect: { over: { risk: 0.6 } } },
    outcome: { kind: "warn" },
  },
  {
    id: "SOP-E001",
    description: "code from elsewhere is run and should have been reviewed",
    branch: "executive",
    severity: "warning",
    sopCategory: "engineering",
    referenceUrl: `${SOPS}/SOP-1200-01-AI_Secure_Coding.md`,
    condition: { actions: ["shell.*", "wasm.run", "container.run", "tool.deploy", "plugin.*"] },
    outcome: { kind: "warn" },
  },
  {
    id: "SOP-E002",
    description: "a person clears deployments in production",
    branch: "executive",
    severity: "blocking",
    sopCategory: "lifecycle",
    referenceUrl: `${SOPS}/SOP-1220-01-AI_Deployment_Clearance.md`,
    condition: {
      actions: ["app.install", "app.upgrade", "tool.deploy", "container.run"],
      environments: ["production"],
    },
    outcome: { kind: "defer", to: "approver" },
  },
  {
    id: "SOP-E003",
    description: "stopping a process by force or revoking a right belongs to an incident that should be written up",
    branch: "executive",
    severity: "warning",
    sopCategory: "security",
    referenceUrl: `${SOPS}/SOP-1008-01-AI_Incident_Response.md`,
    condition: {
      actions: ["process.kill", "*.revoke"],
      subjects: { kinds: ["process", "principal", "node"] },
    },
    outcome: { kind: "warn" },
  },
  {
    id: "SOP-E004",
    description: "taking something out of service is noted",
    branch: "executive",
    severity: "advisory",
    sopCategory: "lifecycle",
    referenceUrl: `${SOPS}/SOP-1011-01-AI_Decommissioning.md`,
    condition: { actions: ["process.stop", "app.remove", "container.remove", "tool.revoke"] },
    outcome: { kind: "permit" },
  },
  {
    id: "SOP-E005",
    description: "the use of a supplier outside is noted",
    branch: "executive",
    severity: "advisory",
    sopCategory: "governance",
    referenceUrl: `${SOPS}/SOP-1004-01-AI_Procurement_Screening.md`,
    condition: { actions: ["model.*", "mcp.*", "app.install", "plugin.install"] },
    outcome: { kind: "permit" },
  },
  {
    id: "SOP-J001",
    description: "a person is asked before an action that may treat people unfairly",
    branch: "judicial",
    severity: "blocking",
    sopCategory: "ethics",
    referenceUrl: `${SOPS}/SOP-1301-01-AI_Bias_Fairness.md`,
    condition: { effect: { over: { fairness: 0.6 } } },
    outcome: { kind: "defer", to: "approver" },
  },
  {
    id: "SOP-J002",
    description: "an action that bears on people, or is new in kind, should give its reason",
    branch: "judicial",
    severity: "warning",
    sopCategory: "ethics",
    referenceUrl: `${SOPS}/SOP-1302-01-AI_Explainability.md`,
    condition: { effect: { over: { fairness: 0.3, novelty: 0.5 } }, attributes: { reason: { present: false } } },
    outcome: { kind: "warn" },
  },
  {
    id: "SOP-J003",
    description: "a model or its calibration changes, so that behaviour may drift",
    branch: "judicial",
    severity: "warning",
    sopCategory: "lifecycle",
    referenceUrl: `${SOPS}/SOP-1009-01-AI_Drift_Detection.md`,
    condition: { actions: ["model.switch", "model.update", "ecc.calibration.*"] },
    outcome: { kind: "warn" },
  },
  {
    id: "SOP-J004",
    description: "work on records and approvals is itself kept as a record",
    branch: "judicial",
    severity: "advisory",
    sopCategory: "quality",
    referenceUrl: `${SOPS}/SOP-2002-01-AI_Quality_Records.md`,
    condition: { actions: ["approval.*", "chain.*"] },
    outcome: { kind: "permit" },
  },
];

/** Gives the genesis rules as a policy. Written here, they need no check at every boot: their defaults are filled in. */
export function genesisPolicy(): Policy {
  return policyOf(GENESIS_RULES.map(withDefaults), []);
}

function withDefaults(rule: RuleInput): Rule {
  const { outcome } = rule;
  const { accumulated, ...condition } = rule.condition;
  return {
    active: true,
    ...rule,
    condition:
      accumulated === undefined
        ? condition
        : { ...condition, accumulated: { windowMs: DEFAULT_WINDOW_MS, ...accumulated } },
    outcome:
      outcome.kind === "defer" ? { to: "approver", quorum: 1, expiresMs: DEFAULT_EXPIRES_MS, ...outcome } : outcome,
  };
}
