// The audit log with the tree behind it: an event that changes the tree gets its changes and the new root into its payload at
// the moment it gets its sequence, so that the order of roots is that of events. What is not recorded is taken back.
import type { AuditEvent, AuditReceipt, JsonObject, JsonValue } from "@weftos/interface";
import { ChainEventInvalidError } from "../error/chain-errors.ts";
import { AgentChanges } from "./agent-changes.ts";
import { pieces } from "./change-pieces.ts";
import { OWNER } from "./reconcile.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import type { SourceChanges } from "./source-changes.ts";
import { changeJson, MAX_CHANGES, readChanges, recordJson, type TreeChange } from "./tree-change.ts";
import { ASKED_KINDS, isTreeKind, RECONCILE } from "./tree-kinds.ts";

/** Owed removals that go with one change: a change that the log refuses is taken back with them. */
const MAX_OWED = 50;

interface Pending {
  /** What is written together is durable by one promise. */
  readonly durable: Promise<void>;
  readonly undo: () => void;
  readonly last: number;
  readonly changes: readonly TreeChange[];
  readonly reconciliation: Reconciliation | undefined;
}

/** What brings the tree in line with what there is. */
interface Reconciliation {
  readonly reason: string;
  readonly changes: readonly TreeChange[];
  readonly reset: boolean;
}

export class TreeLog {
  readonly nodes: ResourceNodes;
  readonly #write: (event: AuditEvent) => AuditReceipt;
  readonly #agents = new AgentChanges();
  readonly #sources: Pick<SourceChanges, "of" | "missing">;
  /** Changes that are not on disk yet, oldest first. */
  #pending: Pending[] = [];
  /** Agents, and what features keep, that ended while nothing could be recorded: their nodes go with the next change. */
  readonly #owed = new Set<string>();
  /** What an opening found, and what was lost of it: it comes before the next change. */
  #lost: Reconciliation[] = [];
  #last: number;

  /** @param last - sequence of the last event that changed the tree, -1 before there is one */
  constructor(
    nodes: ResourceNodes,
    last: number,
    write: (event: AuditEvent) => AuditReceipt,
    sources: Pick<SourceChanges, "of" | "missing"> = { of: () => [], missing: () => [] },
  ) {
    this.nodes = nodes;
    this.#last = last;
    this.#write = write;
    this.#sources = sources;
  }

  /** Sequence of the last event that changed the tree, on disk or not; -1 before there is one. */
  get last(): number {
    return this.#last;
  }

  /** Whether all changes are on disk. */
  get settled(): boolean {
    return this.#pending.length === 0;
  }

  /** Appends an event, with what it changes in the tree. @throws what the log throws, and `TREE_*` of a change */
  append(event: AuditEvent): AuditReceipt {
    const { kind, payload } = event;
    if (!isTreeKind(kind)) return this.#write(event);
    if ("tree" in payload || kind === RECONCILE) {
      throw new ChainEventInvalidError(`what ${kind} changes in the tree is not the caller's to write`, {
        details: { field: "payload" },
      });
    }
    this.catchUp();
    if (!ASKED_KINDS.has(kind)) {
      const agents = kind.startsWith("agent.");
      const own = agents ? this.#agents.of(kind, payload, this.nodes) : this.#sources.of(event, this.nodes);
      return own.length === 0 ? this.#write(event) : this.#record(once(event), own);
    }
    const proposed = proposedBy(payload);
    if (proposed === undefined) return this.#write(event);
    const changes = readChanges(proposed);
    const result = { ...(payload.result as JsonObject), changes: changes.length };
    return this.#record(once({ ...event, payload: { ...payload, result } }), changes);
  }

  /** Brings the tree in line with what there is. */
  reconcile(reason: string, changes: readonly TreeChange[], reset: boolean): AuditReceipt {
    const event = { source: "exochain", kind: RECONCILE, actor: { pid: 0 }, payload: { reason } };
    return this.#record(event, changes, { reason, changes, reset });
  }

  /** Notes what the opening found: it is made before the next change, or when somebody asks for the tree. */
  defer(reason: string, changes: readonly TreeChange[], reset: boolean): void {
    this.#lost.push({ reason, changes, reset });
  }

