/** All commands of weaver, in the order of the help. A command is a method, its parameters and a view; nothing else. */
import { accessCommands } from "./access-commands.ts";
import { agentCommands } from "./agent-commands.ts";
import { agentWorkCommands } from "./agent-work-commands.ts";
import { budgetCommands } from "./budget-commands.ts";
import { chainCommands } from "./chain-commands.ts";
import type { Command } from "./command.ts";
import { cronCommands } from "./cron-commands.ts";
import { environmentCommands } from "./environment-commands.ts";
import { governanceCommands } from "./governance-commands.ts";
import { ipcCommands } from "./ipc-commands.ts";
import { keeperCommands } from "./keeper-commands.ts";
import { kernelCommands } from "./kernel-commands.ts";
import { lawCommands } from "./law-commands.ts";
import { principalCommands } from "./principal-commands.ts";
import { resourceCommands } from "./resource-commands.ts";
import { stateCommands } from "./state-commands.ts";
import { toolCommands } from "./tool-commands.ts";

export const commands: readonly Command[] = [
  ...kernelCommands,
  ...agentCommands,
  ...agentWorkCommands,
  ...stateCommands,
  ...budgetCommands,
  ...toolCommands,
  ...ipcCommands,
  ...cronCommands,
  ...chainCommands,
  ...keeperCommands,
  ...resourceCommands,
  ...accessCommands,
  ...governanceCommands,
  ...lawCommands,
  ...principalCommands,
  ...environmentCommands,
  {
    name: "init",
    summary: "begin a state directory for one person: an owner with a key, an environment",
    options: {
      environment: {
        value: "<name>",
        description: "development, staging or production (default: you are asked; staging)",
      },
      name: { value: "<name>", description: "name of the owner (default: owner)" },
    },
    examples: [
      ["init", "asks for the environment; writes weave.toml beside .weftos"],
      ["init --environment production --name ann", "without a question"],
    ],
    run: () => import("./init.ts"),
  },
  {
    name: "tour",
    summary: "a tour of about 30 s: what WeftOS is for, on your files or ours",
    arguments: [{ name: "folder", description: "folder with Markdown files (default: ours)", optional: true }],
    options: { fast: { description: "without pauses" } },
    examples: [
      ["tour", "no key, no network"],
      ["tour ./notes --json", "on your files; one JSON document"],
    ],
    run: () => import("./tour.ts"),
  },
];
