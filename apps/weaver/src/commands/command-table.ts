/** All commands of weaver, in the order of the help. A command is a method, its parameters and a view; nothing else. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { actorValue, instantValue } from "../arguments/event-values.ts";
import { fileOption, keysOption } from "../arguments/read-option.ts";
import { choiceOption, numberOption, textOption, wholeNumber } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { ArgumentSpec, Command, MethodCommand, OptionSpec } from "./command.ts";
import { keeperCommands } from "./keeper-commands.ts";
import { resourceCommands } from "./resource-commands.ts";

const LARGEST_PID = Number.MAX_SAFE_INTEGER;
const MAX_TIMEOUT_MS = 600_000;
/** A chain of millions of events takes its time. */
const VERIFY_TIMEOUT_MS = 3_600_000;
const MAX_LOG_LINES = 1024;
const MAX_TAIL = 1000;
/** How long the daemon waits for news before it answers that there are none. */
const FOLLOW_WAIT_MS = 25_000;
const DEFAULT_LOG_LINES = 50;
const exportFormats = ["tlog", "json", "rvf"];
const levels = ["trace", "debug", "info", "warn", "error"];
const approvalStates = ["pending", "approved", "denied", "expired", "used"];

const pidArgument: ArgumentSpec = { name: "pid", description: "PID of a process, as `agent list` shows it" };
const approvalArgument: ArgumentSpec = { name: "id", description: "id of an approval, as `approvals list` shows it" };
const timeoutOption: OptionSpec = { value: "<ms>", description: "how long to wait, in milliseconds" };
const example = "0198c0de-0000-7000-8000-000000000001";

const pidOf = ([pid = ""]: readonly string[]): { pid: number } => ({ pid: wholeNumber("<pid>", pid, 1, LARGEST_PID) });

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

const agentVerb = (verb: "suspend" | "resume", summary: string): MethodCommand => ({
  name: `agent ${verb}`,
  summary,
  arguments: [pidArgument],
  examples: [[`agent ${verb} 12`, summary]],
  method: `agent.${verb}`,
  params: pidOf,
  view: () => import("../view/agent-inspect.ts"),
  withoutDaemon: "refuse",
});

