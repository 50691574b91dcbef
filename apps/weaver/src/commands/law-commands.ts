/** The commands on the law: rules, explanations, rehearsals, amendments, reviews. */
import { compact, jsonArgument } from "../arguments/json-params.ts";
import { numberOption, type OptionValues, textOption, wholeNumber } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { ArgumentSpec, Command, OptionSpec } from "./command.ts";
import { approvalOption, signOptions } from "./sign-options.ts";

const MAX = Number.MAX_SAFE_INTEGER;
const amendment = "5f2c7d8e9a0b1c2d";
const fileArgument: ArgumentSpec = { name: "policy", description: "a policy file, TOML or JSON" };
const idArgument: ArgumentSpec = { name: "id", description: "id of an amendment, or its first 8 digits or more" };
const fromOption: OptionSpec = { value: "<sequence>", description: "begin at this event (default: the first)" };
const reasonOption: OptionSpec = { value: "<text>", description: "why; kept with it" };

export const lawCommands: readonly Command[] = [
  {
    name: "governance status",
    summary: "tell the law in force, its version, and whether the branches are separated",
    examples: [["governance status", "who may change what, in short"]],
    method: "governance.status",
    view: () => import("../view/law-status.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance rules",
    summary: "list the rules in force, or show one of them whole",
    arguments: [{ name: "rule", description: "id of a rule", optional: true }],
    examples: [
      ["governance rules", "with --json whole, with the policy's digest and the environment"],
      ["governance rules GOV-002", "its condition, and whom it asks"],
    ],
    method: "governance.rules",
    params: ([rule]) => compact({ rule }),
    view: () => import("../view/rule-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance explain",
    summary: "explain a decision: the rule, the values that matched, what would have changed it",
    arguments: [{ name: "sequence", description: "sequence of its event in the chain, as `chain tail` shows it" }],
    examples: [["governance explain 42", "why event 42 was decided so"]],
    method: "governance.explain",
    params: ([sequence = ""]) => ({ sequence: wholeNumber("sequence", sequence, 0, MAX) }),
    view: () => import("../view/decision-explained.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance check",
    summary: "tell what the rules would say to an action, without running or recording it",
    arguments: [{ name: "action", description: "name of the action, such as fs.remove" }],
    options: {
      as: { value: "<who>", description: "name or PID of a running agent, or name of a principal (default: you)" },
      resource: { value: "<text>", description: "what it would act on" },
      attributes: { value: "<json>", description: "facts that rules read" },
      policy: { value: "<file>", description: "as if the rules of this file were in force: TOML or JSON" },
    },
    examples: [
      ["governance check net.post --as assistant", "would it be asked about?"],
      ["governance check kernel.stop --as ann", "what would the rules say to her?"],
      [`governance check fs.remove --as 1001 --attributes '{"kind":"folder"}'`, "with facts"],
      ["governance check net.post --policy policies/net.toml", "before it is in force"],
    ],
    method: "governance.check",
    params: ([action = ""], values) =>
      compact({ action, as: textOption(values, "as"), ...factsOf(values), file: textOption(values, "policy") }),
    prepare: () => import("../signing/policy-text.ts"),
    view: () => import("../view/decision-checked.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance diff",
    summary: "show what differs between two versions of the law, or what an amendment would change",
    arguments: [{ ...idArgument, optional: true }],
    options: {
      from: { value: "<version>", description: "number of the older version (default: the one before)" },
      to: { value: "<version>", description: "number of the newer version (default: the last)" },
    },
    examples: [
      ["governance diff", "what the last amendment changed"],
      [`governance diff ${amendment}`, "what a proposal would change, and what of it loosens"],
    ],
    method: "governance.diff",
    params: ([id], values) =>
      compact({ amendment: id, from: numberOption(values, "from", 0, MAX), to: numberOption(values, "to", 0, MAX) }),
    view: () => import("../view/law-diff.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance rehearse",
    summary: "replay every recorded decision under a policy, and list what would change",
    arguments: [fileArgument],
    options: { from: fromOption },
    examples: [
      ["governance rehearse rules.toml", "its rules beside those of the law"],
      ["governance rehearse rules.toml --from 1000", "from event 1000 on"],
    ],
    method: "governance.rehearse",
    params: ([file = ""], values) => compact({ file, from: numberOption(values, "from", 0, MAX) }),
    prepare: () => import("../signing/policy-text.ts"),
    view: () => import("../view/rehearsal.ts"),
    withoutDaemon: "boot",
    timeoutMs: 600_000,
  },
  {
    name: "governance history",
    summary: "list the versions of this chain's law, and what is proposed",
    examples: [["governance history", "from the genesis on"]],
    method: "governance.history",
    view: () => import("../view/law-history.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance amend propose",
    summary: "propose rules that are new, or take the place of those with the same id",
    arguments: [fileArgument],
    options: {
      reason: reasonOption,
      drop: { value: "<ids>", description: "rules that should end, separated by commas" },
      approval: approvalOption,
    },
    examples: [[`governance amend propose rules.toml --reason "we learned"`, "it binds nobody before it is enacted"]],
    method: "amendment.propose",
    params: ([file = ""], values) =>
      compact({
        file,
        reason: reasonOf(values),
        drop: textOption(values, "drop")?.split(","),
        approval: textOption(values, "approval"),
      }),
    prepare: () => import("../signing/policy-text.ts"),
    view: () => import("../view/amendment.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance amend show",
    summary: "show a proposed or enacted amendment: rules, signatures, what it loosens",
    arguments: [idArgument],
    examples: [[`governance amend show ${amendment}`, "read this before you sign"]],
    method: "amendment.show",
    params: ([id = ""]) => ({ id }),
    view: () => import("../view/amendment.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance amend rehearse",
    summary: "replay every recorded decision under a proposal; it cannot be enacted without",
    arguments: [idArgument],
    examples: [[`governance amend rehearse ${amendment}`, "what it would have changed"]],
    method: "amendment.rehearse",
    params: ([id = ""]) => ({ id }),
    view: () => import("../view/rehearsal.ts"),
    withoutDaemon: "boot",
    timeoutMs: 600_000,
  },
  {
    name: "governance amend sign",
    summary: "sign a proposal with a legislator's key",
    arguments: [idArgument],
    options: signOptions,
    examples: [[`governance amend sign ${amendment} --as ann`, "with her key, on this machine"]],
    method: "amendment.sign",
    params: ([id = ""]) => ({ id }),
    prepare: () => import("../signing/sign-amendment.ts"),
    view: () => import("../view/amendment.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance amend enact",
    summary: "make a proposal the law, once it was rehearsed and a quorum has signed",
    arguments: [idArgument],
    options: {
      locks: { description: "also where it forbids acts that keep the law alive, which `show` lists" },
      approval: approvalOption,
      yes: { description: "do not ask" },
    },
    examples: [[`governance amend enact ${amendment}`, "it binds from then on"]],
    method: "amendment.enact",
    params: ([id = ""], values) =>
      compact({ id, locks: values.locks === true ? true : undefined, approval: textOption(values, "approval") }),
    confirm: ([id = ""]) => `The amendment ${id} becomes law for good; only another amendment can change it.`,
    view: () => import("../view/amendment.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance review",
    summary: "review the chain: what ran undecided, did more than declared, used ended approvals",
    options: { from: fromOption },
    examples: [["governance review", "of the judicial branch; each finding becomes an event"]],
    method: "judicial.review",
    params: (_words, values) => compact({ from: numberOption(values, "from", 0, MAX) }),
    view: () => import("../view/review.ts"),
    withoutDaemon: "boot",
    timeoutMs: 600_000,
  },
  {
    name: "governance stay",
    summary: "hold back the permit of a rule, until the stay is lifted",
    arguments: [{ name: "rule", description: "id of a rule of the law that permits" }],
    options: {
      reason: reasonOption,
      finding: { value: "<sequence>", description: "event of the finding that it follows from" },
      approval: approvalOption,
    },
    examples: [
      [`governance stay GOV-006 --reason "spawns without end"`, "of the judicial branch"],
      [`governance stay GOV-006 --reason "see the finding" --finding 42`, "event 42 is a finding of a review"],
    ],
    method: "judicial.stay",
    params: ([rule = ""], values) =>
      compact({
        rule,
        reason: reasonOf(values),
        finding: numberOption(values, "finding", 0, MAX),
        approval: textOption(values, "approval"),
      }),
    view: () => import("../view/judicial-act.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance lift",
    summary: "lift the stay of a rule's permit",
    arguments: [{ name: "rule", description: "id of a rule whose permit is stayed" }],
    options: { approval: approvalOption },
    examples: [["governance lift GOV-006", "it permits again"]],
    method: "judicial.lift",
    params: ([rule = ""], values) => compact({ rule, approval: textOption(values, "approval") }),
    view: () => import("../view/stay-lifted.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "governance suspend",
    summary: "suspend an agent, until an operator resumes it",
    arguments: [{ name: "pid", description: "PID of an agent, as `kernel ps` shows it" }],
    options: { reason: reasonOption, approval: approvalOption },
    examples: [[`governance suspend 1001 --reason "see finding 42"`, "of the judicial branch"]],
    method: "judicial.suspend",
    params: ([pid = ""], values) =>
      compact({
        pid: wholeNumber("pid", pid, 1, MAX),
        reason: reasonOf(values),
        approval: textOption(values, "approval"),
      }),
    view: () => import("../view/judicial-act.ts"),
    withoutDaemon: "refuse",
  },
];

function factsOf(values: OptionValues) {
  const text = textOption(values, "attributes");
  return {
    resource: textOption(values, "resource"),
    attributes: text === undefined ? undefined : jsonArgument("--attributes", text),
  };
}

function reasonOf(values: OptionValues): string {
  const reason = textOption(values, "reason");
  if (reason !== undefined && reason !== "") return reason;
  throw new UsageError("it is not said why", 'add --reason "..."');
}
