import type { Actor } from "../audit/audit-log.ts";
import type { Port } from "../feature/port.ts";
import type { JsonObject } from "../schema/json-value.ts";

/**
 * What a node of the resource tree stands for: one of the standard kinds, or `custom:` and a name of lower-case letters,
 * digits and dashes.
 */
export type ResourceKind =
  | "namespace"
  | "service"
  | "agent"
  | "device"
  | "topic"
  | "container"
  | "app"
  | "tool"
  | "environment"
  | `custom:${string}`;

/** A node that a feature keeps in the resource tree. */
export interface OwnResource {
  /** Absolute, such as `/kernel/tools/fs/stat`; parents that are missing become namespaces. */
  readonly path: string;
  readonly kind: ResourceKind;
  /** Facts about it; numbers are safe integers, no secret. */
  readonly metadata?: JsonObject | undefined;
}

/** What an event of a feature says of one of its nodes. */
export type OwnResourceChange =
  /** Makes the node, or gives it this kind and these facts; parents that are missing become namespaces. */
  | ({ readonly op: "put" } & OwnResource)
  /** Removes the node; one that has others below it stays. */
  | { readonly op: "remove"; readonly path: string };

/**
 * Says which nodes of the resource tree belong to a feature: those that stand while it is part of the kernel, and those that
 * come and go with its events. The event of the feature is that of the tree: nothing is recorded twice.
 *
 * *When called*: `resources` once, when the tree is opened, before the feature starts (its nodes are recorded soon after the boot); `changes` at each event of a kind in
 * `events`, before it is recorded. *Errors*: none; a `changes` that throws, or says what cannot be, is logged, and the event is
 * recorded without it. *Ordering*: synchronous, in the order of the events. *Rules*: `resources` follows from what the feature was
 * created with; what it listed at an earlier boot and no longer lists is removed, save what its events made at or below a path
 * of `lasting`. A feature reaches its own nodes alone. An outcome that is not `ok` is not asked about.
 */
export interface ResourceSource {
  /** Name of the feature. */
  readonly owner: string;
  resources(): readonly OwnResource[];
  /**
   * Kinds of its events that change its nodes: `app`, `container`, `cron`, `device`, `environment`, `peer`, `service`, `tool` or
   * `topic`, a dot, and `add`, `edit`, `enable`, `disable`, `remove`, `register`, `unregister`, `install`, `uninstall`, `update`,
   * `deploy` or `revoke`. @defaultValue none
   */
  readonly events?: readonly string[] | undefined;
  /** Says what an event changes. Needed with `events`. */
  changes?(event: {
    readonly kind: string;
    readonly actor: Actor;
    readonly payload: JsonObject;
  }): readonly OwnResourceChange[];
  /**
   * Lists what there is now of the nodes that its events make. Asked once when every feature has started, for a chain that does not
   * hold those events, such as the successor of a damaged one. @defaultValue none
   */
  existing?(): readonly OwnResource[];
  /** Paths at and below which the nodes that its events made stay from boot to boot, as long as it is part of the kernel. */
  readonly lasting?: readonly string[] | undefined;
}

export const resourceSources: Port<ResourceSource, "many"> = { name: "ResourceSources", arity: "many" };