export const commands: readonly Command[] = [
  {
    name: "kernel start",
    summary: "start a kernel in the background and wait until it is ready",
    options: { foreground: { description: "stay attached: log to this terminal, end with Ctrl-C" } },
    examples: [
      ["kernel start", "a kernel on .weftos here, in the background"],
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
    arguments: [pidArgument],
    examples: [["agent inspect 12", "its state, rights and what confines its code"]],
    method: "agent.inspect",
    params: pidOf,
    view: () => import("../view/agent-inspect.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent send",
    summary: "send a message to an agent and show its reply",
    arguments: [pidArgument, { name: "message", description: "text; or JSON, when it begins with { or [" }],
    options: {
      timeout: timeoutOption,
      "no-wait": { description: "only deliver it, do not wait for a reply" },
    },
    examples: [
      ["agent send 12 hello", "a text; the reply is printed"],
      [`agent send 12 '{"search":"kernel"}' --timeout 2000`, "JSON, and at most 2 s of waiting"],
    ],
    method: "agent.send",
    params: ([pid = "", message = ""], values) =>
      compact({
        ...pidOf([pid]),
        payload: payloadOf(message),
        timeoutMs: values["no-wait"] === true ? 0 : numberOption(values, "timeout", 1, MAX_TIMEOUT_MS),
      }),
    view: () => import("../view/agent-send.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent stop",
    summary: "end an agent for good",
    arguments: [pidArgument],
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
    view: () => import("../view/agent-inspect.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent restart",
    summary: "end an agent and start it again under a new PID",
    arguments: [pidArgument],
    examples: [["agent restart 12", "prints the new PID"]],
    method: "agent.restart",
    params: pidOf,
    view: () => import("../view/restarted.ts"),
    withoutDaemon: "refuse",
  },
  agentVerb("suspend", "hold messages back from an agent"),
  agentVerb("resume", "let messages through to a suspended agent"),
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
  {
    name: "chain status",
    summary: "tell the length and the head of the chain",
    examples: [
      ["chain status", "works with and without a running kernel"],
      ["chain status --json", "sequence and head, to keep elsewhere and pin later"],
    ],
    method: "chain.status",
    view: () => import("../view/chain-status.ts"),
    withoutDaemon: () => import("../kernel-access/chain-files-status.ts"),
  },
  {
    name: "chain verify",
    summary: "verify the whole chain, or one proof; exit 1 when it does not hold",
    options: {
      head: { value: "<hex>", description: "the head it must have, or have had: finds a cut tail" },
      checkpoint: { value: "<file>", path: true, description: "a checkpoint note that it must go on from" },
      keys: { value: "<file>", path: true, description: "public keys that must have signed it, as JSON" },
      bundle: { value: "<file>", path: true, description: "verify this proof of one event instead, offline" },
    },
    examples: [
      ["chain verify", "every hash, signature and checkpoint"],
      ["chain verify --head 5f0c…", "against a head that was kept elsewhere"],
      ["chain verify --bundle proof.json --keys keys.json", "one event, anywhere, without the chain"],
    ],
    method: "chain.verify",
    params: (_words, values) => {
      const head = headOption(textOption(values, "head"));
      // A bundle is checked here: nothing is asked of anybody.
      if (textOption(values, "bundle") !== undefined) return {};
      return compact({ head, checkpoint: fileOption(values, "checkpoint"), keys: keysOption(values, "keys") });
    },
    here: (values) =>
      textOption(values, "bundle") === undefined ? undefined : () => import("../kernel-access/bundle-verify.ts"),
    view: () => import("../view/chain-verify.ts"),
    withoutDaemon: () => import("../kernel-access/chain-files-verify.ts"),
    timeoutMs: VERIFY_TIMEOUT_MS,
    failed: (result) => !isObject(result) || result.valid !== true,
  },
  {
    name: "chain tail",
    summary: "show the last events of the chain",
    options: {
      count: { value: "<n>", short: "n", description: "how many events, 1 to 1000 (default: 20)" },
      follow: { short: "f", description: "go on with new ones as they are on disk, until Ctrl-C; needs a kernel" },
    },
    examples: [
      ["chain tail -n 5", "the last five; `action show` tells more of each"],
      ["chain tail -f --json", "a line of JSON for each event, as it is recorded"],
    ],
    method: "chain.tail",
    params: (_words, values) => compact({ count: numberOption(values, "count", 1, MAX_TAIL) }),
    view: () => import("../view/event-list.ts"),
    withoutDaemon: "boot",
    follow: {
      next: (result) =>
        compact({ since: isObject(result) ? result.next : undefined, count: MAX_TAIL, waitMs: FOLLOW_WAIT_MS }),
      view: () => import("../view/event-lines.ts"),
      items: (result) => (isObject(result) && Array.isArray(result.events) ? result.events : []),
    },
  },
  {
    name: "chain query",
    summary: "find events by kind, source, actor, action, trace and time",
    options: {
      kind: { value: "<glob>", description: "kind of the event, such as governance.deny or agent.*" },
      source: { value: "<name>", description: "the subsystem that recorded it" },
      actor: { value: "<who>", description: "a PID, kernel, principal:<name>, or the name of an agent" },
      action: { value: "<name>", description: "the action it speaks of, such as fs.remove" },
      approval: { value: "<id>", description: "the approval it names" },
      trace: { value: "<id>", description: "W3C trace id, 32 hex digits" },
      since: { value: "<time>", description: "not before: 2026-01-31T12:00Z, or how long ago: 10m, 2h, 7d" },
      until: { value: "<time>", description: "before that" },
      limit: { value: "<n>", description: "how many events, 1 to 1000 (default: 50)" },
      cursor: { value: "<n>", description: "where to go on: `next` of the page before" },
    },
    examples: [
      ["chain query --kind governance.deny --since 1h", "what was refused in the last hour"],
      ["chain query --actor assistant --action fs.remove --json", "by one agent, with the place of the next page"],
    ],
    method: "chain.query",
    params: (_words, values) => {
      const [actor, since, until] = [
        textOption(values, "actor"),
        textOption(values, "since"),
        textOption(values, "until"),
      ];
      const now = Date.now();
      return compact({
        kind: textOption(values, "kind"),
        source: textOption(values, "source"),
        ...(actor === undefined ? {} : actorValue(actor)),
        action: textOption(values, "action"),
        approval: textOption(values, "approval"),
        trace: textOption(values, "trace"),
        since: since === undefined ? undefined : instantValue("--since", since, now),
        until: until === undefined ? undefined : instantValue("--until", until, now),
        limit: numberOption(values, "limit", 1, MAX_TAIL),
        cursor: numberOption(values, "cursor", 0, LARGEST_PID),
      });
    },
    view: () => import("../view/event-page.ts"),
    withoutDaemon: "boot",
    timeoutMs: VERIFY_TIMEOUT_MS,
  },
  {
    name: "chain checkpoint",
    summary: "sign the chain's head now",
    examples: [["chain checkpoint", "Ed25519 and ML-DSA-65 over what is there"]],
    method: "chain.checkpoint",
    view: () => import("../view/checkpoint.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "chain proof",
    summary: "prove one event to somebody who has not got the chain",
    arguments: [{ name: "sequence", description: "sequence of the event, as `chain tail` shows it" }],
    options: {
      output: { value: "<file>", path: true, description: "put it into this new file (default: print it)" },
      from: { value: "<size>", description: "also prove that it goes on from the checkpoint of this size" },
    },
    examples: [
      [
        "chain proof 42 --output proof.json",
        "event, payload, path to the signed root, and keys; `chain verify --bundle`",
      ],
      ["chain proof 42 --from 1000", "for somebody who kept the checkpoint of 1000 events"],
    ],
    method: "chain.proof",
    params: ([sequence = ""], values) =>
      compact({
        sequence: wholeNumber("<sequence>", sequence, 0, Number.MAX_SAFE_INTEGER),
        from: numberOption(values, "from", 1, Number.MAX_SAFE_INTEGER),
      }),
    view: () => import("../view/plain-json.ts"),
    saves: (result) => `${JSON.stringify(result, null, 2)}\n`,
    withoutDaemon: "boot",
    timeoutMs: VERIFY_TIMEOUT_MS,
  },
  {
    name: "chain export",
    summary: "copy the chain out: as transparency log, as files, or as lines of JSON",
    options: {
      format: { value: "<format>", description: `one of ${exportFormats.join(", ")} (default: rvf)` },
      output: {
        value: "<path>",
        path: true,
        description: "new folder, or new file for json; not in the state directory",
      },
    },
    examples: [
      ["chain export --format tlog --output ./log", "checkpoint and tiles of c2sp.org/tlog-tiles; no payloads"],
      ["chain export --format json --output events.jsonl", "a line for each event, with its payload"],
      ["chain export --output ./copy", "the files; `chain verify --dir ./copy` holds for them"],
    ],
    method: "chain.export",
    params: (_words, values) => {
      const output = textOption(values, "output");
      if (output === undefined)
        throw new UsageError("--output is missing", "name a place, such as --output ./exported");
      return { format: choiceOption(values, "format", exportFormats) ?? "rvf", output };
    },
    view: () => import("../view/chain-export.ts"),
    withoutDaemon: "boot",
    timeoutMs: VERIFY_TIMEOUT_MS,
  },
  ...keeperCommands,
  ...resourceCommands,
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

/** Leaves out what was not given. */
function compact(params: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function payloadOf(message: string): JsonValue {
  return /^\s*[[{]/.test(message) ? jsonArgument("<message>", message) : message;
}

function jsonArgument(name: string, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    throw new UsageError(`${name} is not JSON: ${reason}`, `quote it for your shell: '{"key":"value"}'`);
  }
}

function headOption(head: string | undefined): string | undefined {
  if (head === undefined || /^[0-9a-f]{64}$/.test(head)) return head;
  throw new UsageError("--head must be 64 lower-case hex characters", "weaver chain status --json shows one as `head`");
}
