/** The commands on rules, approvals and what became of an action. */
import { compact } from "../arguments/json-params.ts";
import { choiceOption, textOption } from "../arguments/values.ts";
import { numberOf, objectOf, objectsOf } from "../view/fields.ts";
import type { ArgumentSpec, Command, MethodCommand, OptionSpec } from "./command.ts";
import { signOptions } from "./sign-options.ts";

const approvalStates = ["pending", "approved", "denied", "expired", "used", "standing", "revoked"];
const WATCH_MS = 30_000;
const example = "0198c0de-0000-7000-8000-000000000001";

const approvalArgument: ArgumentSpec = { name: "id", description: "id of an approval, as `approvals list` shows it" };

const comment: OptionSpec = { value: "<text>", description: "why; kept with the answer" };

const answer = (verb: "approve" | "deny", summary: string, meaning: string): MethodCommand => ({
  name: `approvals ${verb}`,
  summary,
  arguments: [approvalArgument],
  options:
    verb === "deny"
      ? { comment, ...signOptions }
      : {
          comment,
          ...signOptions,
          standing: { description: "for every call under the same child spec, job or manifest" },
        },
  examples: [
    [`approvals ${verb} ${example}`, meaning],
    [`approvals ${verb} ${example} --comment "seen with the owner"`, "with a reason, which is recorded"],
    ...(verb === "deny"
      ? []
      : ([[`approvals approve ${example} --standing`, "until it is revoked or the document changes"]] as const)),
  ],
  method: `approvals.${verb}`,
  params: ([id = ""], values) =>
    compact({ id, comment: textOption(values, "comment"), standing: values.standing === true || undefined }),
  prepare: async () => (await import("../signing/sign-answer.ts"))[verb],
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
    name: "approvals watch",
    summary: "show what waits for a person, then each change as it happens",
    examples: [
      ["approvals watch", "until Ctrl-C; needs a kernel"],
      ["approvals watch --json", "one JSON document a line"],
    ],
    method: "approvals.watch",
    view: () => import("../view/approval-changes.ts"),
    withoutDaemon: "refuse",
    follow: {
      always: true,
      next: (result) => ({ since: numberOf(objectOf(result).next) ?? 0, waitMs: WATCH_MS }),
      view: () => import("../view/approval-changes.ts"),
      items: (result) => objectsOf(objectOf(result).approvals),
    },
  },
  {
    name: "approvals grants",
    summary: "list the standing grants: what is approved until it changes or is revoked",
    examples: [["approvals grants", "each with what it covers and who gave it"]],
    method: "approvals.list",
    params: () => ({ state: "standing" }),
    view: () => import("../view/grant-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "approvals revoke",
    summary: "take a standing grant back",
    arguments: [{ name: "id", description: "id of a standing grant, as `approvals grants` shows it" }],
    options: { comment, ...signOptions },
    examples: [[`approvals revoke ${example}`, "from the next call on, a person is asked again"]],
    method: "approvals.revoke",
    params: ([id = ""], values) => compact({ id, comment: textOption(values, "comment") }),
    prepare: async () => (await import("../signing/sign-answer.ts")).revoke,
    view: () => import("../view/grant-revoked.ts"),
    withoutDaemon: "boot",
  },
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
    withoutDaemon: async () => ({ answer: (await import("../kernel-access/chain-files-read.ts")).action }),
  },
];
