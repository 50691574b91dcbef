/** One picture of `agent.top`: the busiest first, with rates against the picture before. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { ViewContext } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { processStateText } from "./process-state.ts";
import { renderTable } from "./table.ts";
import { ago, timeOfDay } from "./time.ts";

const MEGABYTE = 1_048_576;

/** Renders a measurement; without one before, rates are since each agent's start. */
export function topText(
  result: JsonValue,
  before: JsonValue | undefined,
  { style, now }: Pick<ViewContext, "style" | "now">,
): string {
  const time = numberOf(objectOf(result).time) ?? now;
  const agents = objectsOf(objectOf(result).agents);
  const earlier = new Map(objectsOf(objectOf(before).agents).map((agent) => [agent.pid, agent]));
  const elapsed = time - (numberOf(objectOf(before).time) ?? time);
  const rows = agents
    .map((agent) => ({
      agent,
      cpu: cpuShare(agent, earlier.get(agent.pid), elapsed),
      rate: rate(agent, earlier.get(agent.pid), elapsed, time),
    }))
    .sort(
      (a, b) =>
        (b.cpu ?? 0) - (a.cpu ?? 0) || b.rate - a.rate || (numberOf(a.agent.pid) ?? 0) - (numberOf(b.agent.pid) ?? 0),
    );
  const running = agents.filter(({ state }) => state === "running").length;
  const head = `${style.strong("agents")} ${agents.length}  ${style.faint("running")} ${running}  ${style.faint(timeOfDay(now))}`;
  if (rows.length === 0) return `${head}\nno agents run`;
  const table = renderTable(
    [
      { title: "PID", align: "right" },
      { title: "AGENT" },
      { title: "STATE" },
      { title: "ACTIVITY" },
      { title: "MAIL", align: "right" },
      { title: "CPU%", align: "right" },
      { title: "MEM MiB", align: "right" },
      { title: "MSG/S", align: "right" },
      { title: "TOOLS", align: "right" },
      { title: "RST", align: "right" },
      { title: "BACKEND" },
      { title: "AGE" },
    ],
    rows.map(({ agent, cpu, rate: messages }) => [
      shown(agent.pid),
      shown(agent.name),
      processStateText(agent, style),
      activityText(agent),
      shown(agent.mailbox),
      cpu === undefined ? "-" : cpu.toFixed(1),
      memory(agent),
      messages.toFixed(1),
      shown(agent.toolCalls),
      shown(agent.restarts),
      shown(agent.backend),
      ago(numberOf(agent.startedAt), now),
    ]),
    style.strong,
  );
  return `${head}\n${table}`;
}

/** Gives `idle`, `waiting (reply)`, `hung 12 s`. */
export function activityText(agent: JsonObject): string {
  const activity = objectOf(agent.activity);
  const kind = shown(activity.kind);
  if (kind === "waiting") return `waiting (${shown(activity.on)})`;
  return kind === "hung" ? `hung ${Math.round((numberOf(activity.forMs) ?? 0) / 1000)} s` : kind;
}

function cpuShare(agent: JsonObject, before: JsonObject | undefined, elapsed: number): number | undefined {
  const used = numberOf(agent.cpuMs);
  if (used === undefined) return undefined;
  const more = used - (numberOf(before?.cpuMs) ?? 0);
  return before === undefined || elapsed <= 0 ? undefined : Math.max(0, (100 * more) / elapsed);
}

function rate(agent: JsonObject, before: JsonObject | undefined, elapsed: number, time: number): number {
  const since = before === undefined ? time - (numberOf(agent.startedAt) ?? time) : elapsed;
  const more = (numberOf(agent.sent) ?? 0) - (numberOf(before?.sent) ?? 0);
  return since <= 0 ? 0 : Math.max(0, (1000 * more) / since);
}

function memory(agent: JsonObject): string {
  const bytes = numberOf(agent.memoryBytes);
  return bytes === undefined ? "-" : (bytes / MEGABYTE).toFixed(1);
}
