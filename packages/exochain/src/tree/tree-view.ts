// Answers questions about the tree, and asks the guard before it changes it.
import { toHex } from "@weftos/crypto";
import type { JsonObject, JsonValue, Subject } from "@weftos/interface";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { OpenTree } from "./open-tree.ts";
import { OWNER } from "./reconcile.ts";
import { ResourceChangeError, ResourceProtectedError } from "./resource-errors.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import { checkPath, isWithin, ROOT } from "./resource-path.ts";
import { proveNode } from "./resource-proof.ts";
import type {
  ChangeGuard,
  RankedResource,
  Resource,
  ResourceChange,
  ResourceEvent,
  ResourceScore,
  ResourceStats,
  Resources,
  ResourceVerification,
} from "./resources.ts";
import { aggregate, blend, composite, isScoring, NEUTRAL, ONE, type Scores, scoresOf, scoringOf } from "./scoring.ts";
import { AGENTS, isStanding } from "./standard-nodes.ts";
import { CHANGE, readChanges, readRecord, TREE_KINDS, type TreeChange } from "./tree-change.ts";
import { TreeFold } from "./tree-fold.ts";
import type { TreeNode } from "./tree-node.ts";

const kernel: Subject = { kind: "kernel", id: "0" };
const MAX_RANKED = 1000;
const DEFAULT_HISTORY = 100;

/** Makes the tree's interface. `tree` gives the open one, or throws. */
export function resources(tree: () => OpenTree, guard: ChangeGuard): Resources {
  const nodes = (): ResourceNodes => tree().log.nodes;
  return {
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
          summary: (made: readonly TreeChange[]) => ({ changes: made as unknown as JsonValue }),
        },
        () => {
          tree().log.catchUp();
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
  const { path, kind, parent, metadata, scoring, children, created, changed, hash } = node;
  return {
    path,
    kind,
    parent: parent?.path,
    metadata,
    scores: scoresOf(scoring),
    children: children.size,
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

async function historyOfGone({ chain }: OpenTree, path: string, limit: number): Promise<readonly ResourceEvent[]> {
  const found: ResourceEvent[] = [];
  for (const kind of isWithin(path, AGENTS) ? ["agent.*", "resource.*"] : ["resource.*"]) {
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
  const record = TREE_KINDS.has(event.kind) ? readRecord(event.kind, event.payload) : undefined;
  const changes = record?.changes.filter((change) => change.path === path) ?? [];
  if (record === undefined || changes.length === 0) return undefined;
  const { sequence, time, kind } = event;
  return { sequence, time, kind, changes, root: record.root };
}

function beforeOf({ changes }: ResourceEvent): number | undefined {
  const [first] = changes;
  return first === undefined || first.op === "create" ? undefined : first.before;
}

async function verifyTree({ chain, log }: OpenTree, signal: AbortSignal | undefined): Promise<ResourceVerification> {
  const { last } = log;
  const root = toHex(log.nodes.root);
  await chain.flush();
  const fold = new TreeFold();
  for await (const event of chain.range(0, last + 1)) {
    signal?.throwIfAborted();
    fold.add(event);
  }
  const folded = toHex(fold.nodes.root);
  const faults = fold.found();
  return { valid: faults.length === 0 && folded === root, changes: fold.count, root, folded, faults };
}

/** What a reader is shown of a node. */
export function resourceJson({ parent, created, changed, scores, ...node }: Resource): JsonObject {
  return { ...node, parent: parent ?? null, scores: { ...scores }, created: created ?? null, changed: changed ?? null };
}
