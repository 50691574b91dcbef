// Answers questions about the tree, and asks the guard before it changes it.
import { toHex } from "@weftos/crypto";
import type { JsonObject, JsonValue, Subject } from "@weftos/interface";
import type { StoredEvent } from "../reader/stored-event.ts";
import { accessTo, mustNotBeDenied } from "./access-view.ts";
import { lineageHash, nameIn, readLineage } from "./lineage.ts";
import { knowKeys, type OpenTree } from "./open-tree.ts";
import { OWNER } from "./reconcile.ts";
import { ResourceChangeError, ResourceNotFoundError, ResourceProtectedError } from "./resource-errors.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import { checkPath, isWithin, ROOT } from "./resource-path.ts";
import { proveNode } from "./resource-proof.ts";
import type {
  LineageStep,
  RankedResource,
  Resource,
  ResourceChange,
  ResourceDeps,
  ResourceEvent,
  ResourceScore,
  ResourceStats,
  Resources,
  ResourceVerification,
} from "./resources.ts";
import { aggregate, blend, composite, isScoring, NEUTRAL, ONE, type Scores, scoresOf, scoringOf } from "./scoring.ts";
import { AGENTS, agentPath, DELEGATIONS, isStanding } from "./standard-nodes.ts";
import { readChanges, readRecord, type TreeChange } from "./tree-change.ts";
import { type TreeFault, TreeFold } from "./tree-fold.ts";
import { CHANGE, isTreeKind } from "./tree-kinds.ts";
import { entryJson, type TreeNode } from "./tree-node.ts";

const kernel: Subject = { kind: "kernel", id: "0" };
const MAX_RANKED = 1000;
const DEFAULT_HISTORY = 100;
const MAX_LINEAGE_EVENTS = 1000;

/** Makes the tree's interface. `tree` gives the open one, or throws. */
export function resources(opened: () => OpenTree, deps: ResourceDeps): Resources {
  const tree = (): OpenTree => {
    const found = opened();
    found.settle();
    return found;
  };
  const nodes = (): ResourceNodes => tree().log.nodes;
  const { guard } = deps;
  const access = accessTo(tree, deps);
  return {
    ...access,
    lineage: (pid) => lineageOf(tree(), pid),
    get root() {
      return toHex(nodes().root);
    },
    find(path) {
      const node = nodes().find(checkPath(path));
      return node === undefined ? undefined : resourceOf(node);
    },
    list: (path = ROOT, depth) => listBelow(nodes(), path, depth),
    history: (path, { limit = DEFAULT_HISTORY } = {}) => historyOf(tree(), checkPath(path), limit),
    async changesOf(sequence) {
      const { kind, payload } = await readEvent(tree(), sequence);
      return readRecord(kind, payload)?.changes ?? [];
    },
    stats: () => statsOf(nodes(), tree().log.last),
    score: (path) => scoreOf(nodes().require(path)),
    rank: ({ under = ROOT, kind, limit = 20 } = {}) => {
      const wanted = [...nodes().below(under)].filter((node) => kind === undefined || node.kind === kind);
      const ranked = wanted.map(rankedOf).sort((a, b) => b.composite - a.composite || (a.path < b.path ? -1 : 1));
      return ranked.slice(0, Math.min(limit, MAX_RANKED));
    },
    prove: (path) => proveNode(nodes().require(path)),
    verify: ({ signal } = {}) => verifyTree(tree(), signal),
    async change(changes, by = kernel) {
      const resource = changes[0]?.path ?? ROOT;
      await guard.perform(
        {
          action: CHANGE,
          subject: by,
          resource: resource.slice(0, 1024),
          attributes: { changes: changes.length, op: changes[0]?.op ?? "" },
          display: `${CHANGE} ${JSON.stringify(changes, undefined, 2)}`,
          summary: (made: readonly TreeChange[]) => ({ changes: made as unknown as JsonValue }),
        },
        () => {
          tree().log.catchUp();
          mustNotBeDenied(access, by, changes);
          return plan(nodes(), changes);
        },
      );
      return { root: toHex(nodes().root) };
    },
  };
}

/** Checks that changes can be made, and says them as the chain does. The event that records them makes them. */
function plan(nodes: ResourceNodes, wishes: readonly ResourceChange[]): readonly TreeChange[] {
  if (wishes.length === 0) {
    throw new ResourceChangeError("expected at least one change, got none", {
      details: { path: "", field: "changes" },
    });
  }
  const planned = wishes.map((wish) => planOne(nodes, wish));
  const changes = readChanges(structuredClone(planned) as unknown as JsonValue);
  nodes.apply(changes)();
  return changes;
}

