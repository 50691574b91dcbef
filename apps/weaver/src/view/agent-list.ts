/** Shows `agent.list`. */
import type { View } from "../commands/command.ts";
import { activityText } from "./agent-top.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { exitText, stateText } from "./process-state.ts";
import { ago } from "./time.ts";

export const view: View = (result, { style, width, now }) => {
  const agents = objectsOf(objectOf(result).agents);
  if (agents.length === 0) return "no agents run";
  const ended = agents.some(({ state }) => state === "exited");
  return renderFitted(
    [
      { title: "PID", align: "right" },
      { title: "AGENT", least: 12 },
      { title: "STATE" },
      { title: "ACTIVITY" },
      { title: "PARENT", align: "right", rank: 2 },
      { title: "BACKEND", rank: 3 },
      { title: "RESTARTS", align: "right", rank: 1 },
      { title: "AGE" },
      ...(ended ? [{ title: "EXIT", least: 16 }] : []),
    ],
    agents.map((agent) => [
      shown(agent.pid),
      shown(agent.name),
      stateText(agent, style),
      activityText(agent),
      shown(agent.parent),
      shown(agent.backend),
      shown(agent.restarts),
      ago(numberOf(agent.startedAt), now),
      exitText(agent),
    ]),
    width,
    style.strong,
  );
};
