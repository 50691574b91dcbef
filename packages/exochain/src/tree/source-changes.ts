// What the events of features say of their nodes. A feature reaches its own nodes alone, and what it says that cannot be is
// left out: its event happened, whatever the tree makes of it.
import type { AuditEvent, JsonObject, Logger, OwnResource, OwnResourceChange, ResourceSource } from "@weftos/interface";
import { OWNER, sameJson } from "./reconcile.ts";
import { ResourceChangeError } from "./resource-errors.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import { checkPath, isWithin, parentOf, ROOT } from "./resource-path.ts";
import { AGENTS, DELEGATIONS, isStanding } from "./standard-nodes.ts";
import { checkKind, checkMetadata, type TreeChange } from "./tree-change.ts";
import { isFeatureKind, RECONCILE } from "./tree-kinds.ts";

export class SourceChanges {
  readonly #sources: readonly ResourceSource[];
  readonly #byKind = new Map<string, ResourceSource[]>();
  readonly #logger: Pick<Logger, "warn">;

  /** @throws `TREE_CHANGE_INVALID` when a source names a kind that is none of a feature's nodes */
  constructor(sources: readonly ResourceSource[], logger: Pick<Logger, "warn">) {
    this.#sources = sources;
    this.#logger = logger;
    for (const source of sources) {
      for (const kind of source.events ?? []) {
        if (!isFeatureKind(kind)) {
          const message = `events of ${source.owner}: ${kind} is no kind by which nodes of the tree come and go`;
          throw new ResourceChangeError(message, { details: { path: ROOT, field: "events" } });
        }
        const known = this.#byKind.get(kind);
        if (known === undefined) this.#byKind.set(kind, [source]);
        else known.push(source);
      }
    }
  }

  /** Gives the changes that an event stands for. */
  of(event: Pick<AuditEvent, "kind" | "actor" | "payload">, nodes: ResourceNodes): readonly TreeChange[] {
    const { outcome } = event.payload;
    if (outcome !== undefined && outcome !== "ok") return [];
    const sources = this.#byKind.get(event.kind) ?? [];
    return this.#plan(sources, (source) => source.changes?.(event) ?? [], nodes, event.kind);
  }

  /** Gives the changes that make the nodes which features have, and which no event of this chain made. */
  missing(nodes: ResourceNodes): readonly TreeChange[] {
    const changesOf = ({ existing }: ResourceSource): OwnResourceChange[] =>
      (existing?.() ?? []).map((resource) => ({ op: "put", ...resource }));
    return this.#plan(this.#sources, changesOf, nodes, RECONCILE);
  }

  #plan(
    sources: readonly ResourceSource[],
    changesOf: (source: ResourceSource) => readonly OwnResourceChange[],
    nodes: ResourceNodes,
    kind: string,
  ): readonly TreeChange[] {
    const all: TreeChange[] = [];
    const undos: (() => void)[] = [];
    for (const source of sources) {
      try {
        for (const change of changesOf(source)) {
          const changes = planned(source.owner, change, nodes);
          undos.push(nodes.apply(changes));
          all.push(...changes);
        }
      } catch (error) {
        this.#logger.warn("a feature does not change the resource tree as it says", {
          kind,
          owner: source.owner,
          reason: error instanceof Error ? error.message : "unreadable",
        });
      }
    }
    for (const undo of undos.reverse()) undo();
    return all;
  }
}

function planned(owner: string, change: OwnResourceChange, nodes: ResourceNodes): readonly TreeChange[] {
  const path = checkPath(change.path);
  const node = nodes.find(path);
  if (isStanding(path) || isWithin(path, AGENTS) || isWithin(path, DELEGATIONS)) throw foreign(path, owner);
  if (node !== undefined && node.metadata[OWNER] !== owner) throw foreign(path, owner);
  if (change.op === "remove") return node === undefined || node.children.size > 0 ? [] : [{ op: "remove", path }];
  const kind = checkKind(path, change.kind);
  const metadata = checkMetadata(path, { ...change.metadata, [OWNER]: owner });
  if (node === undefined) return [...missingAbove(owner, change, nodes), { op: "create", path, kind, metadata }];
  if (node.kind !== kind)
    return [
      { op: "remove", path },
      { op: "create", path, kind, metadata },
    ];
  return sameJson(node.metadata, metadata) ? [] : [{ op: "update", path, metadata: patchOf(node.metadata, metadata) }];
}

/** Gives the patch that makes one metadata of another. */
function patchOf(old: JsonObject, metadata: JsonObject): JsonObject {
  const dropped = Object.keys(old).filter((name) => !(name in metadata));
  return { ...Object.fromEntries(dropped.map((name) => [name, null])), ...metadata };
}

function missingAbove(owner: string, { path }: OwnResource, nodes: ResourceNodes): readonly TreeChange[] {
  const missing: TreeChange[] = [];
  for (let above = parentOf(path); nodes.find(above) === undefined; above = parentOf(above)) {
    missing.unshift({ op: "create", path: above, kind: "namespace", metadata: { [OWNER]: owner } });
  }
  return missing;
}

function foreign(path: string, owner: string): ResourceChangeError {
  return new ResourceChangeError(`${path} is no node that ${owner} keeps`, { details: { path, field: "path" } });
}
