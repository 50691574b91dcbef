// The kinds of nodes, and the nodes that every tree has.
import type { ResourceKind } from "@weftos/interface";
import { ROOT } from "./resource-path.ts";

export const STANDARD_KINDS: readonly ResourceKind[] = [
  "namespace",
  "service",
  "agent",
  "device",
  "topic",
  "container",
  "app",
  "tool",
  "environment",
];

const STANDARD = new Set<string>(STANDARD_KINDS);
const CUSTOM = /^custom:[a-z][a-z0-9-]{0,63}$/;

export const AGENTS = "/kernel/agents";
export const TOOLS = "/kernel/tools";
export const SERVICES = "/kernel/services";
/** Certificates of delegation, each under its id. */
export const DELEGATIONS = "/kernel/delegations";

/** Namespaces of every tree, parents first. */
export const NAMESPACES: readonly string[] = [
  "/kernel",
  SERVICES,
  "/kernel/processes",
  AGENTS,
  "/kernel/containers",
  TOOLS,
  DELEGATIONS,
  "/network",
  "/network/peers",
  "/apps",
  "/environments",
];

const STANDING = new Set([ROOT, ...NAMESPACES]);

/** Tells whether a text names a kind. */
export function isKind(kind: string): kind is ResourceKind {
  return STANDARD.has(kind) || CUSTOM.test(kind);
}

/** Tells whether a path is the root or a standard namespace, which cannot be removed. */
export function isStanding(path: string): boolean {
  return STANDING.has(path);
}

/** Gives the path of an agent's node. */
export function agentPath(pid: number): string {
  return `${AGENTS}/${pid}`;
}
