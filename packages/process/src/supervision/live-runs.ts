/** The processes of the table that live. */
import type { Pid } from "@weftos/interface";
import type { ProcessTable } from "../table/process-table.ts";
import type { Run } from "./child.ts";
import { AgentRun } from "./run.ts";

export class LiveRuns {
  readonly #table: Pick<ProcessTable, "entries" | "entry">;

  constructor(table: Pick<ProcessTable, "entries" | "entry">) {
    this.#table = table;
  }

  /** The process of a PID while it lives. */
  of(pid: Pid): Run | undefined {
    const entry = this.#table.entry(pid);
    return entry instanceof AgentRun && entry.state !== "exited" ? entry : undefined;
  }

  /** All that live, the oldest first. */
  all(): readonly Run[] {
    const running: Run[] = [];
    for (const entry of this.#table.entries()) {
      if (entry instanceof AgentRun && entry.state !== "exited") running.push(entry);
    }
    return running;
  }
}
