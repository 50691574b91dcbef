/** Shows one process with what it may do: `agent.inspect`, and what `agent.stop` and its like leave. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { activityText } from "./agent-top.ts";
import { boundsText } from "./budget-amounts.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { processStateText } from "./process-state.ts";
import { renderFields } from "./table.ts";
import { ago, instant, span } from "./time.ts";

/** How often a probe asks that does not say. */
const PROBE_MS = 10_000;

export const view: View = (result, { style, now }) => {
  const agent = objectOf(result);
  const fields: [string, string][] = [
    ["pid", shown(agent.pid)],
    ["agent", style.strong(shown(agent.name))],
    ...profileFields(objectOf(agent.profile)),
    ["state", processStateText(agent, style)],
    ["parent", shown(agent.parent)],
    ...(shown(agent.principal) === "-" ? [] : [["acts for", shown(agent.principal)] as [string, string]]),
    ["backend", shown(agent.backend)],
    ...(agent.activity === null || agent.activity === undefined
      ? []
      : [["does", activityText(agent)] as [string, string]]),
    ["restarts", `${shown(agent.restarts)}${againText(objectOf(agent.restart))}`],
    ...lifeFields(agent),
    ["age", ago(numberOf(agent.startedAt), now)],
    ["may", rightsOf(objectOf(agent.capabilities)).join("\n") || "nothing"],
    ...elevatedField(objectsOf(agent.elevations)),
    [
      "confined",
      Array.isArray(agent.confined) && agent.confined.length > 0
        ? shown(agent.confined)
        : "what passes its context; its code is trusted",
    ],
    ...(agent.state === "exited" ? [] : [["limits", limitsText(agent)] as [string, string]]),
    ...(objectOf(agent.budget) === agent.budget ? [["budget left", boundsText(agent.budget)] as [string, string]] : []),
  ];
  return renderFields(fields, style.faint);
};

/** What its author says of it. */
function profileFields({ version, description, priority, labels }: JsonObject): readonly [string, string][] {
  const said = Object.entries(objectOf(labels)).map(([name, value]) => `${shown(name)}=${shown(value)}`);
  const fields: readonly (readonly [string, string])[] = [
    ["about", shown(description)],
    ["version", shown(version)],
    ["priority", shown(priority)],
    ["labels", said.join(", ") || "-"],
  ];
  return fields.filter(([, value]) => value !== "-").map(([name, value]) => [name, value]);
}

const again: Readonly<Record<string, string>> = {
  permanent: "started again after any end",
  transient: "started again after a crash or a kill",
  temporary: "not started again",
};

/** Tells when it is started again, and how much of its window is used. */
function againText({ type, maxRestarts, withinMs, used }: JsonObject): string {
  const when = again[shown(type)];
  if (when === undefined) return "";
  const within = numberOf(withinMs);
  if (type === "temporary" || within === undefined) return `\n${when}`;
  return `\n${when}, at most ${shown(maxRestarts)} times in ${span(within)} (${shown(used)} used)`;
}

/** Its place, what it is asked and what it hears; where something is set. */
function lifeFields({ agency, probes, topics, usage, mailboxLimit }: JsonObject): readonly [string, string][] {
  const asked = Object.entries(objectOf(probes)).map(
    ([name, probe]) => `${shown(name)} every ${span(numberOf(objectOf(probe).intervalMs) ?? PROBE_MS)}`,
  );
  const waiting = numberOf(objectOf(usage).mailbox);
  const fields: readonly [string, string][] = [
    ["role", shown(agency)],
    ["probes", asked.join(", ") || "-"],
    ["topics", shown(topics)],
    ["mailbox", waiting === undefined ? "-" : `${waiting} of at most ${shown(mailboxLimit)} wait`],
  ];
  return fields.filter(([, value]) => value !== "-");
}

function limitsText(agent: JsonObject): string {
  const defaults = Array.isArray(agent.defaultLimits) ? agent.defaultLimits : [];
  const held = Object.entries(objectOf(agent.limits)).map(
    ([name, value]) => `${limitText(name, value)}${defaults.includes(name) ? " (default)" : ""}`,
  );
  const lines = [held.length === 0 ? "none" : held.join(", ")];
  const unheld = shown(agent.unlimitable);
  if (unheld !== "-") {
    const others = Array.isArray(agent.limitedBy) ? agent.limitedBy.map(shown).join(" and ") : "";
    const elsewhere = others === "" ? "" : `; ${others} hold an agent to them`;
    lines.push(`${unheld}: not held here, as they are the kernel's own${elsewhere}`);
  }
  return lines.join("\n");
}

/** Gives a limit in its unit: `memory 64 MiB`, `disk 900 KiB`, `wall 90 s`. */
function limitText(name: string, value: JsonValue | undefined): string {
  const amount = numberOf(value) ?? 0;
  const word = name.replace(/(?:Bytes|Ms)$/, "");
  if (amount === 0) return `${word} unlimited`;
  if (name.endsWith("Bytes")) return `${word} ${bytesText(amount)}`;
  return name.endsWith("Ms") ? `${word} ${amount / 1000} s` : `${word} ${amount}`;
}

function bytesText(bytes: number): string {
  const rounded = (unit: number): number => Math.round((bytes / unit) * 10) / 10;
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${rounded(1024)} KiB` : `${rounded(1_048_576)} MiB`;
}

function rightsOf(capabilities: JsonObject): readonly string[] {
  const tools = objectOf(capabilities.tools);
  const allowed = shown(tools.allow);
  const files = objectOf(capabilities.files);
  return [
    capabilities.canSpawn === true ? "spawn agents" : "",
    capabilities.canIpc === true ? messagesText(objectOf(capabilities.ipcScope)) : "",
    capabilities.canExecTools === true && allowed !== "-" ? `call tools: ${allowed}${exceptions(tools)}` : "",
    capabilities.canNetwork === true ? "use the network" : "",
    ...["read", "write", "own"].map((how) => (shown(files[how]) === "-" ? "" : `files (${how}): ${shown(files[how])}`)),
  ].filter((right) => right !== "");
}

/** What of it ends by itself, and when. */
function elevatedField(elevations: readonly JsonObject[]): readonly [string, string][] {
  if (elevations.length === 0) return [];
  const lines = elevations.map(({ rights, until }) => {
    const more = rightsOf({ canExecTools: true, ...objectOf(rights) }).join(", ");
    return `until ${instant(numberOf(until) ?? Number.NaN)}: ${more || "other rights"}`;
  });
  return [["elevated", lines.join("\n")]];
}

/** To whom, in words. */
function messagesText({ kind, pids, topics }: JsonObject): string {
  if (kind === "all") return "send messages to all";
  if (kind === "parentOnly") return "send messages to its parent and its children";
  if (kind === "restricted") return `send messages to ${shown(pids) === "-" ? "none" : shown(pids)}`;
  return kind === "topic" ? `send messages by topics: ${shown(topics)}` : "reply to messages";
}

function exceptions(grant: JsonObject): string {
  const denied = shown(grant.deny);
  return denied === "-" ? "" : `, but not ${denied}`;
}
