/** The commands on rules, approvals and what became of an action. */
import { compact } from "../arguments/json-params.ts";
import { choiceOption, textOption } from "../arguments/values.ts";
import type { ArgumentSpec, Command, MethodCommand } from "./command.ts";

const approvalStates = ["pending", "approved", "denied", "expired", "used"];
const example = "0198c0de-0000-7000-8000-000000000001";

const approvalArgument: ArgumentSpec = { name: "id", description: "id of an approval, as `approvals list` shows it" };

const answer = (verb: "approve" | "deny", summary: string, meaning: string): MethodCommand => ({
  name: `approvals ${verb}`,
  summary,
  arguments: [approvalArgument],
  options: { comment: { value: "<text>", description: "why; kept with the answer" } },
  examples: [
    [`approvals ${verb} ${example}`, meaning],
    [`approvals ${verb} ${example} --comment "seen with the owner"`, "with a reason, which is recorded"],
  ],
  method: `approvals.${verb}`,
  params: ([id = ""], values) => compact({ id, comment: textOption(values, "comment") }),
  view: () => import("../view/approval-answered.ts"),
  withoutDaemon: "boot",
});

export const governanceCommands: readonly Command[] = [
  {
    name: "rules list",
    summary: "list the rules in force",
    examples: [["rules list", "with --json the policy's digest and the environment too"]],
    method: "governance.rules",
    view: () => import("../view/rule-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "approvals list",
    summary: "list what waits for a person",
    options: {
      state: { value: "<state>", description: `one of ${approvalStates.join(", ")} (default: pending)` },
      all: { description: "of every state" },
    },
    examples: [
      ["approvals list", "what waits now"],
      ["approvals list --all", "with what was answered"],
    ],
    method: "approvals.list",
    params: (_words, values) =>
      compact({
        state: values.all === true ? undefined : (choiceOption(values, "state", approvalStates) ?? "pending"),
      }),
    view: () => import("../view/approval-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "approvals show",
    summary: "show exactly what an approval would allow",
    arguments: [approvalArgument],
    examples: [[`approvals show ${example}`, "read this before you answer"]],
    method: "approvals.show",
    params: ([id = ""]) => ({ id }),
    view: () => import("../view/approval-show.ts"),
    withoutDaemon: "boot",
  },
  answer("approve", "approve an action; says what happened next", "it runs at most once"),
  answer("deny", "deny an action", "it never runs"),
  {
    name: "action show",
    summary: "show one guarded action: who, what, effect, rule, outcome, proof",
    arguments: [{ name: "id", description: "sequence of its event in the chain, or id of its approval" }],
    examples: [
      ["action show 42", "the action of event 42"],
      [`action show ${example}`, "the action of an approval, from question to outcome"],
    ],
    method: "action.show",
    params: ([id = ""]) => ({ id }),
    view: () => import("../view/action-show.ts"),
    withoutDaemon: "boot",
  },
];
