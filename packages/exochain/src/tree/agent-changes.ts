// What the events of processes say of the tree. An agent's node stands under its PID from the record of its start to that of
// its end, so a restarted agent is a new node that names the one it replaces. The event of the process is that of the tree.
import type { JsonObject, JsonValue } from "@weftos/interface";
import { EndedAgents, type Lineage, lineageUnder } from "./lineage.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import { nameOf, parentOf } from "./resource-path.ts";
import { BAD_EXIT, blend, EXIT_WEIGHT, GOOD_EXIT, NEUTRAL, type Scoring } from "./scoring.ts";
import { AGENTS, agentPath } from "./standard-nodes.ts";
import type { TreeChange } from "./tree-change.ts";

const MAX_REMEMBERED = 1024;
const MAX_SHARED = 256;

/** What a start says that makes the metadata of its agent. */
interface Origin {
  readonly agent: JsonValue | undefined;
  readonly backend: JsonValue | undefined;
  readonly parent: JsonValue | undefined;
  readonly lineage: Lineage | undefined;
}

interface Begin {
  readonly metadata: JsonObject;
  readonly scoring: Scoring;
}

export class AgentChanges {
  readonly #ended = new EndedAgents();
  /** Agents whose end was recorded before their start. */
  readonly #early = new Set<number>();
  /** Metadata of agents by what it says. */
  readonly #metadata = new Map<string, JsonObject>();
  #last: { readonly origin: Origin; readonly metadata: JsonObject } | undefined;

  /** Gives the changes that an event stands for; none when it says nothing of a node. */
  of(kind: string, payload: JsonObject, nodes: ResourceNodes): readonly TreeChange[] {
    if (kind === "agent.exit" || kind === "agent.lost") return this.#exit(payload, nodes);
    const { outcome, result } = payload;
    if (outcome !== "ok" || !isObject(result)) return [];
    if (kind === "agent.spawn") {
      const { pid, agent, backend, parent } = result;
      const lineage = lineageUnder(parent, nodes, this.#ended);
      const metadata = this.#metadataOf({ agent, backend, parent, lineage });
      return this.#begin(pid, { metadata, scoring: NEUTRAL }, nodes);
    }
    if (kind !== "agent.restart") return [];
    const { oldPid, newPid, count } = result;
    const old = typeof oldPid === "number" ? this.#ended.get(oldPid) : undefined;
    const metadata = { ...old?.metadata, ...known({ replaces: oldPid, restarts: count }) };
    return this.#begin(newPid, { metadata, scoring: old?.scoring ?? NEUTRAL }, nodes);
  }

  /** Agents that are started in a row mostly come from the same, which is seen without making their metadata. */
  #metadataOf(origin: Origin): JsonObject {
    const last = this.#last;
    if (last !== undefined && isSame(origin, last.origin)) return last.metadata;
    const { agent: name, backend, parent, lineage } = origin;
    const metadata = this.#shared(known({ name, backend, parent, lineage: lineage && { ...lineage } }));
    this.#last = { origin, metadata };
    return metadata;
  }

  /** Gives the object of the agents before that have the same metadata: thousands of one kind hold one. */
  #shared(metadata: JsonObject): JsonObject {
    const key = JSON.stringify(metadata);
    const before = this.#metadata.get(key);
    if (before !== undefined) return before;
    if (this.#metadata.size === MAX_SHARED) this.#metadata.clear();
    this.#metadata.set(key, metadata);
    return metadata;
  }

  /** Forgets where agents come from whose start could not be recorded: nothing may name what the log does not hold. */
  lost(changes: readonly TreeChange[]): void {
    for (const { op, path } of changes) {
      if (op !== "create" || parentOf(path) !== AGENTS) continue;
      const pid = Number(nameOf(path));
      const ended = this.#ended.get(pid);
      if (ended === undefined) continue;
      const { lineage: _lineage, ...metadata } = ended.metadata;
      this.#ended.remember(pid, { ...ended, metadata });
    }
  }

  #begin(pid: JsonValue | undefined, { metadata, scoring }: Begin, nodes: ResourceNodes): readonly TreeChange[] {
    if (!isPid(pid)) return [];
    const path = agentPath(pid);
    if (nodes.find(path) !== undefined) return [];
    const create: TreeChange =
      scoring === NEUTRAL
        ? { op: "create", path, kind: "agent", metadata }
        : { op: "create", path, kind: "agent", metadata, scoring };
    if (!this.#early.delete(pid)) return [create];
    this.#ended.remember(pid, { metadata, scoring });
    return [create, { op: "remove", path }];
  }

  #exit({ pid, reason }: JsonObject, nodes: ResourceNodes): readonly TreeChange[] {
    if (!isPid(pid)) return [];
    const node = nodes.find(agentPath(pid));
    if (node === undefined) {
      this.#early.add(pid);
      for (const oldest of this.#early) {
        if (this.#early.size <= MAX_REMEMBERED) break;
        this.#early.delete(oldest);
      }
      return [];
    }
    const { metadata, scoring } = node;
    const observed = observedAt(reason);
    this.#ended.remember(pid, {
      metadata,
      scoring: observed === undefined ? scoring : blend(scoring, observed, EXIT_WEIGHT),
    });
    return [{ op: "remove", path: node.path }];
  }
}

function isSame(one: Origin, other: Origin): boolean {
  return (
    one.agent === other.agent &&
    one.backend === other.backend &&
    one.parent === other.parent &&
    one.lineage?.parentHash === other.lineage?.parentHash &&
    one.lineage?.depth === other.lineage?.depth
  );
}

/** What an end says of an agent; nothing when others ended it. */
function observedAt(reason: JsonValue | undefined): Scoring | undefined {
  if (reason === "normal") return GOOD_EXIT;
  return reason === "crash" || reason === "timeout" ? BAD_EXIT : undefined;
}

function isPid(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function known(facts: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const entries = Object.entries(facts).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
