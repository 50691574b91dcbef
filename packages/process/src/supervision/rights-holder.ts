/** Whose rights bind what a process starts: its own, or for a supervisor, which has none, those of whoever started it. */
import { KERNEL_PID } from "@weftos/interface";
import { ProcessNotFoundError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";

/** Whose rights bound a child: those of its parent, or of whoever made the supervisors above it. */
export function rightsHolder(parent: ProcessEntry, table: Pick<ProcessTable, "entry">): ProcessEntry {
  let holder = parent;
  while (holder.supervises) {
    const above = table.entry(holder.parent ?? KERNEL_PID);
    if (above === undefined) {
      throw new ProcessNotFoundError(`the owner of the supervisor ${holder.name} has ended`, {
        details: { pid: holder.parent ?? KERNEL_PID },
      });
    }
    holder = above;
  }
  return holder;
}
