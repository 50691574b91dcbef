// Where an agent comes from: who started it, by the hash of what that one's own lineage says, and how deep. The hashes chain,
// so that a wrong ancestor anywhere shows in all that descend from it.
import { encodeCanonical, toHex } from "@weftos/crypto";
import type { JsonObject, JsonValue } from "@weftos/interface";
import { domainHash, tagBytes } from "../format/domain-hash.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import { nameOf, parentOf } from "./resource-path.ts";
import { NEUTRAL, type Scoring } from "./scoring.ts";
import { AGENTS, agentPath } from "./standard-nodes.ts";
import type { TreeChange } from "./tree-change.ts";

const TAG = tagBytes("weftos/tree/v1/lineage");
const NOBODY = "0".repeat(64);
const MAX_REMEMBERED = 1024;
const OF_KERNEL: Lineage = { parent: 0, parentHash: NOBODY, depth: 0 };

/** `lineage` of an agent's metadata. */
export interface Lineage {
  /** PID of who started it; 0 for the kernel. */
  readonly parent: number;
  /** {@link lineageHash} of that one, lower-case hex; zeros for the kernel. */
  readonly parentHash: string;
  /** 0 when the kernel started it, one more than its parent's otherwise. */
  readonly depth: number;
}

/** What is remembered of an agent that ended. */
export interface EndedAgent {
  readonly metadata: JsonObject;
  readonly scoring: Scoring;
}

/** Agents that ended, the last 1024: what takes their place goes on from them, and late children name them. */
export class EndedAgents {
  readonly #ended = new Map<number, EndedAgent>();

  get(pid: number): EndedAgent | undefined {
    return this.#ended.get(pid);
  }

  remember(pid: number, agent: EndedAgent): void {
    this.#ended.set(pid, agent);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= MAX_REMEMBERED) break;
      this.#ended.delete(oldest);
    }
  }
}

/** Hashes what an agent's lineage says, with its PID and name. */
export function lineageHash(pid: number, name: string, { parent, parentHash, depth }: Lineage): string {
  return toHex(domainHash(TAG, encodeCanonical({ pid, name, parent, parentHash, depth })));
}

/** Reads the lineage in an agent's metadata; undefined when there is none of this form. */
export function readLineage(metadata: JsonObject | undefined): Lineage | undefined {
  const lineage = metadata?.lineage as JsonObject | undefined;
  if (typeof lineage !== "object" || lineage === null) return undefined;
  const { parent, parentHash, depth } = lineage;
  if (!isCount(parent) || !isCount(depth) || typeof parentHash !== "string") return undefined;
  return /^[0-9a-f]{64}$/.test(parentHash) ? { parent, parentHash, depth } : undefined;
}

/** Gives the lineage of what `parent` starts; undefined when nothing is known of that one's own. */
export function lineageUnder(
  parent: JsonValue | undefined,
  nodes: ResourceNodes,
  ended: EndedAgents,
): Lineage | undefined {
  if (!isCount(parent)) return undefined;
  if (parent === 0) return OF_KERNEL;
  const metadata = nodes.find(agentPath(parent))?.metadata ?? ended.get(parent)?.metadata;
  const own = readLineage(metadata);
  if (own === undefined) return undefined;
  return { parent, parentHash: lineageHash(parent, nameIn(metadata), own), depth: own.depth + 1 };
}

/**
 * Checks the lineages that changes bring, and remembers the agents that they end; before the changes are made.
 *
 * @param complete - whether `ended` knows all that was recorded before; otherwise a parent it does not know is believed
 * @returns what is wrong, in one sentence
 */
export function lineageFault(
  changes: readonly TreeChange[],
  nodes: ResourceNodes,
  ended: EndedAgents,
  complete: boolean,
): string | undefined {
  const made = new Map<string, JsonObject>();
  for (const change of changes) {
    const { op, path } = change;
    if (parentOf(path) !== AGENTS) continue;
    if (op === "create" && change.kind === "agent") {
      made.set(path, change.metadata);
      const fault = faultOf(change.metadata, nodes, ended, complete);
      if (fault !== undefined) return `the lineage of ${path} is wrong: ${fault}`;
    } else if (op === "remove") {
      const node = nodes.find(path);
      const metadata = made.get(path) ?? node?.metadata;
      if (metadata !== undefined) ended.remember(Number(nameOf(path)), { metadata, scoring: node?.scoring ?? NEUTRAL });
    }
  }
  return undefined;
}

function faultOf(
  metadata: JsonObject,
  nodes: ResourceNodes,
  ended: EndedAgents,
  complete: boolean,
): string | undefined {
  const { parent, replaces } = metadata;
  const expected = isCount(replaces) ? readLineage(ended.get(replaces)?.metadata) : lineageUnder(parent, nodes, ended);
  if (metadata.lineage === undefined) {
    // Records of before there were lineages have none; what descends from one that has, has one.
    const known = expected !== undefined && isCount(parent) && nodes.find(agentPath(parent)) !== undefined;
    return known ? "it has none, and its parent has one" : undefined;
  }
  const said = readLineage(metadata);
  if (said === undefined) return "expected parent, parentHash and depth";
  if (said.parent !== parent) return `it names ${said.parent} as parent, the agent was started by ${String(parent)}`;
  if (expected === undefined) return complete ? "nothing is recorded of its parent" : undefined;
  if (said.depth !== expected.depth) return `depth ${said.depth}, expected ${expected.depth}`;
  if (said.parentHash !== expected.parentHash) return "the hash is not that of its parent's lineage";
  return undefined;
}

/** Gives the name in an agent's metadata. */
export function nameIn(metadata: JsonObject | undefined): string {
  return typeof metadata?.name === "string" ? metadata.name : "";
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
