/** Shows `agent.list` as the tree of who spawned whom. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { exitText, stateText } from "./process-state.ts";
import { processTree } from "./process-tree.ts";
import { ago } from "./time.ts";

export const view: View = (result, { style, width, now }) => {
  const kernel = { pid: 0, name: "kernel", state: "running" };
  const agents = objectsOf(objectOf(result).agents);
  const ended = agents.some(({ state }) => state === "exited");
  return renderFitted(
    [
      { title: "PID", align: "right" },
      { title: "PROCESS" },
      { title: "STATE" },
      { title: "BACKEND", rank: 2 },
      { title: "RESTARTS", align: "right", rank: 1 },
      { title: "AGE" },
      ...(ended ? [{ title: "EXIT", least: 16 }] : []),
    ],
    processTree([kernel, ...agents]).map(({ branch, process }) => [
      shown(process.pid),
      `${style.faint(branch)}${shown(process.name)}`,
      stateText(process, style),
      shown(process.backend),
      shown(process.restarts),
      ago(numberOf(process.startedAt), now),
      exitText(process),
    ]),
    width,
    style.strong,
  );
};
