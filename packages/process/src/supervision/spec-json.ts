/**
 * What a supervisor is made from, as JSON: for the journal, and for the edge of a thread or process. Agents are carried as the URLs
 * of their modules; closures live in the program alone. Runs beside agents too, so it imports nothing but types.
 */
import type { AgentChild, JsonObject, JsonValue, SupervisorChild, SupervisorSpec } from "@weftos/interface";

/** Gives a supervisor as JSON; undefined when an agent in it is a closure. */
export function specToJson(spec: SupervisorSpec): JsonObject | undefined {
  const children: JsonValue[] = [];
  for (const child of spec.children ?? []) {
    const kept = childToJson(child);
    if (kept === undefined) return undefined;
    children.push(kept);
  }
  return { ...plain(spec), children };
}

/** Gives one child as JSON; undefined when an agent in it is a closure. */
export function childToJson(child: AgentChild | SupervisorChild): JsonObject | undefined {
  if ("supervisor" in child) {
    const supervisor = specToJson(child.supervisor);
    return supervisor === undefined ? undefined : { ...plain(child), supervisor };
  }
  return child.agent instanceof URL ? { ...plain(child), agent: child.agent.href } : undefined;
}

/** Gives the specification of what `specToJson` made, unchecked. */
export function specFromJson(spec: JsonValue): unknown {
  if (typeof spec !== "object" || spec === null || !("children" in spec) || !Array.isArray(spec.children)) return spec;
  return { ...spec, children: spec.children.map(childFromJson) };
}

/** Gives the child of what `childToJson` made, unchecked. */
export function childFromJson(child: JsonValue): unknown {
  if (typeof child !== "object" || child === null) return child;
  if ("supervisor" in child && child.supervisor !== undefined) {
    return { ...child, supervisor: specFromJson(child.supervisor) };
  }
  if (!("agent" in child) || typeof child.agent !== "string" || !URL.canParse(child.agent)) return child;
  return { ...child, agent: new URL(child.agent) };
}

function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
