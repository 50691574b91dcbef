// Builds the tree from stored events, and checks after each that the root is the one it recorded. An event whose payload was
// redacted cannot be folded: if the tree does not fit afterwards, it stands still until an event that begins it anew.
import { toHex } from "@weftos/crypto";
import type { StoredEvent } from "../reader/stored-event.ts";
import { EndedAgents, lineageFault } from "./lineage.ts";
import { ResourceNodes } from "./resource-nodes.ts";
import { readRecord } from "./tree-change.ts";
import { isTreeKind } from "./tree-kinds.ts";

const MAX_FAULTS = 100;

/** Where events and tree do not fit. */
export interface TreeFault {
  readonly sequence: number;
  readonly reason: string;
}

export class TreeFold {
  nodes: ResourceNodes;
  /** Events that were read. */
  size: number;
  /** Sequence of the last event that changed the tree; -1 before there is one. */
  last: number;
  /** Events that changed the tree. */
  count = 0;
  /** The first faults. */
  readonly faults: TreeFault[] = [];
  faultCount = 0;
  /** What the last fault was. */
  lastFault = "";
  /** Whether it began with the first event, so that all agents that ever ended were seen to end. */
  readonly #complete: boolean;
  readonly #ended = new EndedAgents();
  #standsStill = false;
  #unread: number | undefined;

  constructor(nodes: ResourceNodes = new ResourceNodes(), size = 0, last = -1) {
    this.nodes = nodes;
    this.size = size;
    this.last = last;
    this.#complete = size === 0;
  }

  /** Whether the nodes are those of the last event that was read. */
  get sound(): boolean {
    return !this.#standsStill && this.#unread === undefined;
  }

  /** The first faults, and the redacted event that keeps the nodes from being known. */
  found(): readonly TreeFault[] {
    if (this.#unread === undefined || this.#standsStill) return this.faults;
    return [...this.faults, { sequence: this.#unread, reason: "its payload is redacted" }];
  }

  /** Whether every event before was folded or faulty: none was redacted. */
  get known(): boolean {
    return this.#unread === undefined;
  }

  /** Takes the next event. */
  add(event: Pick<StoredEvent, "sequence" | "kind" | "payload" | "redacted">): void {
    const { sequence, kind, payload, redacted } = event;
    this.size = sequence + 1;
    if (redacted && isTreeKind(kind)) {
      this.#unread ??= sequence;
      return;
    }
    try {
      const record = readRecord(kind, payload);
      if (record === undefined) return;
      this.count += 1;
      if (record.reset === true) this.#reset();
      if (this.#standsStill) return;
      const lineage = lineageFault(
        record.changes,
        this.nodes,
        this.#ended,
        this.#complete && this.#unread === undefined,
      );
      if (lineage !== undefined) {
        this.#fault(sequence, lineage);
        return;
      }
      const undo = this.nodes.apply(record.changes);
      if (toHex(this.nodes.root) !== record.root) {
        undo();
        this.#fault(sequence, `the root is not ${record.root.slice(0, 16)}… after its changes`);
        return;
      }
      this.nodes.stamp(record.changes, sequence);
      this.last = sequence;
      this.#unread = undefined;
    } catch (error) {
      this.#fault(sequence, error instanceof Error ? error.message : "unreadable");
    }
  }

  #reset(): void {
    this.nodes = new ResourceNodes();
    this.#standsStill = false;
    this.#unread = undefined;
  }

  #fault(sequence: number, reason: string): void {
    const why = this.#unread === undefined ? reason : `${reason}; event ${this.#unread} before it is redacted`;
    this.faultCount += 1;
    this.lastFault = why;
    if (this.faults.length < MAX_FAULTS) this.faults.push({ sequence, reason: why });
    this.#standsStill = true;
  }
}
