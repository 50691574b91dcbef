/**
 * Says in a few words what a zod schema expects: "integer ≥ 1", `one of "a", "b"`, "string of at most 64 characters".
 * Only the schema is read, never a value.
 */
import { innerNodeOf, nodeOf, optionsOf, type SchemaNode } from "../schema-node.ts";

const MAX_LISTED = 12;
const MAX_OPTIONS = 4;

interface Check {
  readonly check: string;
  readonly def: Readonly<Record<string, unknown>>;
}

/** Describes what a schema expects, or answers `undefined` when the schema does not tell. */
export function describeSchema(schema: unknown): string | undefined {
  const node = innerNodeOf(schema);
  if (node === undefined) return undefined;
  const text = describeNode(node);
  return text !== undefined && nodeOf(schema)?.type === "nullable" ? `${text} or null` : text;
}

function describeNode(node: SchemaNode): string | undefined {
  switch (node.type) {
    case "string":
      return describeString(node);
    case "number":
    case "bigint":
      return describeNumber(node);
    case "array":
    case "tuple":
      return `array${describeCount(node, "element", "elements")}`;
    case "object":
    case "record":
    case "intersection":
      return "object";
    case "enum":
      return typeof node.def.entries === "object" && node.def.entries !== null
        ? oneOf(Object.values(node.def.entries))
        : undefined;
    case "literal":
      return Array.isArray(node.def.values) ? oneOf(node.def.values) : undefined;
    case "union":
      return describeUnion(node);
    case "never":
      return "nothing";
    case "boolean":
    case "null":
    case "undefined":
    case "date":
    case "function":
      return node.type;
    default:
      return undefined;
  }
}

function describeUnion(node: SchemaNode): string | undefined {
  const texts = new Set<string>();
  for (const option of optionsOf(node)) {
    // A union inside a union is not unfolded: a recursive schema would never end.
    const text = innerNodeOf(option)?.type === "union" ? undefined : describeSchema(option);
    if (text === undefined) return undefined;
    texts.add(text);
  }
  return texts.size > 0 && texts.size <= MAX_OPTIONS ? [...texts].join(" or ") : undefined;
}

/** Names one of several values: `"a"` for one, `one of "a", "b"` for more. */
export function oneOf(values: readonly unknown[]): string {
  const listed = values
    .slice(0, MAX_LISTED)
    .map((value) => (typeof value === "string" ? JSON.stringify(value) : String(value)));
  if (values.length > MAX_LISTED) listed.push("…");
  return listed.length === 1 ? listed.join("") : `one of ${listed.join(", ")}`;
}

function checksOf(node: SchemaNode): readonly Check[] {
  const own = typeof node.def.check === "string" ? [{ check: node.def.check, def: node.def }] : [];
  const listed = Array.isArray(node.def.checks) ? node.def.checks : [];
  return [...own, ...listed.flatMap(readCheck)];
}

function readCheck(check: unknown): readonly Check[] {
  if (typeof check !== "object" || check === null || !("_zod" in check)) return [];
  const inner = check._zod;
  if (typeof inner !== "object" || inner === null || !("def" in inner)) return [];
  const def = inner.def;
  if (typeof def !== "object" || def === null || !("check" in def) || typeof def.check !== "string") return [];
  return [{ check: def.check, def: { ...def } }];
}

function describeNumber(node: SchemaNode): string {
  let noun = node.type === "bigint" ? "bigint" : "number";
  const bounds: string[] = [];
  for (const { check, def } of checksOf(node)) {
    if (check === "number_format" && /int/.test(String(def.format))) noun = "integer";
    if (check === "greater_than") bounds.push(`${def.inclusive === true ? "≥" : ">"} ${String(def.value)}`);
    if (check === "less_than") bounds.push(`${def.inclusive === true ? "≤" : "<"} ${String(def.value)}`);
    if (check === "multiple_of") bounds.push(`a multiple of ${String(def.value)}`);
  }
  return bounds.length === 0 ? noun : `${noun} ${bounds.join(" and ")}`;
}

function describeString(node: SchemaNode): string {
  let noun = "string";
  let suffix = "";
  for (const { check, def } of checksOf(node)) {
    if (check !== "string_format") continue;
    const format = def.format;
    if (format === "starts_with") suffix += ` starting with ${JSON.stringify(def.prefix)}`;
    else if (format === "includes") suffix += ` with ${JSON.stringify(def.includes)} in it`;
    else if (format === "regex") suffix += def.pattern instanceof RegExp ? ` matching ${String(def.pattern)}` : "";
    else noun = `string (${String(format)})`;
  }
  return `${noun}${describeCount(node, "character", "characters")}${suffix}`;
}

function describeCount(node: SchemaNode, one: string, many: string): string {
  let least: number | undefined;
  let most: number | undefined;
  for (const { check, def } of checksOf(node)) {
    if (check === "min_length" && typeof def.minimum === "number") least = def.minimum;
    if (check === "max_length" && typeof def.maximum === "number") most = def.maximum;
    if (check === "length_equals" && typeof def.length === "number") least = most = def.length;
  }
  if (least === undefined && most === undefined) return "";
  if (least === most) return ` of ${least} ${least === 1 ? one : many}`;
  if (most === undefined) return ` of at least ${least} ${least === 1 ? one : many}`;
  if (least === undefined) return ` of at most ${most} ${most === 1 ? one : many}`;
  return ` of ${least} to ${most} ${many}`;
}
