/** The commands on jobs that the kernel runs by itself. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { durationValue } from "../arguments/duration.ts";
import { compact, isObject, jsonArgument } from "../arguments/json-params.ts";
import { choiceOption, type OptionValues, textOption } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { ArgumentSpec, Command, MethodCommand, OptionSpec } from "./command.ts";
import { approvalOption } from "./sign-options.ts";

const missedPolicies = ["skip", "once", "all"];
const overlapPolicies = ["skip", "queue", "parallel"];
/** A run by hand is waited for; the longest that a job may take is a day. */
const RUN_TIMEOUT_MS = 24 * 60 * 60 * 1000;

const jobArgument: ArgumentSpec = { name: "job", description: "name or id of a job, as `cron list` shows it" };

const jobOptions: Readonly<Record<string, OptionSpec>> = {
  every: { value: "<span>", description: "run every 500ms, 30s, 5m, 2h or 1d" },
  cron: { value: "<expression>", description: "or by 5 fields (6 with seconds): '0 2 * * 1-5', @daily" },
  tz: { value: "<zone>", description: "IANA time zone of the expression (default: UTC)" },
  agent: { value: "<pid|name>", description: "send a message to this agent" },
  topic: { value: "<topic>", description: "or to the subscribers of this topic" },
  tool: { value: "<name>", description: "or call this tool" },
  payload: { value: "<json>", description: "the message, or the tool's input; what is not JSON is text" },
  "await-reply": { description: "a run ends when the agent has replied, not when it has the message" },
  missed: {
    value: "<policy>",
    description: `due times while no kernel ran: ${missedPolicies.join(", ")} (default: skip)`,
  },
  overlap: {
    value: "<policy>",
    description: `a due time while a run goes on: ${overlapPolicies.join(", ")} (default: skip)`,
  },
  jitter: { value: "<span>", description: "start up to so much later, at random (default: 0s)" },
  timeout: { value: "<span>", description: "a run that takes longer has failed (default: 1m)" },
  approval: approvalOption,
};

const onJob = (verb: string, summary: string, example: string, view: MethodCommand["view"]): MethodCommand => ({
  name: `cron ${verb}`,
  summary,
  arguments: [jobArgument],
  examples: [[`cron ${verb} nightly`, example]],
  method: `cron.${verb}`,
  params: ([job = ""], values) => compact({ job, approval: textOption(values, "approval") }),
  view,
  withoutDaemon: "boot",
});

const changing = (command: MethodCommand): MethodCommand => ({ ...command, options: { approval: approvalOption } });

const jobView: MethodCommand["view"] = () => import("../view/cron-show.ts");

export const cronCommands: readonly Command[] = [
  {
    name: "cron add",
    summary: "add a job that the kernel runs by itself",
    arguments: [{ name: "name", description: "a name of its own: letters, digits, spaces, _ . : -" }],
    options: { ...jobOptions, disabled: { description: "do not run it before `cron enable`" } },
    examples: [
      [`cron add nightly --cron "0 2 * * *" --tz Europe/Berlin --agent reporter`, "a message at two, also across DST"],
      [`cron add sweep --every 10m --tool fs.stat --payload '{"path":"/tmp"}'`, "a tool, under your rights"],
      [`cron add beat --every 30s --topic heartbeat --missed once --overlap queue`, "make up for a missed beat"],
    ],
    method: "cron.add",
    params: ([name = ""], values) => {
      const fields = jobFields(values, "add");
      if (fields.schedule === undefined) throw new UsageError("--every or --cron is missing", "try --every 5m");
      if (fields.target === undefined)
        throw new UsageError("--agent, --topic or --tool is missing", "say whom it tells");
      const job = { name, ...fields, ...(values.disabled === true ? { enabled: false } : {}) };
      return compact({ job, approval: textOption(values, "approval") });
    },
    view: jobView,
    withoutDaemon: "boot",
  },
  {
    name: "cron list",
    summary: "list jobs: when each runs next, and how it went last",
    examples: [["cron list", "works with and without a running kernel; only a running one runs jobs"]],
    method: "cron.list",
    view: () => import("../view/cron-list.ts"),
    withoutDaemon: "boot",
  },
  onJob("show", "show one job", "all of it", jobView),
  {
    name: "cron edit",
    summary: "change a job; what is not named stays",
    arguments: [jobArgument],
    options: { ...jobOptions, name: { value: "<name>", description: "another name" } },
    examples: [
      ["cron edit nightly --every 2h", "another schedule; it counts from now"],
      [`cron edit nightly --payload '{"days":7}'`, "another message, to whom it was for"],
      ["cron edit nightly --missed all", "run all that was missed, at most 1000"],
    ],
    method: "cron.edit",
    params: ([job = ""], values) => {
      const change = compact({ name: textOption(values, "name"), ...jobFields(values, "edit") });
      if (Object.keys(change).length === 0) throw new UsageError("nothing to change was named", "try --every 2h");
      return compact({ job, change, approval: textOption(values, "approval") });
    },
    prepare: () => import("../kernel-access/kept-target.ts"),
    view: jobView,
    withoutDaemon: "boot",
  },
  changing(onJob("enable", "let a job run again", "from now on; what came due meanwhile was not missed", jobView)),
  changing(onJob("disable", "keep a job from running", "`cron enable` takes it back", jobView)),
  {
    ...onJob(
      "run",
      "run a job now, and wait for its end",
      "enabled or not; exit 1 when it fails",
      () => import("../view/cron-run.ts"),
    ),
    withoutDaemon: "refuse",
    timeoutMs: RUN_TIMEOUT_MS,
    failed: (result) => !isOk(result),
  },
  onJob("history", "show the last 20 runs of a job", "newest first", () => import("../view/cron-history.ts")),
  changing(onJob("remove", "remove a job for good; prints it", "what it was is printed, to add it again", jobView)),
];

