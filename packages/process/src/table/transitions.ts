/** The legal changes of state, and nothing else. */
import type { ProcessState } from "@weftos/interface";

const legal: Readonly<Record<ProcessState, readonly ProcessState[]>> = {
  starting: ["running", "exited"],
  running: ["suspended", "stopping", "exited"],
  suspended: ["running", "stopping", "exited"],
  stopping: ["exited"],
  exited: [],
};

/** Tells whether a process may go from one state to another. */
export function isLegalTransition(from: ProcessState, to: ProcessState): boolean {
  return legal[from].includes(to);
}
