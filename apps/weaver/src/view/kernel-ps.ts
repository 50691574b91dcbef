/** Shows `agent.list` as the tree of who spawned whom. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { processStateText } from "./process-state.ts";
import { processTree } from "./process-tree.ts";
import { renderTable } from "./table.ts";
import { ago } from "./time.ts";

export const view: View = (result, { style, now }) => {
  const kernel = { pid: 0, name: "kernel", state: "running" };
  const lines = processTree([kernel, ...objectsOf(objectOf(result).agents)]);
  const rows = lines.map(({ branch, process }) => {
    return [
      shown(process.pid),
      `${style.faint(branch)}${shown(process.name)}`,
      processStateText(process, style),
      shown(process.backend),
      shown(process.restarts),
      ago(numberOf(process.startedAt), now),
    ];
  });
  return renderTable(
    [
      { title: "PID", align: "right" },
      { title: "PROCESS" },
      { title: "STATE" },
      { title: "BACKEND" },
      { title: "RESTARTS", align: "right" },
      { title: "AGE" },
    ],
    rows,
    style.strong,
  );
};
