/** The commands on the kernel itself. */
import { compact } from "../arguments/json-params.ts";
import { choiceOption, numberOption } from "../arguments/values.ts";
import type { Command } from "./command.ts";
import { timeoutOption } from "./timeout-option.ts";

const MAX_LOG_LINES = 1024;
const DEFAULT_LOG_LINES = 50;
const levels = ["trace", "debug", "info", "warn", "error"];

export const kernelCommands: readonly Command[] = [
  {
    name: "kernel start",
    summary: "start a kernel in the background and wait until it is ready",
    options: {
      foreground: { description: "stay attached: log to this terminal, end with Ctrl-C" },
      without: {
        value: "<agent>",
        many: true,
        description: "leave out, for good, agents of this name (a glob) that the last kernel left behind",
      },
    },
    examples: [
      ["kernel start", "a kernel on .weftos here, in the background"],
      ["kernel start --without clerk", "after a crash: without the agent that ends its kernel each time"],
      ["kernel start --foreground --dir /var/lib/weftos", "for a service manager or a container"],
    ],
    run: () => import("./kernel-start.ts"),
  },
  {
    name: "kernel stop",
    summary: "stop the running kernel and wait until it is gone",
    options: {
      force: { description: "kill it when it does not end in time" },
      timeout: timeoutOption,
    },
    examples: [
      ["kernel stop", "ask it to stop, wait up to 15 s"],
      ["kernel stop --force --timeout 3000", "kill it after 3 s"],
    ],
    run: () => import("./kernel-stop.ts"),
  },
  {
    name: "kernel status",
    summary: "tell the kernel's state, running or not",
    examples: [
      ["kernel status", "works with and without a running kernel"],
      ["kernel status --json", "pid, state, chain and more, for programs"],
    ],
    method: "kernel.status",
    view: () => import("../view/kernel-status.ts"),
    withoutDaemon: () => import("../kernel-access/stopped-status.ts"),
  },
  {
    name: "kernel ps",
    summary: "show processes as the tree of who spawned whom",
    options: { all: { description: "also those that ended" } },
    examples: [
      ["kernel ps", "the live ones"],
      ["kernel ps --all", "with the ended ones and why they ended"],
    ],
    method: "agent.list",
    params: (_words, values) => ({ exited: values.all === true }),
    view: () => import("../view/kernel-ps.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "kernel logs",
    summary: "show the newest lines of the kernel's log",
    options: {
      count: {
        value: "<n>",
        short: "n",
        description: `how many lines, 1 to ${MAX_LOG_LINES} (default: ${DEFAULT_LOG_LINES})`,
      },
      level: { value: "<level>", description: `the least level: ${levels.join(", ")}` },
      since: { value: "<index>", description: "only lines after this index, as `--json` shows it in `last`" },
    },
    examples: [
      ["kernel logs -n 20", "the last 20 lines"],
      ["kernel logs --level warn", "only what a person should look at"],
    ],
    method: "kernel.logs",
    params: (_words, values) =>
      compact({
        tail: numberOption(values, "count", 1, MAX_LOG_LINES) ?? DEFAULT_LOG_LINES,
        level: choiceOption(values, "level", levels),
        since: numberOption(values, "since", 0, Number.MAX_SAFE_INTEGER),
      }),
    view: () => import("../view/kernel-logs.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "kernel features",
    summary: "list the features of the running kernel",
    examples: [["kernel features", "in the order of their start"]],
    method: "kernel.features",
    view: () => import("../view/feature-list.ts"),
    withoutDaemon: "refuse",
  },
];
