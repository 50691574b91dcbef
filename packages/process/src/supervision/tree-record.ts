/**
 * What the journal holds of a supervisor whose agents are all modules: its specification as it is now, children that were taken out
 * since left out, replicas as they were scaled. Children that were added stand in the journal for themselves. A supervisor that its own
 * supervisor starts again begins with the specification it was made from, and so does its record.
 */
import type { JsonObject, JsonValue, SupervisorSpec } from "@weftos/interface";
import type { JournalEntry } from "../table/journal-record.ts";
import { specFromJson, specToJson } from "./spec-json.ts";
import type { CheckedSupervisor } from "./supervisor-spec.ts";

/** Stands where an agent has its module. */
export const TREE = "weftos:supervisor";

type Kept = Record<string, JsonValue>;

export class TreeRecord {
  readonly #document: Kept;
  readonly #children: readonly JsonValue[];
  readonly #changed: () => void;

  /** @param changed - called when the record is not what it was */
  constructor(document: JsonObject, changed: () => void) {
    this.#document = document;
    this.#children = structuredClone(childrenOf(document));
    this.#changed = changed;
  }

  /** What another kernel needs to start the tree again. */
  get recovery(): NonNullable<JournalEntry["recovery"]> {
    return { module: TREE, options: structuredClone(this.#document) };
  }

  /** The record of a supervisor below, by its id. */
  below(id: string): TreeRecord | undefined {
    const found = this.#find(id)?.supervisor;
    return typeof found === "object" && found !== null ? new TreeRecord(found as JsonObject, this.#changed) : undefined;
  }

  /** A child, or one replica of it, was taken out. */
  removed(id: string, replicaOf: string | undefined): void {
    const replicated = replicaOf === undefined ? undefined : this.#find(replicaOf);
    if (replicated !== undefined) replicated.replicas = Math.max(0, Number(replicated.replicas) - 1);
    else if (this.#find(id) === undefined) return;
    else this.#document.children = childrenOf(this.#document).filter((child) => !isNamed(child, id));
    this.#changed();
  }

  scaled(id: string, replicas: number): void {
    const found = this.#find(id);
    if (found === undefined) return;
    found.replicas = replicas;
    this.#changed();
  }

  /** The supervisor begins anew. */
  reset(): void {
    this.#document.children = structuredClone(this.#children) as JsonValue[];
    this.#changed();
  }

  #find(id: string): Kept | undefined {
    return childrenOf(this.#document).find((child) => isNamed(child, id)) as Kept | undefined;
  }
}

/** Gives what to keep of a supervisor, each child with its id; undefined when an agent in it is a closure. */
export function recordedSpec(given: SupervisorSpec, checked: CheckedSupervisor): JsonObject | undefined {
  const document = specToJson(given);
  return document === undefined ? undefined : named(document, checked);
}

/** Gives the specification that the journal holds, unchecked. */
export function treeOf({ options }: NonNullable<JournalEntry["recovery"]>): unknown {
  return specFromJson(options);
}

function named(document: JsonObject, { ids, members }: CheckedSupervisor): JsonObject {
  const children = childrenOf(document).map((child, index) => {
    const id = ids[index] ?? "";
    const { what } = members.find((member) => member.id === id) ?? {};
    const kept: JsonObject = { ...(child as JsonObject), id };
    if (what?.kind !== "supervisor") return kept;
    return { ...kept, supervisor: named(kept.supervisor as JsonObject, what.spec) };
  });
  return { ...document, children };
}

function childrenOf({ children }: JsonObject): readonly JsonValue[] {
  return Array.isArray(children) ? children : [];
}

function isNamed(child: JsonValue, id: string): boolean {
  return typeof child === "object" && child !== null && "id" in child && child.id === id;
}