/** The fields of a job that were named. Of the target of a job that is edited, a part is enough. */
function jobFields(values: OptionValues, verb: "add" | "edit"): JsonObject {
  const jitter = textOption(values, "jitter");
  const timeout = textOption(values, "timeout");
  return compact({
    schedule: scheduleOf(values),
    target: targetOf(values, verb),
    missed: choiceOption(values, "missed", missedPolicies),
    overlap: choiceOption(values, "overlap", overlapPolicies),
    jitterMs: jitter === undefined ? undefined : durationValue("--jitter", jitter),
    timeoutMs: timeout === undefined ? undefined : durationValue("--timeout", timeout),
  });
}

function scheduleOf(values: OptionValues): JsonObject | undefined {
  const every = textOption(values, "every");
  const cron = textOption(values, "cron");
  const timeZone = textOption(values, "tz");
  if (every !== undefined && cron !== undefined)
    throw new UsageError("--every and --cron exclude each other", "take one");
  if (cron !== undefined) return compact({ cron, timeZone });
  if (timeZone !== undefined) throw new UsageError("--tz needs --cron", "an interval has no time zone");
  return every === undefined ? undefined : { everyMs: durationValue("--every", every) };
}

function targetOf(values: OptionValues, verb: "add" | "edit"): JsonObject | undefined {
  const [agent, topic, tool] = [textOption(values, "agent"), textOption(values, "topic"), textOption(values, "tool")];
  const named = [agent, topic, tool].filter((target) => target !== undefined);
  if (named.length > 1) throw new UsageError("--agent, --topic and --tool exclude each other", "take one");
  const payload = payloadOf(textOption(values, "payload"));
  const awaitReply = values["await-reply"] === true ? true : undefined;
  const kept = verb === "edit" && named.length === 0;
  if (awaitReply && agent === undefined && !kept)
    throw new UsageError("--await-reply needs --agent", "nobody else replies");
  if (agent !== undefined)
    return compact({ agent: /^\d{1,15}$/.test(agent) ? Number(agent) : agent, payload, awaitReply });
  if (topic !== undefined) return compact({ topic, payload });
  if (tool !== undefined) return compact({ tool, input: payload });
  if (payload === undefined && awaitReply === undefined) return undefined;
  if (kept) return compact({ payload, awaitReply });
  throw new UsageError("--payload needs --agent, --topic or --tool", "name whom it is for");
}

function payloadOf(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined;
  return /^\s*[[{"\d-]|^(true|false|null)$/.test(text) ? jsonArgument("--payload", text) : text;
}

function isOk(result: JsonValue): boolean {
  return isObject(result) && result.outcome === "ok";
}
