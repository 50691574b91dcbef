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

/**
 * Says which nodes of the resource tree belong to a feature.
 *
 * *When called*: once, when the tree is opened, before the feature starts. *Errors*: none. *Rules*: the answer follows from what
 * the feature was created with; what it listed at an earlier boot and no longer lists is removed from the tree.
 */
export interface ResourceSource {
  /** Name of the feature. */
  readonly owner: string;
  resources(): readonly OwnResource[];
}

export const resourceSources: Port<ResourceSource, "many"> = { name: "ResourceSources", arity: "many" };
