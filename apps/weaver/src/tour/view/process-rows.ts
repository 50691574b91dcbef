/** The processes of the tour as the tree of who started whom. */
import type { JsonObject, ProcessInfo } from "@weftos/interface";
import { processTree } from "../../view/process-tree.ts";
import type { Style } from "../../view/style.ts";
import { renderTable } from "../../view/table.ts";

/** Renders the tree: PID, name, where it runs, state, restarts. */
export function renderProcesses(style: Style, processes: readonly ProcessInfo[]): string {
  const rows = processTree(processes.map(rowOf)).map(({ branch, process }) => [
    String(process.pid),
    `${style.faint(branch)}${process.name}`,
    process.pid === 0 ? style.faint("the kernel itself") : String(process.runsIn),
    stateOf(style, process),
  ]);
  const columns = [
    { title: "PID", align: "right" as const },
    { title: "PROCESS" },
    { title: "RUNS IN" },
    { title: "STATE" },
  ];
  return renderTable(columns, rows, style.faint);
}

function rowOf({ pid, name, parent, backend, restarts, state }: ProcessInfo): JsonObject {
  const runsIn = backend === "worker" ? "a worker thread" : "the kernel's thread";
  return { pid, name, parent: parent ?? null, runsIn, restarts, state };
}

function stateOf(style: Style, process: JsonObject): string {
  if (process.pid === 0) return "";
  const restarted = process.restarts === 0 ? "" : style.warn(", restarted");
  return `${process.state === "exited" ? style.faint("done") : "running"}${restarted}`;
}
