/** One picture of `agent.top`: the busiest first, with rates against the picture before. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { ViewContext } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { type FittedColumn, renderFitted } from "./fitted-table.ts";
import { stateText } from "./process-state.ts";
import type { Style } from "./style.ts";
import { ago, timeOfDay } from "./time.ts";

const MEGABYTE = 1_048_576;
/** Columns of a name that are kept when the terminal is narrow. */
const LEAST_NAME = 12;

const columns: readonly FittedColumn[] = [
  { title: "PID", align: "right" },
  { title: "AGENT", least: LEAST_NAME },
  { title: "STATE" },
  { title: "ACTIVITY" },
  { title: "MAIL", align: "right", rank: 6 },
  { title: "CPU%", align: "right" },
  { title: "MEM", align: "right" },
  { title: "MSG/S", align: "right", rank: 5 },
  { title: "RST", align: "right", rank: 4 },
  { title: "TOOLS", align: "right", rank: 1 },
  { title: "BACKEND", rank: 3 },
  { title: "AGE", rank: 2 },
];

/** How a picture is drawn. */
export interface PictureContext extends Pick<ViewContext, "style" | "now"> {
  /** Columns that a line may take. @defaultValue as many as it needs */
  readonly width?: number | undefined;
}

/** A picture: what stays, and what may be scrolled. */
export interface Picture {
  readonly head: readonly string[];
  readonly rows: readonly string[];
}

/** Renders a measurement; what was not in the one before has rates since its start. */
export function topPicture(result: JsonValue, before: JsonValue | undefined, context: PictureContext): Picture {
  const { style, now, width = Number.POSITIVE_INFINITY } = context;
  const time = numberOf(objectOf(result).time) ?? now;
  const agents = objectsOf(objectOf(result).agents);
  const earlier = new Map(objectsOf(objectOf(before).agents).map((agent) => [agent.pid, agent]));
  const elapsed = time - (numberOf(objectOf(before).time) ?? time);
  const rows = agents
    .map((agent) => {
      const known = earlier.get(agent.pid);
      const since = known === undefined ? time - (numberOf(agent.startedAt) ?? time) : elapsed;
      return { agent, cpu: more("cpuMs", agent, known, since), rate: more("sent", agent, known, since) };
    })
    .sort(
      (a, b) =>
        (b.cpu ?? 0) - (a.cpu ?? 0) ||
        (b.rate ?? 0) - (a.rate ?? 0) ||
        (numberOf(a.agent.pid) ?? 0) - (numberOf(b.agent.pid) ?? 0),
    );
  const head = headOf(agents, style, now);
  if (rows.length === 0) return { head: [head, "no agents run"], rows: [] };
  const [titles = "", ...lines] = renderFitted(
    columns,
    rows.map(({ agent, cpu, rate }) => [
      shown(agent.pid),
      shown(agent.name),
      stateText(agent, style),
      activityText(agent),
      shown(agent.mailbox),
      cpu === undefined ? "-" : (100 * cpu).toFixed(1),
      memory(agent),
      (1000 * (rate ?? 0)).toFixed(1),
      shown(agent.restarts),
      shown(agent.toolCalls),
      shown(agent.backend),
      ago(numberOf(agent.startedAt), now),
    ]),
    width,
    style.strong,
  ).split("\n");
  return { head: [head, titles], rows: lines };
}

/** Counts them: all, those that run, and whatever else there is. */
function headOf(agents: readonly JsonObject[], style: Style, now: number): string {
  const counts = new Map<string, number>([["running", 0]]);
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const agent of agents) {
    count(shown(agent.state));
    if (objectOf(agent.activity).kind === "hung") count("hung");
  }
  const states = [...counts].map(([what, number]) => `${style.faint(what)} ${number}`);
  const clock = style.faint(`${timeOfDay(now).slice(0, "hh:mm:ss".length)} UTC`);
  return [`${style.strong("agents")} ${agents.length}`, ...states, clock].join("  ");
}

/** Gives `idle`, `waiting (reply)`, `hung 12 s`. */
export function activityText(agent: JsonObject): string {
  const activity = objectOf(agent.activity);
  const kind = shown(activity.kind);
  if (kind === "waiting") return `waiting (${shown(activity.on)})`;
  return kind === "hung" ? `hung ${Math.round((numberOf(activity.forMs) ?? 0) / 1000)} s` : kind;
}

/** How much of something came in each millisecond; undefined where it is not measured. */
function more(
  what: "cpuMs" | "sent",
  agent: JsonObject,
  before: JsonObject | undefined,
  since: number,
): number | undefined {
  const now = numberOf(agent[what]);
  if (now === undefined) return undefined;
  return since <= 0 ? 0 : Math.max(0, (now - (numberOf(before?.[what]) ?? 0)) / since);
}

function memory(agent: JsonObject): string {
  const bytes = numberOf(agent.memoryBytes);
  return bytes === undefined ? "-" : `${(bytes / MEGABYTE).toFixed(1)}M`;
}
