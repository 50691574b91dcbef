/** Shows `agent.list`. */
import type { View } from "../commands/command.ts";
import { activityText } from "./agent-top.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { processStateText } from "./process-state.ts";
import { renderTable } from "./table.ts";
import { ago } from "./time.ts";

export const view: View = (result, { style, now }) => {
  const agents = objectsOf(objectOf(result).agents);
  if (agents.length === 0) return "no agents run";
  return renderTable(
    [
      { title: "PID", align: "right" },
      { title: "AGENT" },
      { title: "STATE" },
      { title: "ACTIVITY" },
      { title: "PARENT", align: "right" },
      { title: "BACKEND" },
      { title: "RESTARTS", align: "right" },
      { title: "AGE" },
    ],
    agents.map((agent) => [
      shown(agent.pid),
      shown(agent.name),
      processStateText(agent, style),
      activityText(agent),
      shown(agent.parent),
      shown(agent.backend),
      shown(agent.restarts),
      ago(numberOf(agent.startedAt), now),
    ]),
    style.strong,
  );
};
