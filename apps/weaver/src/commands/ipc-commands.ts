/** The commands on messages: topics, traces, and what could not be delivered. */
import type { JsonObject } from "@weftos/interface";
import { instantValue } from "../arguments/event-values.ts";
import { compact, isObject, jsonArgument } from "../arguments/json-params.ts";
import { choiceOption, numberOption, type OptionValues, textOption } from "../arguments/values.ts";
import type { ArgumentSpec, Command, OptionSpec } from "./command.ts";

const LARGEST_PID = Number.MAX_SAFE_INTEGER;
/** How long the daemon waits for a message before it answers that there is none. */
const FOLLOW_WAIT_MS = 20_000;
const reasons = [
  "target-not-found",
  "inbox-full",
  "dropped-oldest",
  "target-exited",
  "late-reply",
  "no-handler",
  "unacknowledged",
  "stream-stalled",
  "not-kept",
  "retention",
];

const idArgument: ArgumentSpec = {
  name: "id",
  description: "id of a dead letter, as `ipc dead-letters list` shows it",
};

const filterOptions: Readonly<Record<string, OptionSpec>> = {
  pid: { value: "<pid>", description: "the process that did not get it" },
  to: { value: "<name>", description: "the topic or service it was sent to" },
  reason: { value: "<reason>", description: reasons.join(", ") },
  since: { value: "<time>", description: "from 2026-01-31T12:00:00Z on, or the last 10m" },
  until: { value: "<time>", description: "up to this time" },
};

function filterOf(values: OptionValues): JsonObject {
  const since = textOption(values, "since");
  const until = textOption(values, "until");
  const now = Date.now();
  return compact({
    pid: numberOption(values, "pid", 0, LARGEST_PID),
    to: textOption(values, "to"),
    reason: choiceOption(values, "reason", reasons),
    since: since === undefined ? undefined : instantValue("--since", since, now),
    until: until === undefined ? undefined : instantValue("--until", until, now),
  });
}

export const ipcCommands: readonly Command[] = [
  {
    name: "ipc topics",
    summary: "list topics and patterns with their subscribers",
    examples: [
      ["ipc topics", "who listens to what"],
      ["ipc topics --json", "for programs"],
    ],
    method: "ipc.topics",
    view: () => import("../view/ipc-topics.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "ipc subscribe",
    summary: "show the messages of a topic as they come",
    arguments: [{ name: "pattern", description: "a topic; * is one segment, > at the end is one or more" }],
    options: { buffer: { value: "<count>", description: "messages that may wait for this terminal (default: 256)" } },
    examples: [
      ["ipc subscribe 'orders.*'", "until it is interrupted"],
      ["ipc subscribe '>' --json", "everything, a JSON document a line"],
    ],
    method: "ipc.subscribe",
    params: ([pattern = ""], values) =>
      compact({ pattern, buffer: numberOption(values, "buffer", 1, 10_000), waitMs: 0 }),
    follow: {
      always: true,
      next: (result) => ({
        stream: isObject(result) && typeof result.stream === "string" ? result.stream : "",
        waitMs: FOLLOW_WAIT_MS,
      }),
      view: () => import("../view/ipc-messages.ts"),
      items: (result) => (isObject(result) && Array.isArray(result.messages) ? result.messages : []),
    },
    view: () => import("../view/ipc-messages.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "ipc publish",
    summary: "give a message to the subscribers of a topic",
    arguments: [
      { name: "topic", description: "segments joined by dots: orders.new" },
      { name: "message", description: "text; or JSON, when it begins with { or [" },
    ],
    options: {
      trace: {
        value: "<id>",
        description: "W3C trace context to go with it: 32 hex, a dash, 16 hex; or a traceparent",
      },
    },
    examples: [
      ["ipc publish orders.new hello", "a text"],
      [`ipc publish orders.new '{"order":7}'`, "JSON; tells how many got it, and how many could not"],
    ],
    method: "ipc.publish",
    params: ([topic = "", message = ""], values) =>
      compact({
        topic,
        payload: /^\s*[[{]/.test(message) ? jsonArgument("<message>", message) : message,
        trace: textOption(values, "trace"),
      }),
    view: () => import("../view/ipc-published.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "ipc trace",
    summary: "show where the messages of a trace went",
    arguments: [{ name: "id", description: "trace id, trace context, or id of one of its messages" }],
    examples: [
      ["ipc trace 4bf92f3577b34da6a3ce929d0e0e4736", "the newest 10 000 traced messages are known"],
      ["ipc trace 0102030405ff000000000001 --json", "by a message, for programs"],
    ],
    method: "ipc.trace",
    params: ([id = ""]) => ({ id }),
    view: () => import("../view/ipc-trace.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "ipc dead-letters list",
    summary: "list messages that could not be delivered",
    options: { ...filterOptions, limit: { value: "<count>", description: "the newest so many (default: 100)" } },
    examples: [
      ["ipc dead-letters list", "works with and without a running kernel"],
      ["ipc dead-letters list --reason inbox-full --since 10m", "of the last ten minutes"],
      ["ipc dead-letters list --pid 12 --json", "what process 12 did not get"],
    ],
    method: "ipc.dead-letters.list",
    params: (_words, values) => compact({ ...filterOf(values), limit: numberOption(values, "limit", 1, 10_000) }),
    view: () => import("../view/dead-letter-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "ipc dead-letters show",
    summary: "show a dead letter with what was sent",
    arguments: [idArgument],
    examples: [["ipc dead-letters show 0102030405ff000000000001", "whole, as it was sent"]],
    method: "ipc.dead-letters.show",
    params: ([id = ""]) => ({ id }),
    view: () => import("../view/dead-letter-show.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "ipc dead-letters replay",
    summary: "send a dead letter again; it is removed once it is delivered",
    arguments: [idArgument],
    options: { pid: { value: "<pid>", description: "to this process instead" } },
    examples: [
      ["ipc dead-letters replay 0102030405ff000000000001", "to where it was sent"],
      ["ipc dead-letters replay 0102030405ff000000000001 --pid 40", "to its successor"],
    ],
    method: "ipc.dead-letters.replay",
    params: ([id = ""], values) => compact({ id, pid: numberOption(values, "pid", 1, LARGEST_PID) }),
    view: () => import("../view/agent-send.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "ipc dead-letters purge",
    summary: "remove dead letters for good",
    options: { ...filterOptions, yes: { description: "do not ask" } },
    examples: [
      ["ipc dead-letters purge --until 7d", "those older than a week"],
      ["ipc dead-letters purge --yes", "all of them, without being asked"],
    ],
    method: "ipc.dead-letters.purge",
    params: (_words, values) => filterOf(values),
    confirm: () => "Dead letters that fit are removed for good, with what was sent.",
    view: () => import("../view/dead-letters-purged.ts"),
    withoutDaemon: "boot",
  },
];
