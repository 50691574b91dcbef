/**
 * Reads the structure of a zod schema (both zod and zod/mini of version 4, by `_zod.def`), so that messages can say
 * what was expected and document keys can be matched. A schema of another library has no readable structure: every
 * function here then answers `undefined`, and the callers do with what Standard Schema gives.
 */

/** The definition of one schema: its `type` and what belongs to it, read defensively. */
export interface SchemaNode {
  readonly type: string;
  readonly def: Readonly<Record<string, unknown>>;
}

/** The keys of an object schema; `rest` is the schema of further keys, `undefined` when there may be none. */
export interface ObjectShape {
  readonly keys: ReadonlyMap<string, unknown>;
  readonly rest: unknown;
}

// The wrappers that leave the shape of the input as it is, with the property that holds the schema inside.
const WRAPPERS: Readonly<Record<string, string>> = {
  optional: "innerType",
  nullable: "innerType",
  default: "innerType",
  prefault: "innerType",
  nonoptional: "innerType",
  readonly: "innerType",
  catch: "innerType",
  success: "innerType",
  pipe: "in",
};

// A schema may refer to itself through `lazy`; nobody wraps deeper than this on purpose.
const MAX_WRAPPERS = 32;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Reads a schema's own node, wrappers included. */
export function nodeOf(schema: unknown): SchemaNode | undefined {
  if (!isRecord(schema) || !isRecord(schema._zod)) return undefined;
  const def = schema._zod.def;
  if (!isRecord(def) || typeof def.type !== "string") return undefined;
  return { type: def.type, def };
}

/** Reads a schema's node below optional, default, nullable, lazy and pipes. */
export function innerNodeOf(schema: unknown): SchemaNode | undefined {
  let inner = schema;
  let node = nodeOf(inner);
  for (let depth = 0; node !== undefined && depth < MAX_WRAPPERS; depth++) {
    const wrapper = WRAPPERS[node.type];
    if (wrapper !== undefined) inner = node.def[wrapper];
    else if (node.type === "lazy") inner = lazySchemaOf(inner);
    else return node;
    node = nodeOf(inner);
  }
  return node;
}

/** What a lazy schema stands for. zod keeps it in `_zod.innerType`: its getter would build it anew at each call. */
function lazySchemaOf(schema: unknown): unknown {
  return isRecord(schema) && isRecord(schema._zod) ? schema._zod.innerType : undefined;
}

/** Lists the options of a union node. */
export function optionsOf(node: SchemaNode): readonly unknown[] {
  return Array.isArray(node.def.options) ? node.def.options : [];
}

/** Reads the keys that an object schema (or an intersection of some) knows. */
export function shapeOf(node: SchemaNode): ObjectShape | undefined {
  if (node.type === "intersection") {
    const left = innerNodeOf(node.def.left);
    const right = innerNodeOf(node.def.right);
    const a = left && shapeOf(left);
    const b = right && shapeOf(right);
    if (a === undefined || b === undefined) return undefined;
    return { keys: new Map([...a.keys, ...b.keys]), rest: a.rest ?? b.rest };
  }
  if (node.type !== "object" || !isRecord(node.def.shape)) return undefined;
  const catchall = node.def.catchall;
  const rest = nodeOf(catchall)?.type === "never" ? undefined : catchall;
  return { keys: new Map(Object.entries(node.def.shape)), rest };
}

/** Chooses the option of a union that a value most likely means: by kind, then by literals, then by known keys. */
export function chooseOption(node: SchemaNode, value: unknown): unknown {
  const options = optionsOf(node).filter((option) => fitsKind(innerNodeOf(option), value));
  if (options.length < 2 || !isRecord(value) || Array.isArray(value))
    return options.length === 1 ? options[0] : undefined;
  let best: unknown;
  let bestScore = Number.NEGATIVE_INFINITY;
  let tied = false;
  for (const option of options) {
    const score = affinity(innerNodeOf(option), value);
    tied = score === bestScore || (tied && score < bestScore);
    if (score > bestScore) {
      best = option;
      bestScore = score;
      tied = false;
    }
  }
  return tied && bestScore <= 0 ? undefined : best;
}

function fitsKind(node: SchemaNode | undefined, value: unknown): boolean {
  switch (node?.type) {
    case "object":
    case "record":
    case "intersection":
      return isRecord(value) && !Array.isArray(value);
    case "array":
    case "tuple":
      return Array.isArray(value);
    case "string":
    case "number":
    case "boolean":
    case "bigint":
      return typeof value === node.type;
    case "union":
      return optionsOf(node).some((option) => nodeOf(option)?.type !== "lazy" && fitsKind(innerNodeOf(option), value));
    default:
      return node !== undefined && !isRecord(value);
  }
}

function affinity(node: SchemaNode | undefined, value: Record<string, unknown>): number {
  const shape = node && shapeOf(node);
  if (shape === undefined) return 0;
  let score = 0;
  for (const [key, schema] of shape.keys) {
    const known = Object.hasOwn(value, key);
    const inner = innerNodeOf(schema);
    if (inner?.type === "literal" && Array.isArray(inner.def.values)) {
      if (known && inner.def.values.includes(value[key])) score += 1000;
      else if (known) score -= 1000;
    } else if (known) score += 1;
  }
  return score;
}

/** Follows one step of a path into a value of a schema; `value` is what lies at this place, to choose among unions. */
export function childOf(schema: unknown, key: PropertyKey, value: unknown): unknown {
  let node = innerNodeOf(schema);
  for (let depth = 0; node?.type === "union" && depth < MAX_WRAPPERS; depth++) {
    node = innerNodeOf(chooseOption(node, value));
  }
  if (node === undefined) return undefined;
  if (node.type === "array") return node.def.element;
  if (node.type === "record") return node.def.valueType;
  if (node.type === "tuple") {
    const items = Array.isArray(node.def.items) ? node.def.items : [];
    return (typeof key === "number" ? items[key] : undefined) ?? node.def.rest ?? undefined;
  }
  const shape = shapeOf(node);
  return shape?.keys.get(String(key)) ?? shape?.rest;
}
