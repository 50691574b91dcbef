// What of a filter the index can narrow. The rest is tested on the events that are left, and so is this.
import { compileGlob } from "@weftos/schema";
import type { EventFilter } from "../reader/event-filter.ts";
import type { Block, Groups } from "./block.ts";
import { type Term, termOf, traceIdOf } from "./term.ts";

/** How to look into a block. */
export interface Plan {
  /** Whether there is anything to look for. */
  readonly narrows: boolean;
  /** Gives what to look for in a block; undefined when nothing of it can match. */
  groups(block: Pick<Block, "kinds">): Groups | undefined;
}

/** Makes the plan of a filter. @throws `CONFIG_GLOB` for a kind that is no pattern */
export function planOf(filter: EventFilter): Plan {
  const fixed: Term[][] = [];
  const { kind, trace } = filter;
  if (filter.source !== undefined) fixed.push([termOf("source", filter.source)]);
  if (filter.pid !== undefined) fixed.push([termOf("pid", filter.pid)]);
  if (filter.principal !== undefined) fixed.push([termOf("principal", filter.principal)]);
  if (filter.agent !== undefined) fixed.push([termOf("agent", filter.agent)]);
  if (filter.action !== undefined) fixed.push([termOf("action", filter.action)]);
  if (trace !== undefined) fixed.push([termOf("trace", traceIdOf(trace.toLowerCase()))]);
  if (filter.approval !== undefined) fixed.push([termOf("approval", filter.approval)]);
  if (filter.intent !== undefined) fixed.push([termOf("intent", filter.intent)]);
  if (kind === undefined) return { narrows: fixed.length > 0, groups: () => fixed };
  const glob = compileGlob(kind);
  if (!kind.includes("*")) {
    const groups = [...fixed, [termOf("kind", kind)]];
    return { narrows: true, groups: () => groups };
  }
  return {
    narrows: true,
    groups({ kinds }) {
      if (kinds === undefined) return fixed;
      const wanted = [...kinds].filter((name) => glob.matches(name)).map((name) => termOf("kind", name));
      return wanted.length === 0 ? undefined : [...fixed, wanted];
    },
  };
}