  /** Makes the nodes that features have and no event of this chain made. @throws what the log throws */
  complete(): void {
    for (const changes of pieces(this.#sources.missing(this.nodes))) this.reconcile("missing", changes, false);
  }

  /** Makes the changes of an opening that were not made yet, or were lost. @throws what the log throws */
  catchUp(): void {
    for (let next = this.#lost[0]; next !== undefined; next = this.#lost[0]) {
      this.reconcile(next.reason, next.changes, next.reset);
      this.#lost.shift();
    }
  }

  #record(event: AuditEvent, own: readonly TreeChange[], reconciliation?: Reconciliation): AuditReceipt {
    if (own.length === 0) return this.#write(event);
    const changes = this.#owed.size === 0 ? own : [...this.#removals(own), ...own];
    const said = changes.map((change) => changeJson(change, this.#before(change)));
    const undo = this.nodes.apply(changes);
    let receipt: AuditReceipt;
    try {
      const tree = recordJson(this.nodes.root, said, reconciliation?.reset === true);
      receipt = this.#write({ ...event, payload: { ...event.payload, tree } });
    } catch (error) {
      undo();
      this.#agents.lost(own);
      this.#owe(own);
      throw error;
    }
    const { sequence } = receipt;
    this.nodes.stamp(changes, sequence);
    for (const { path } of changes) this.#owed.delete(path);
    const { durable } = receipt;
    const told = this.#pending.at(-1)?.durable === durable;
    this.#pending.push({ durable, undo, last: this.#last, changes, reconciliation });
    this.#last = sequence;
    if (!told) {
      durable.then(
        () => this.#settle(durable),
        () => this.#takeBack(),
      );
    }
    return receipt;
  }

  /** Sequence of the event that last changed what is changed now; undefined where none did. */
  #before({ op, path }: TreeChange): number | undefined {
    const changed = op === "create" ? undefined : this.nodes.find(path)?.changed;
    // No event made the root.
    return changed !== undefined && changed >= 0 ? changed : undefined;
  }

  /** The first nodes that are owed a removal, but those that are changed anyway, or have children. */
  #removals(own: readonly TreeChange[]): readonly TreeChange[] {
    const touched = new Set(own.map(({ path }) => path));
    const removals: TreeChange[] = [];
    const most = Math.min(MAX_OWED, MAX_CHANGES - own.length);
    for (const path of this.#owed) {
      if (removals.length >= most) break;
      const node = this.nodes.find(path);
      if (node === undefined) this.#owed.delete(path);
      else if (!touched.has(path) && node.children.size === 0) removals.push({ op: "remove", path });
    }
    return removals;
  }

  /** What is durable makes all before it durable. */
  #settle(durable: Promise<void>): void {
    const last = this.#pending.findLastIndex((pending) => pending.durable === durable);
    if (last >= 0) this.#pending = this.#pending.slice(last + 1);
  }

  /** A write that fails takes everything that waits with it, and nothing is appended before this is known. */
  #takeBack(): void {
    for (let lost = this.#pending.pop(); lost !== undefined; lost = this.#pending.pop()) {
      lost.undo();
      this.#last = lost.last;
      this.#agents.lost(lost.changes);
      if (lost.reconciliation === undefined) this.#owe(lost.changes);
      else this.#lost.unshift(lost.reconciliation);
    }
  }

  #owe(changes: readonly TreeChange[]): void {
    for (const { op, path } of changes) {
      const node = op === "remove" ? this.nodes.find(path) : undefined;
      if (node?.kind === "agent" || node?.metadata[OWNER] !== undefined) this.#owed.add(path);
    }
  }
}

/** A key would give the receipt of an earlier event, whose changes are not these. */
function once(event: AuditEvent): AuditEvent {
  if (event.idempotencyKey === undefined) return event;
  throw new ChainEventInvalidError(`${event.kind} changes the tree and takes no idempotency key`, {
    details: { field: "idempotencyKey" },
  });
}

function proposedBy({ outcome, result }: JsonObject): JsonValue | undefined {
  if (outcome !== "ok" || typeof result !== "object" || result === null || Array.isArray(result)) return undefined;
  return (result as JsonObject).changes;
}