function planOne(nodes: ResourceNodes, wish: ResourceChange): TreeChange {
  const { op } = wish;
  const path = checkPath(wish.path);
  if (op === "score") {
    const { scoring } = nodes.require(path);
    const weight = Math.round(wish.weight * ONE);
    if (!(weight >= 0 && weight <= ONE)) throw invalidScore(path, "weight");
    return { op, path, scoring: blend(scoring, checkedScoring(path, wish.observed, scoring), weight) };
  }
  const owned = nodes.find(path)?.metadata[OWNER] !== undefined;
  if (owned || isStanding(path) || (path !== AGENTS && isWithin(path, AGENTS))) {
    throw new ResourceProtectedError(`${path} is kept by the kernel; only its scores can be changed`, {
      details: { path },
    });
  }
  if (isWithin(path, DELEGATIONS)) {
    throw new ResourceProtectedError(`${path} is changed by delegate and revoke`, { details: { path } });
  }
  if (op === "remove") return { op, path };
  const metadata = wish.metadata ?? {};
  if (OWNER in metadata) {
    throw new ResourceChangeError(`${path}: the field ${OWNER} is the kernel's`, {
      details: { path, field: "metadata" },
    });
  }
  if (op === "update") return { op, path, metadata };
  const { kind, scores } = wish;
  const scoring = scores === undefined ? undefined : checkedScoring(path, scores, NEUTRAL);
  return { op, path, kind, metadata, ...(scoring === undefined ? {} : { scoring }) };
}

function checkedScoring(path: string, scores: Partial<Scores>, rest: typeof NEUTRAL): typeof NEUTRAL {
  const scoring = scoringOf(scores, rest);
  if (!isScoring(scoring)) throw invalidScore(path, "scores");
  return scoring;
}

function invalidScore(path: string, field: string): ResourceChangeError {
  return new ResourceChangeError(`${field} of ${path}: expected numbers from 0 to 1`, { details: { path, field } });
}

function resourceOf(node: TreeNode): Resource {
  const { path, kind, parent, metadata, scoring, children, created, changed, hash, access } = node;
  return {
    path,
    kind,
    parent: parent?.path,
    metadata,
    scores: scoresOf(scoring),
    children: children.size,
    access,
    created: created < 0 ? undefined : created,
    changed: changed < 0 ? undefined : changed,
    hash: toHex(hash),
  };
}

function listBelow(nodes: ResourceNodes, path: string, depth = Number.POSITIVE_INFINITY): readonly Resource[] {
  const level = depthOf(checkPath(path));
  const listed: Resource[] = [];
  for (const node of nodes.below(path)) if (depthOf(node.path) - level <= depth) listed.push(resourceOf(node));
  return listed;
}

function statsOf(nodes: ResourceNodes, changed: number): ResourceStats {
  const kinds: Record<string, number> = {};
  let depth = 0;
  for (const { path, kind } of nodes.nodes()) {
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    depth = Math.max(depth, depthOf(path));
  }
  return { nodes: nodes.size, depth, kinds, root: toHex(nodes.root), changed };
}

function depthOf(path: string): number {
  return path === ROOT ? 0 : path.split("/").length - 1;
}

function rankedOf({ path, kind, scoring }: TreeNode): RankedResource {
  return { path, kind, composite: composite(scoring) / ONE, scores: scoresOf(scoring) };
}

function scoreOf(node: TreeNode): ResourceScore {
  const scorings = [...node.children.values()].map(({ scoring }) => scoring);
  const below = scorings.length === 0 ? node.scoring : aggregate(scorings);
  return { ...rankedOf(node), below: scoresOf(below), children: scorings.length };
}

async function readEvent({ chain }: OpenTree, sequence: number): Promise<StoredEvent> {
  await chain.flush();
  return await chain.get(sequence);
}

/** From the last event of a path each names the one before; without the node, the chain is asked for all. */
async function historyOf(tree: OpenTree, path: string, limit: number): Promise<readonly ResourceEvent[]> {
  const { chain, log } = tree;
  const node = log.nodes.find(path);
  if (path === ROOT || limit < 1) return [];
  await chain.flush();
  if (node === undefined) return await historyOfGone(tree, path, limit);
  const found: ResourceEvent[] = [];
  let next: number | undefined = node.changed;
  while (next !== undefined && next >= 0 && found.length < limit) {
    const event = resourceEvent(await chain.get(next), path);
    // A redacted event says nothing, also not which one was before it.
    if (event === undefined) break;
    found.push(event);
    next = beforeOf(event);
  }
  return found;
}

