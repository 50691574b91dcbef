// What must change so that the tree shows what this kernel is made of: standard namespaces, the nodes that features keep, and
// no agent of a kernel that is gone. Nothing to change means no event, so a boot like the one before records nothing.
import { encodeCanonical, equalBytes } from "@weftos/crypto";
import type { JsonObject, JsonValue, ResourceKind, ResourceSource } from "@weftos/interface";
import type { ResourceNodes } from "./resource-nodes.ts";
import { checkPath, isWithin, parentOf, ROOT } from "./resource-path.ts";
import { AGENTS, isStanding, NAMESPACES } from "./standard-nodes.ts";
import { checkKind, checkMetadata, type TreeChange } from "./tree-change.ts";

/** Field of the metadata that names the feature whose node it is. */
export const OWNER = "owner";

interface Wanted {
  readonly kind: ResourceKind;
  readonly metadata: JsonObject;
}

/** Gives the changes, removals first, parents before children. @throws `TREE_*` for a node that cannot be */
export function reconciliation(nodes: ResourceNodes, sources: readonly ResourceSource[]): readonly TreeChange[] {
  const wanted = wantedNodes(sources);
  const gone = goneNodes(nodes, wanted, lastingOf(sources));
  const changes: TreeChange[] = gone.map((path) => ({ op: "remove", path }));
  const removed = new Set(gone);
  for (const [path, { kind, metadata }] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const node = removed.has(path) ? undefined : nodes.find(path);
    if (node === undefined) changes.push({ op: "create", path, kind, metadata });
    // A node that somebody else made there keeps what it says.
    else if (node.metadata[OWNER] !== undefined && !sameJson(node.metadata, metadata)) {
      const dropped = Object.keys(node.metadata).filter((name) => !(name in metadata));
      const patch = { ...Object.fromEntries(dropped.map((name) => [name, null])), ...metadata };
      changes.push({ op: "update", path, metadata: patch });
    }
  }
  return changes;
}

function wantedNodes(sources: readonly ResourceSource[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const path of NAMESPACES) wanted.set(path, { kind: "namespace", metadata: {} });
  const owned = sources.flatMap(({ owner, resources }) =>
    resources().map(({ path, kind, metadata }) => ({ owner, path: checkPath(path), kind, metadata })),
  );
  for (const { owner, path, kind, metadata } of owned) {
    if (isStanding(path)) continue;
    wanted.set(path, {
      kind: checkKind(path, kind),
      metadata: checkMetadata(path, { ...metadata, [OWNER]: owner }),
    });
  }
  for (const { owner, path } of owned) {
    for (let above = parentOf(path); above !== ROOT && !wanted.has(above); above = parentOf(above)) {
      wanted.set(above, { kind: "namespace", metadata: { [OWNER]: owner } });
    }
  }
  return wanted;
}

/** Agents, and nodes of features that no longer list them, children first; what somebody put below one keeps it. */
function goneNodes(
  nodes: ResourceNodes,
  wanted: ReadonlyMap<string, Wanted>,
  lasting: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const gone = new Set<string>();
  for (const node of [...nodes.nodes()].reverse()) {
    const { path, kind, metadata, children } = node;
    const keeps = wanted.get(path)?.kind === kind;
    const ours = metadata[OWNER] !== undefined || (kind === "agent" && parentOf(path) === AGENTS);
    if (keeps || !ours) continue;
    if (wanted.get(path) === undefined && staysFor(metadata[OWNER], path, lasting)) continue;
    if ([...children.values()].every((child) => gone.has(child.path))) gone.add(path);
  }
  return [...gone];
}

/** Where nodes stay that the events of a feature made, by the feature. */
function lastingOf(sources: readonly ResourceSource[]): ReadonlyMap<string, readonly string[]> {
  const lasting = new Map<string, readonly string[]>();
  for (const { owner, lasting: paths = [] } of sources) lasting.set(owner, [...(lasting.get(owner) ?? []), ...paths]);
  return lasting;
}

function staysFor(
  owner: JsonValue | undefined,
  path: string,
  lasting: ReadonlyMap<string, readonly string[]>,
): boolean {
  return typeof owner === "string" && (lasting.get(owner) ?? []).some((above) => isWithin(path, above));
}

/** Tells whether two objects are the same JSON. */
export function sameJson(a: JsonObject, b: JsonObject): boolean {
  return equalBytes(encodeCanonical(a), encodeCanonical(b));
}
