// What an event says of the tree: its changes in order, and the root after them. These are the fields that the chain commits
// to; a reader that folds them gets the tree.
import { encodeCanonical, toHex } from "@weftos/crypto";
import type { JsonObject, JsonValue, ResourceKind } from "@weftos/interface";
import { type AccessEntry, readEntries } from "./access-entry.ts";
import { ResourceChangeError } from "./resource-errors.ts";
import { checkPath } from "./resource-path.ts";
import { isScoring, type Scoring } from "./scoring.ts";
import { isKind } from "./standard-nodes.ts";
import { isTreeKind, misplaced } from "./tree-kinds.ts";
import { entryJson } from "./tree-node.ts";

/** One change. `before`: sequence of the event that last changed the node. */
export type TreeChange =
  | {
      readonly op: "create";
      readonly path: string;
      readonly kind: ResourceKind;
      readonly metadata: JsonObject;
      readonly scoring?: Scoring;
    }
  | { readonly op: "remove"; readonly path: string; readonly before?: number }
  | { readonly op: "update"; readonly path: string; readonly metadata: JsonObject; readonly before?: number }
  | { readonly op: "score"; readonly path: string; readonly scoring: Scoring; readonly before?: number }
  /** Changes the access list: `remove` first, then `add`; an entry that is not there, or there already, changes nothing. */
  | {
      readonly op: "acl";
      readonly path: string;
      readonly add: readonly AccessEntry[];
      readonly remove: readonly AccessEntry[];
      readonly before?: number;
    };

/** `tree` of an event's payload. */
export interface TreeRecord {
  /** Root after the changes, lower-case hex. */
  readonly root: string;
  readonly changes: readonly TreeChange[];
  /** The tree begins anew with this event: what came before could not be read. */
  readonly reset?: true;
}

export const MAX_CHANGES = 500;
const MAX_METADATA_BYTES = 4096;
const MAX_METADATA_KEYS = 64;

/** Gives a change the form of a payload, without what is not said. It may be the change itself. */
export function changeJson(change: TreeChange, before: number | undefined): JsonObject {
  const said = change.op === "acl" ? aclJson(change) : (change as JsonObject);
  return before === undefined ? said : { ...said, before };
}

function aclJson({ op, path, add, remove }: Extract<TreeChange, { op: "acl" }>): JsonObject {
  return { op, path, add: add.map(entryJson), remove: remove.map(entryJson) };
}

/** Makes `tree` of a payload. */
export function recordJson(root: Uint8Array, changes: readonly JsonObject[], reset: boolean): JsonObject {
  return { root: toHex(root), changes, ...(reset ? { reset } : {}) };
}

/**
 * Reads `tree` of a payload.
 *
 * @returns undefined when the event says nothing of the tree
 * @throws `TREE_CHANGE_INVALID`, `TREE_PATH_INVALID` when what it says is no record
 */
export function readRecord(kind: string, payload: JsonObject | undefined): TreeRecord | undefined {
  const tree = payload?.tree;
  if (tree === undefined || !isTreeKind(kind)) return undefined;
  if (!isObject(tree)) throw invalid("", "tree", "an object");
  const { root, changes, reset } = tree;
  if (typeof root !== "string" || !/^[0-9a-f]{64}$/.test(root)) throw invalid("", "root", "64 hex digits");
  if (reset !== undefined && reset !== true) throw invalid("", "reset", "true, or nothing");
  const read = readChanges(changes);
  for (const change of read) {
    const why = misplaced(kind, change);
    if (why !== undefined) throw invalid(change.path, "op", `a change that ${kind} makes: ${why}`);
  }
  return { root, changes: read, ...(reset === true ? { reset } : {}) };
}

/** Reads a list of changes. @throws `TREE_CHANGE_INVALID`, `TREE_PATH_INVALID` */
export function readChanges(value: JsonValue | undefined): readonly TreeChange[] {
  if (!Array.isArray(value) || value.length > MAX_CHANGES) {
    throw invalid("", "changes", `a list of at most ${MAX_CHANGES} changes`);
  }
  return value.map(readChange);
}

function readChange(value: JsonValue): TreeChange {
  if (!isObject(value) || typeof value.path !== "string") throw invalid("", "change", "an object with a path");
  const path = checkPath(value.path);
  const { op, kind, metadata, scoring, before } = value;
  const past = before === undefined ? {} : { before: sequenceOf(path, before) };
  switch (op) {
    case "create":
      return {
        op,
        path,
        kind: checkKind(path, kind),
        metadata: checkMetadata(path, metadata),
        ...(scoring === undefined ? {} : { scoring: checkScoring(path, scoring) }),
      };
    case "remove":
      return { op, path, ...past };
    case "update":
      return { op, path, metadata: checkPatch(path, metadata), ...past };
    case "score":
      return { op, path, scoring: checkScoring(path, scoring), ...past };
    case "acl":
      return { op, path, add: readEntries(path, value.add), remove: readEntries(path, value.remove), ...past };
    default:
      throw invalid(path, "op", "create, remove, update, score or acl");
  }
}

export function checkKind(path: string, kind: unknown): ResourceKind {
  if (typeof kind === "string" && isKind(kind)) return kind;
  throw invalid(path, "kind", "a standard kind, or custom: and a name of lower-case letters, digits and dashes");
}

/** Checks metadata: canonical, at most 64 fields and 4096 bytes, no null. */
export function checkMetadata(path: string, metadata: unknown): JsonObject {
  const checked = checkPatch(path, metadata);
  if (Object.values(checked).includes(null)) throw invalid(path, "metadata", "no null: leave the field out");
  return checked;
}

/** Checks fields to set, and with null to remove. */
function checkPatch(path: string, metadata: unknown): JsonObject {
  if (!isObject(metadata) || Object.keys(metadata).length > MAX_METADATA_KEYS) {
    throw invalid(path, "metadata", `an object of at most ${MAX_METADATA_KEYS} fields`);
  }
  let bytes: number;
  try {
    bytes = encodeCanonical(metadata).length;
  } catch (error) {
    throw invalid(path, "metadata", "JSON whose numbers are safe integers", error);
  }
  if (bytes > MAX_METADATA_BYTES) throw invalid(path, "metadata", `at most ${MAX_METADATA_BYTES} bytes, got ${bytes}`);
  return metadata;
}

function checkScoring(path: string, scoring: unknown): Scoring {
  if (isScoring(scoring)) return scoring;
  throw invalid(path, "scoring", "six whole numbers from 0 to 1 000 000");
}

function sequenceOf(path: string, before: JsonValue): number {
  if (typeof before === "number" && Number.isSafeInteger(before) && before >= 0) return before;
  throw invalid(path, "before", "the sequence of an event");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(path: string, field: string, expected: string, cause?: unknown): ResourceChangeError {
  const at = path === "" ? "" : ` of ${path}`;
  return new ResourceChangeError(`${field}${at}: expected ${expected}`, { details: { path, field }, cause });
}