async function historyOfGone(
  { chain, featureKinds }: OpenTree,
  path: string,
  limit: number,
): Promise<readonly ResourceEvent[]> {
  const found: ResourceEvent[] = [];
  for (const kind of [...(isWithin(path, AGENTS) ? ["agent.*"] : featureKinds), "resource.*"]) {
    const ofKind: ResourceEvent[] = [];
    for await (const event of chain.query({ kind })) {
      const at = resourceEvent(event, path);
      if (at !== undefined) ofKind.push(at);
      if (ofKind.length > limit) ofKind.shift();
    }
    found.push(...ofKind);
  }
  return found.sort((a, b) => b.sequence - a.sequence).slice(0, limit);
}

function resourceEvent(event: StoredEvent, path: string): ResourceEvent | undefined {
  const record = isTreeKind(event.kind) ? readRecord(event.kind, event.payload) : undefined;
  const changes = record?.changes.filter((change) => change.path === path) ?? [];
  if (record === undefined || changes.length === 0) return undefined;
  const { sequence, time, kind } = event;
  return { sequence, time, kind, changes, root: record.root };
}

/** Follows parents upwards; of those that ended, the chain says what they were. */
async function lineageOf(tree: OpenTree, pid: number): Promise<readonly LineageStep[]> {
  const steps: LineageStep[] = [];
  for (let next = pid; next > 0; ) {
    const node = tree.log.nodes.find(agentPath(next));
    const metadata = node?.metadata ?? (await lastMetadata(tree, agentPath(next)));
    const lineage = readLineage(metadata);
    if (lineage === undefined) {
      if (steps.length > 0 || metadata !== undefined) break;
      throw new ResourceNotFoundError(`nothing is recorded of an agent with PID ${pid}`, {
        details: { path: `${AGENTS}/${pid}` },
      });
    }
    const name = nameIn(metadata);
    const { depth } = lineage;
    steps.push({ pid: next, name, depth, hash: lineageHash(next, name, lineage), lives: node !== undefined });
    // Depths go down, so that no record can lead in a circle.
    if (depth === 0 || depth >= (steps.at(-2)?.depth ?? Number.POSITIVE_INFINITY)) break;
    next = lineage.parent;
  }
  return steps;
}

async function lastMetadata(tree: OpenTree, path: string): Promise<JsonObject | undefined> {
  await tree.chain.flush();
  for (const { changes } of await historyOfGone(tree, path, MAX_LINEAGE_EVENTS)) {
    for (const change of changes) if (change.op === "create") return change.metadata;
  }
  return undefined;
}

function beforeOf({ changes }: ResourceEvent): number | undefined {
  const [first] = changes;
  return first === undefined || first.op === "create" ? undefined : first.before;
}

async function verifyTree(tree: OpenTree, signal: AbortSignal | undefined): Promise<ResourceVerification> {
  const { chain, log } = tree;
  const { last } = log;
  const root = toHex(log.nodes.root);
  await chain.flush();
  const fold = new TreeFold();
  for await (const event of chain.range(0, last + 1)) {
    signal?.throwIfAborted();
    fold.add(event);
  }
  const folded = toHex(fold.nodes.root);
  const faults = [...fold.found(), ...(await forgedDelegations(tree, fold.nodes))];
  return { valid: faults.length === 0 && folded === root, changes: fold.count, root, folded, faults };
}

/** Certificates that no key of the chain signed. */
async function forgedDelegations(tree: OpenTree, nodes: ResourceNodes): Promise<readonly TreeFault[]> {
  const certificates = [...(nodes.find(DELEGATIONS)?.children.values() ?? [])];
  if (certificates.length > 0) await knowKeys(tree);
  return certificates.flatMap(({ path, created }) => {
    const fault = tree.delegations.faultAt(nodes, path);
    return fault === undefined
      ? []
      : [{ sequence: created, reason: `${path} is no certificate of this node: ${fault}` }];
  });
}

/** What a reader is shown of a node. */
export function resourceJson({ parent, created, changed, scores, access, ...node }: Resource): JsonObject {
  return {
    ...node,
    access: access.map(entryJson),
    parent: parent ?? null,
    scores: { ...scores },
    created: created ?? null,
    changed: changed ?? null,
  };
}
