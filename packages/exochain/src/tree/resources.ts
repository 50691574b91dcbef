// The resource tree as `kernel.exochain.tree` gives it: questions answered from memory, histories read from the chain, and
// changes made through the guard.
import type { Guard, JsonObject, ResourceKind, Subject } from "@weftos/interface";
import type { ResourceProof } from "./resource-proof.ts";
import type { Scores } from "./scoring.ts";
import type { TreeChange } from "./tree-change.ts";
import type { TreeFault } from "./tree-fold.ts";

/** A node of the tree. */
export interface Resource {
  readonly path: string;
  readonly kind: ResourceKind;
  readonly parent: string | undefined;
  readonly metadata: JsonObject;
  readonly scores: Scores;
  readonly children: number;
  /** Sequence of the event that made it; undefined for the root. */
  readonly created: number | undefined;
  /** Sequence of the event that last changed it. */
  readonly changed: number | undefined;
  /** Its hash, which commits to all below it, lower-case hex. */
  readonly hash: string;
}

/** One event of a node's history. */
export interface ResourceEvent {
  readonly sequence: number;
  readonly time: number;
  readonly kind: string;
  /** What the event changed at this path. */
  readonly changes: readonly TreeChange[];
  /** Root after the event. */
  readonly root: string;
}

/** A node among others. */
export interface RankedResource {
  readonly path: string;
  readonly kind: ResourceKind;
  /** 0 to 1. */
  readonly composite: number;
  readonly scores: Scores;
}

/** The scores of a node, and of what is below it. */
export interface ResourceScore extends RankedResource {
  /** Mean of its children, weighted by their reward; its own scores when it has none. */
  readonly below: Scores;
  readonly children: number;
}

/** How the tree stands. */
export interface ResourceStats {
  readonly nodes: number;
  readonly depth: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly root: string;
  /** Sequence of the last event that changed it. */
  readonly changed: number;
}

/** What folding the chain from its first event gave. */
export interface ResourceVerification {
  /** Whether every event left the root it recorded, and the last one that of the tree in memory. */
  readonly valid: boolean;
  /** Events that changed the tree. */
  readonly changes: number;
  readonly root: string;
  readonly folded: string;
  readonly faults: readonly TreeFault[];
}

/** A wish to change the tree. */
export type ResourceChange =
  | {
      readonly op: "create";
      readonly path: string;
      readonly kind: ResourceKind;
      readonly metadata?: JsonObject | undefined;
      readonly scores?: Partial<Scores> | undefined;
    }
  | { readonly op: "remove"; readonly path: string }
  /** Sets fields; null removes one. */
  | { readonly op: "update"; readonly path: string; readonly metadata: JsonObject }
  /** Moves scores towards what was observed; `weight` 0 (nothing) to 1 (replaces them). */
  | { readonly op: "score"; readonly path: string; readonly observed: Partial<Scores>; readonly weight: number };

/** `kernel.exochain.tree`. */
export interface Resources {
  /** Root of the tree, lower-case hex. */
  readonly root: string;
  find(path: string): Resource | undefined;
  /**
   * Gives the nodes at and below a path, each before its children.
   *
   * @param depth - how many levels below @defaultValue all
   * @throws `TREE_NOT_FOUND`, `TREE_PATH_INVALID`
   */
  list(path?: string, depth?: number): readonly Resource[];
  /** Gives the events that changed a path, also of a node that is gone, newest first. @defaultValue the last 100 */
  history(path: string, options?: { readonly limit?: number | undefined }): Promise<readonly ResourceEvent[]>;
  /** Gives what one event changed. @throws `CHAIN_EVENT_NOT_FOUND` */
  changesOf(sequence: number): Promise<readonly TreeChange[]>;
  stats(): ResourceStats;
  /** @throws `TREE_NOT_FOUND` */
  score(path: string): ResourceScore;
  /** Gives the nodes with the highest composite score first. */
  rank(options?: {
    readonly under?: string | undefined;
    readonly kind?: ResourceKind | undefined;
    readonly limit?: number | undefined;
  }): readonly RankedResource[];
  /** Proves that a node is in the tree. @throws `TREE_NOT_FOUND` */
  prove(path: string): ResourceProof;
  /** Folds the chain from its first event and compares. */
  verify(options?: { readonly signal?: AbortSignal | undefined }): Promise<ResourceVerification>;
  /**
   * Makes changes, all or none, in one event, as the action `resource.change`.
   *
   * @param by - who asks @defaultValue the kernel
   * @returns the root after them
   * @throws `TREE_*`, and what the guard raises
   */
  change(changes: readonly ResourceChange[], by?: Subject): Promise<{ readonly root: string }>;
}

/** The guard, as far as changes need it. */
export type ChangeGuard = Pick<Guard, "perform">;
