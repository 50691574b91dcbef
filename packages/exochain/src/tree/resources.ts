// The resource tree as `kernel.exochain.tree` gives it: questions answered from memory, histories read from the chain, and
// changes made through the guard.
import type { Clock, Guard, JsonObject, ResourceKind, Subject } from "@weftos/interface";
import type { ChainSigner } from "../keys/chain-signer.ts";
import type { AccessDecision } from "./access-decision.ts";
import type { AccessEntry, Permission } from "./access-entry.ts";
import type { Delegation } from "./delegation.ts";
import type { DelegationFault } from "./delegation-fault.ts";
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
  /** Its access list, sorted. */
  readonly access: readonly AccessEntry[];
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

/** Who asks for a change, and under what. */
export interface ResourceAsk {
  /** @defaultValue the kernel */
  readonly by?: Subject | undefined;
  /** Id of an approval granted for exactly this. */
  readonly approval?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An entry, and the node whose list it is in. */
export interface InheritedEntry {
  readonly at: string;
  readonly entry: AccessEntry;
}

/** What a certificate shall say. */
export interface DelegationWish {
  readonly path: string;
  /** Who receives: `principal:…`, `agent:…`, `pid:…` or `node:…`. */
  readonly to: string;
  readonly permissions: readonly Permission[];
  /** Milliseconds UTC. This or `forMs` is given. */
  readonly expiresAt?: number | undefined;
  /** How long it holds from its signature on, in milliseconds: the same call again wishes the same. */
  readonly forMs?: number | undefined;
  /** How many certificates may stand below it, one under the other: 0 to 7. @defaultValue 0 */
  readonly further?: number | undefined;
  /** Id of the certificate to pass on from. @defaultValue what the grantor may itself */
  readonly under?: string | undefined;
}

/** A certificate, and how it stands. */
export interface DelegationState {
  readonly certificate: Delegation;
  /** Why it does not hold; undefined when it does. */
  readonly fault: DelegationFault | undefined;
  readonly revokedAt: number | undefined;
  readonly revokedBy: string | undefined;
}

/** An agent in a line of descent. */
export interface LineageStep {
  readonly pid: number;
  readonly name: string;
  readonly depth: number;
  /** Hash of its lineage, which its children name; lower-case hex. */
  readonly hash: string;
  /** Whether its node is in the tree. */
  readonly lives: boolean;
}

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
  /**
   * Tells whether somebody may do something with a resource: by the access lists of the node and those above it, of which a deny
   * wins wherever it stands, then by certificates of delegation; no, when nothing allows it. The kernel may all.
   *
   * @throws `TREE_PATH_INVALID`
   */
  allows(subject: Subject, path: string, permission: Permission): boolean;
  /** As `allows`, with what the answer rests on. @throws `TREE_PATH_INVALID` */
  decide(subject: Subject, path: string, permission: Permission): AccessDecision;
  /** Gives the entries that hold at a path, its own first, then those it inherits. @throws `TREE_NOT_FOUND` */
  access(path: string): readonly InheritedEntry[];
  /**
   * Changes the access list of a node, as the action `resource.acl`: `remove` first, then `add`. Asked by others than the kernel
   * and principals of role `admin`, they must hold the permission `admin` there.
   *
   * @throws `TREE_ACCESS_DENIED`, `TREE_*`, and what the guard raises
   */
  changeAccess(
    path: string,
    change: { readonly add?: readonly AccessEntry[]; readonly remove?: readonly AccessEntry[] },
    ask?: ResourceAsk,
  ): Promise<{ readonly root: string }>;
  /**
   * Signs a certificate that passes permissions on, as the action `resource.delegate`. Who asks must hold them, or be who
   * received the certificate `under`, which is only narrowed.
   *
   * @throws `TREE_ACCESS_DENIED`, `TREE_DELEGATION_INVALID`, `TREE_*`, `CHAIN_KEYS`, and what the guard raises
   */
  delegate(wish: DelegationWish, ask?: ResourceAsk): Promise<Delegation>;
  /** Gives the certificates that have not expired long ago, newest first. */
  delegations(): readonly DelegationState[];
  /** Gives a certificate and all it stands under, for who verifies them elsewhere with `delegationFault`. @throws `TREE_NOT_FOUND` */
  delegation(id: string): readonly Delegation[];
  /**
   * Revokes a certificate, and with it all that stand under it, as the action `resource.revoke`. The kernel, principals of role
   * `admin`, and the grantors of it and of those above it may.
   *
   * @throws `TREE_NOT_FOUND`, `TREE_ACCESS_DENIED`, and what the guard raises
   */
  revoke(id: string, ask?: ResourceAsk): Promise<{ readonly id: string; readonly below: number }>;
  /** Gives an agent and those it descends from, itself first. @throws `TREE_NOT_FOUND` when no agent was ever there */
  lineage(pid: number): Promise<readonly LineageStep[]>;
}

/** What changes need besides the tree. */
export interface ResourceDeps {
  readonly guard: Pick<Guard, "perform">;
  readonly clock: Pick<Clock, "now">;
  /** Gives the node's keys as they are now. */
  readonly signer: () => Promise<ChainSigner>;
}
