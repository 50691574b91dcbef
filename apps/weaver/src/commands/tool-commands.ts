/** The commands on tools. */
import { compact, jsonArgument } from "../arguments/json-params.ts";
import { textOption } from "../arguments/values.ts";
import type { Command } from "./command.ts";

export const toolCommands: readonly Command[] = [
  {
    name: "tool list",
    summary: "list the tools and the action that guards each",
    examples: [["tool list", "with --json also the schema of their input"]],
    method: "tool.list",
    view: () => import("../view/tool-list.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "tool call",
    summary: "call a tool in your own name",
    arguments: [
      { name: "tool", description: "name of a tool, as `tool list` shows it" },
      { name: "input", description: "its input as JSON (default: {})", optional: true },
    ],
    options: { approval: { value: "<id>", description: "an approval granted for exactly this call" } },
    examples: [[`tool call fs.stat '{"path":"/tmp"}'`, "guarded like any call: rights, rules, record"]],
    method: "tool.call",
    params: ([name = "", input], values) =>
      compact({
        name,
        input: input === undefined ? undefined : jsonArgument("<input>", input),
        approval: textOption(values, "approval"),
      }),
    view: () => import("../view/plain-json.ts"),
    withoutDaemon: "refuse",
  },
];
