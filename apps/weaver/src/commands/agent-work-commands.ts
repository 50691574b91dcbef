/** The commands that start agents, change their rights, follow and measure them. */
import type { JsonObject } from "@weftos/interface";
import { agentArgument, agentWord } from "../arguments/agent-word.ts";
import { budgetHelp, budgetOf, limitHelp, limitsOf } from "../arguments/amount-values.ts";
import { capabilitiesOf, capHelp, keepHelp, keptScope, takenHelp } from "../arguments/capability-values.ts";
import { compact, isObject, jsonArgument } from "../arguments/json-params.ts";
import { choiceOption, listOption, numberOption, textOption } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { Command, MethodCommand, OptionSpec } from "./command.ts";

const DAY_S = 86_400;
const MAX_LINES = 4096;
const DEFAULT_LINES = 50;
const FOLLOW_WAIT_MS = 25_000;
const START_TIMEOUT_MS = 60_000;

const capOption: OptionSpec = { value: "<right>", many: true, description: capHelp };

const keepOption: OptionSpec = { value: "<scope>", many: true, description: keepHelp };

const changing = (verb: "grant" | "revoke", summary: string, examples: MethodCommand["examples"]): MethodCommand => ({
  name: `agent ${verb}`,
  summary,
  arguments: [agentArgument],
  options: verb === "grant" ? { cap: capOption } : { cap: { ...capOption, description: takenHelp }, keep: keepOption },
  examples,
  method: `agent.${verb}`,
  params: ([agent], values) => ({
    pid: agentWord(agent),
    rights: verb === "grant" ? rightsOption(values, true) : takenOption(values),
  }),
  prepare: () => import("../kernel-access/prepare-agent.ts"),
  view: () => import("../view/agent-inspect.ts"),
  withoutDaemon: "refuse",
});

