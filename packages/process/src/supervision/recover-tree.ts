/**
 * A supervisor in the journal: its specification as JSON, when every agent in it is a module. Closures live in the program alone,
 * so a tree with one of them begins again with the program. Children that were added at run time are not in it.
 */
import type { AgentChild, JsonObject, JsonValue, SupervisorChild, SupervisorSpec } from "@weftos/interface";
import type { JournalEntry } from "../table/process-journal.ts";

/** Stands where an agent has its module. */
export const TREE = "weftos:supervisor";

/** Gives what another kernel needs to start the tree again; undefined when it cannot. */
export function recoveryOfTree(spec: SupervisorSpec): JournalEntry["recovery"] {
  const options = plain(spec);
  return options === undefined ? undefined : { module: TREE, options };
}

/** Gives the specification that the journal holds, unchecked. */
export function treeOf({ options }: NonNullable<JournalEntry["recovery"]>): unknown {
  return revived(options);
}

function plain(spec: SupervisorSpec): JsonObject | undefined {
  const children: JsonValue[] = [];
  for (const child of spec.children ?? []) {
    const kept = isSupervisor(child)
      ? plain(child.supervisor)
      : child.agent instanceof URL
        ? child.agent.href
        : undefined;
    if (kept === undefined) return undefined;
    children.push(json({ ...child, ...(isSupervisor(child) ? { supervisor: kept } : { agent: kept }) }));
  }
  return { ...(json(spec) as JsonObject), children };
}

function isSupervisor(child: AgentChild | SupervisorChild): child is SupervisorChild {
  return "supervisor" in child;
}

function json(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function revived(spec: JsonValue | undefined): unknown {
  if (typeof spec !== "object" || spec === null || !("children" in spec) || !Array.isArray(spec.children)) return spec;
  return { ...spec, children: spec.children.map(revivedChild) };
}

function revivedChild(child: JsonValue): unknown {
  if (typeof child !== "object" || child === null) return child;
  if ("agent" in child && typeof child.agent === "string") return { ...child, agent: new URL(child.agent) };
  return "supervisor" in child ? { ...child, supervisor: revived(child.supervisor) } : child;
}
