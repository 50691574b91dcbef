/** The commands on environments: how strict the kernel is where no rule speaks. */
import { compact } from "../arguments/json-params.ts";
import { choiceOption, type OptionValues, textOption } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { ArgumentSpec, Command } from "./command.ts";
import { approvalOption } from "./sign-options.ts";

const levels = ["none", "digest", "logged", "durable"];
const nameArgument: ArgumentSpec = { name: "name", description: "name of an environment, as `env list` shows it" };

export const environmentCommands: readonly Command[] = [
  {
    name: "env list",
    summary: "list the environments, and which one is in force",
    examples: [["env list", "with the numbers that each obeys"]],
    method: "environment.list",
    view: () => import("../view/environment-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "env show",
    summary: "show the environment in force, or another one",
    arguments: [{ ...nameArgument, optional: true }],
    examples: [
      ["env show", "the one in force"],
      ["env show production", "what production would obey"],
    ],
    method: "environment.show",
    params: ([name]) => compact({ name }),
    view: () => import("../view/environment-show.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "env switch",
    summary: "put another environment in force, until weave.toml names another",
    arguments: [nameArgument],
    options: { approval: approvalOption },
    examples: [["env switch production", "guarded: from production back, a person is asked"]],
    method: "environment.switch",
    params: ([name = ""], values) => compact({ name, approval: textOption(values, "approval") }),
    view: () => import("../view/environment-show.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "env add",
    summary: "add an environment of your own; what is left out is as in staging",
    arguments: [{ name: "name", description: "1 to 64 lower-case letters, digits, dashes" }],
    options: {
      threshold: { value: "<number>", description: "magnitude over which a rule must permit" },
      most: { value: "<number>", description: "magnitude over which no rule alone permits" },
      audit: { value: "<level>", description: `least audit level: ${levels.join(", ")}` },
      branches: { value: "<names>", description: "whose rules are asked, of legislative, executive, judicial" },
      ask: { description: "ask a person where the threshold is exceeded, instead of denying" },
      approval: approvalOption,
    },
    examples: [["env add lab --threshold 0.4 --ask", "stricter than staging, and asks"]],
    method: "environment.add",
    params: ([name = ""], values) =>
      compact({
        name,
        environment: compact({
          threshold: fraction(values, "threshold"),
          maxMagnitude: fraction(values, "most"),
          auditLevel: choiceOption(values, "audit", levels),
          activeBranches: textOption(values, "branches")?.split(","),
          humanApproval: values.ask === true || undefined,
        }),
        approval: textOption(values, "approval"),
      }),
    view: () => import("../view/environment-show.ts"),
    withoutDaemon: "boot",
  },
];

function fraction(values: OptionValues, name: string): number | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  if (/^\d{1,2}(\.\d{1,6})?$/.test(text)) return Number(text);
  throw new UsageError(
    `--${name} must be a number of 0 to 10, got ${JSON.stringify(text.slice(0, 64))}`,
    `try --${name} 0.5`,
  );
}