export const agentWorkCommands: readonly Command[] = [
  {
    name: "agent spawn",
    summary: "start an agent from a module or a manifest",
    arguments: [
      {
        name: "module",
        description: "a path, a URL, a package; or a name: <name>.agent.toml here, before a package of that name",
      },
    ],
    options: {
      name: {
        value: "<name>",
        description: "its name (default: of the package, or of the manifest or file; of an index file its folder)",
      },
      backend: { value: "<name>", description: "inline, worker or process (default: as the kernel is configured)" },
      parent: { value: "<agent>", description: "start it as the child of this process, cut to its rights" },
      cap: capOption,
      agency: { value: "<role>", description: "its place among agents: supervisor, service, worker, …" },
      budget: { value: "<unit=n>", many: true, description: budgetHelp },
      limit: { value: "<unit=n>", many: true, description: limitHelp },
      restart: { value: "<type>", description: "permanent, transient or temporary (default)" },
      input: { value: "<json>", description: "what it is given as its input" },
    },
    examples: [
      ["agent spawn ./clerk.ts --backend worker", "a file here, in a thread of its own"],
      ["agent spawn clerk", "what clerk.agent.toml here says, else the package clerk"],
      ["agent spawn ./clerk.ts --cap tool:fs.read --cap read:./docs", "it may read below ./docs, and nothing else"],
      ["agent spawn ./clerk.ts --budget tokens=50000,money=1.25 --limit wall=10m", "for so much, and so long"],
    ],
    method: "agent.spawn",
    params: ([module = ""], values) => {
      const rights = capabilitiesOf(listOption(values, "cap"), true);
      const restart = choiceOption(values, "restart", ["permanent", "transient", "temporary"]);
      const input = textOption(values, "input");
      const parent = textOption(values, "parent");
      return compact({
        module,
        name: textOption(values, "name"),
        backend: textOption(values, "backend"),
        parent: parent === undefined ? undefined : agentWord(parent, "--parent", 0),
        capabilities: Object.keys(rights).length === 0 ? undefined : rights,
        agency: textOption(values, "agency"),
        budget: budgetOf(listOption(values, "budget")),
        limits: limitsOf(listOption(values, "limit")),
        restart: restart === undefined ? undefined : { type: restart },
        input: input === undefined ? undefined : jsonArgument("--input", input),
      });
    },
    prepare: () => import("../kernel-access/prepare-agent.ts"),
    view: () => import("../view/agent-inspect.ts"),
    withoutDaemon: "refuse",
    timeoutMs: START_TIMEOUT_MS,
  },
  changing("grant", "add to what an agent may do, as far as its parent may", [
    ["agent grant 12 --cap network", "from its next call on, through its restarts"],
    ["agent grant 12 --cap 'tool:fs.*' --cap read:./docs", "tools by glob, and the files below a folder"],
  ]),
  changing("revoke", "take from what an agent, and all below it, may do", [
    ["agent revoke 12 --cap network --cap spawn", "from its next call on"],
    ["agent revoke 12 --cap tool:fs.remove --cap deny:./docs/secret", "one tool; and a folder, whatever holds it"],
    ["agent revoke 12 --keep 'topic:news.*'", "of its topics the others"],
  ]),
  {
    name: "agent elevate",
    summary: "add to what an agent may do for a time; it narrows back by itself",
    arguments: [agentArgument],
    options: {
      cap: capOption,
      for: { value: "<s>", description: "how many seconds, 1 to 86400" },
      reason: { value: "<text>", description: "why, for the record" },
    },
    examples: [
      [`agent elevate 12 --cap network --for 300 --reason "fetch the update"`, "the network for five minutes"],
    ],
    method: "agent.elevate",
    params: ([agent], values) => {
      const seconds = numberOption(values, "for", 1, DAY_S);
      if (seconds === undefined) throw new UsageError("--for is missing", "say how many seconds, such as --for 300");
      return compact({
        pid: agentWord(agent),
        rights: rightsOption(values, true),
        forMs: seconds * 1000,
        reason: textOption(values, "reason"),
      });
    },
    prepare: () => import("../kernel-access/prepare-agent.ts"),
    view: () => import("../view/agent-inspect.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent logs",
    summary: "show what agents wrote, of one or of all; the fields of the lines are in logs/kernel.log",
    arguments: [
      {
        name: "agent",
        description: "PID of a process, or the name of agents: then of all their starts",
        optional: true,
      },
    ],
    options: {
      count: { value: "<n>", short: "n", description: `how many lines, 1 to ${MAX_LINES} (default: ${DEFAULT_LINES})` },
      follow: { short: "f", description: "go on with new ones, until Ctrl-C" },
    },
    examples: [
      ["agent logs clerk -f", "one agent, as it writes"],
      ["agent logs -n 200 --json", "all agents, for programs"],
    ],
    method: "agent.logs",
    params: ([word], values) =>
      compact({
        ...(word === undefined ? {} : logged(agentWord(word))),
        tail: numberOption(values, "count", 1, MAX_LINES) ?? DEFAULT_LINES,
      }),
    prepare: async () => (await import("../kernel-access/find-agent.ts")).logged,
    view: () => import("../view/agent-logs.ts"),
    withoutDaemon: "refuse",
    follow: {
      next: (result, params) =>
        compact({
          pid: params?.pid,
          agent: params?.agent,
          since: isObject(result) ? result.last : undefined,
          waitMs: FOLLOW_WAIT_MS,
        }),
      view: () => import("../view/agent-logs.ts"),
      items: (result) => (isObject(result) && Array.isArray(result.lines) ? result.lines : []),
    },
  },
  {
    name: "agent tree",
    summary: "show agents as the tree of who started whom",
    options: { all: { description: "also those that ended" } },
    examples: [["agent tree", "the live ones, below the kernel"]],
    method: "agent.list",
    params: (_words, values) => ({ exited: values.all === true }),
    view: () => import("../view/kernel-ps.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent top",
    summary: "watch agents live: what they do, their mailboxes, processor, memory and messages",
    options: {
      once: { description: "one picture and no more, as where no terminal is" },
      interval: { value: "<s>", description: "seconds between pictures, 1 to 60 (default: 2)" },
    },
    examples: [
      ["agent top", "arrows, PgUp and PgDn scroll; q ends it"],
      ["agent top --once --json", "one measurement, for programs"],
    ],
    run: () => import("./agent-top.ts"),
  },
];

function logged(who: number | string): JsonObject {
  return typeof who === "number" ? { pid: who } : { agent: who };
}

function takenOption(values: Parameters<typeof listOption>[0]): JsonObject {
  const kept = listOption(values, "keep");
  if (kept.length === 0) return rightsOption(values, false);
  return { ...capabilitiesOf(listOption(values, "cap"), false), ...keptScope(kept) };
}

function rightsOption(values: Parameters<typeof listOption>[0], given: boolean): ReturnType<typeof capabilitiesOf> {
  const words = listOption(values, "cap");
  if (words.length > 0) return capabilitiesOf(words, given);
  throw new UsageError("--cap is missing", "name a right, such as --cap network");
}
