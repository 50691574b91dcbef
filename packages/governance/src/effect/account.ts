/**
 * Whose account an act is booked on. All agents of one spawn tree have one account, that of the agent at its root, by name: a
 * restart clears nothing, and a child, whatever its name, does not begin with an empty one.
 */
import type { Subject } from "@weftos/interface";

/** What is asked of a process. */
export interface SpawnedProcess {
  readonly name: string;
  /** PID of who started it; undefined or 0: the kernel. */
  readonly parent?: number | undefined;
}

/** Parents above a process that are looked at: as deep as no tree is. */
const MAX_DEPTH = 1024;

/**
 * Names the account of a subject; the kernel has none.
 *
 * @param find - finds a process by its PID in decimal; undefined when there is none
 */
export function accountOf({ kind, id }: Subject, find: (id: string) => SpawnedProcess | undefined): string | undefined {
  if (kind === "kernel") return undefined;
  const root = kind === "process" ? rootOf(id, find) : undefined;
  return root === undefined ? `${kind}:${id}` : `agent:${root}`;
}

/** Name of the agent at the root; of a tree whose top is gone, of the topmost that is left. */
function rootOf(id: string, find: (id: string) => SpawnedProcess | undefined): string | undefined {
  let top = find(id);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { parent } = top ?? {};
    const above = parent === undefined || parent === 0 ? undefined : find(String(parent));
    if (above === undefined) break;
    top = above;
  }
  return top?.name;
}
