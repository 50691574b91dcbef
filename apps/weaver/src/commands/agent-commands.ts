/** The commands on agents. */
import type { JsonValue } from "@weftos/interface";
import { agentArgument, agentWord } from "../arguments/agent-word.ts";
import { compact, jsonArgument } from "../arguments/json-params.ts";
import { numberOption } from "../arguments/values.ts";
import type { Command, MethodCommand } from "./command.ts";
import { timeoutOption } from "./timeout-option.ts";

const MAX_TIMEOUT_MS = 600_000;

const pidOf = ([agent]: readonly string[]): { pid: number | string } => ({ pid: agentWord(agent) });

const findAgent: MethodCommand["prepare"] = () => import("../kernel-access/find-agent.ts");

const agentVerb = (verb: "suspend" | "resume", summary: string): MethodCommand => ({
  name: `agent ${verb}`,
  summary,
  arguments: [agentArgument],
  examples: [
    [`agent ${verb} 12`, summary],
    [`agent ${verb} clerk`, "the one live agent of that name"],
  ],
  method: `agent.${verb}`,
  params: pidOf,
  prepare: findAgent,
  view: () => import("../view/agent-inspect.ts"),
  withoutDaemon: "refuse",
});

export const agentCommands: readonly Command[] = [
  {
    name: "agent list",
    summary: "list agents",
    options: { all: { description: "also those that ended" } },
    examples: [
      ["agent list", "the live ones"],
      ["agent list --all --json", "all of them, for programs"],
    ],
    method: "agent.list",
    params: (_words, values) => ({ exited: values.all === true }),
    view: () => import("../view/agent-list.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent inspect",
    summary: "show one agent and what it may do",
    arguments: [agentArgument],
    examples: [
      ["agent inspect 12", "its state, rights and what confines its code"],
      ["agent inspect clerk", "the one live agent of that name"],
    ],
    method: "agent.inspect",
    params: pidOf,
    prepare: findAgent,
    view: () => import("../view/agent-inspect.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent send",
    summary: "send a message to an agent and show its reply",
    arguments: [agentArgument, { name: "message", description: "text; or JSON, when it begins with { or [" }],
    options: {
      timeout: timeoutOption,
      "no-wait": { description: "only deliver it, do not wait for a reply" },
    },
    examples: [
      ["agent send 12 hello", "a text; the reply is printed"],
      ["agent send clerk hello", "to the one live agent of that name"],
      [`agent send 12 '{"search":"kernel"}' --timeout 2000`, "JSON, and at most 2 s of waiting"],
    ],
    method: "agent.send",
    params: ([agent, message = ""], values) =>
      compact({
        pid: agentWord(agent),
        payload: payloadOf(message),
        timeoutMs: values["no-wait"] === true ? 0 : numberOption(values, "timeout", 1, MAX_TIMEOUT_MS),
      }),
    prepare: findAgent,
    view: () => import("../view/agent-send.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent stop",
    summary: "end an agent for good",
    arguments: [agentArgument],
    options: { kill: { description: "at once, without asking it first" }, timeout: timeoutOption },
    examples: [
      ["agent stop 12", "ask it to end"],
      ["agent stop 12 --kill", "end it now"],
    ],
    method: "agent.stop",
    params: (words, values) =>
      compact({
        ...pidOf(words),
        graceful: values.kill !== true,
        timeoutMs: numberOption(values, "timeout", 0, MAX_TIMEOUT_MS),
      }),
    prepare: findAgent,
    view: () => import("../view/agent-inspect.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent restart",
    summary: "end an agent and start it again under a new PID",
    arguments: [agentArgument],
    examples: [["agent restart 12", "prints the new PID"]],
    method: "agent.restart",
    params: pidOf,
    prepare: findAgent,
    view: () => import("../view/restarted.ts"),
    withoutDaemon: "refuse",
  },
  agentVerb("suspend", "hold messages back from an agent"),
  agentVerb("resume", "let messages through to a suspended agent"),
];

function payloadOf(message: string): JsonValue {
  return /^\s*[[{]/.test(message) ? jsonArgument("<message>", message) : message;
}
