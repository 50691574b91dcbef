/** The input of an agent: JSON, copied and frozen, so that every start of it sees the same. */
import type { JsonValue } from "@weftos/interface";

const MAX_DEPTH = 64;

/** Tells whether a value is JSON: plain objects and arrays, finite numbers, at most 64 levels. */
export function isJson(value: unknown, depth = 0): value is JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    // `every` would pass over holes.
    for (const item of value) if (!isJson(item, depth + 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => isJson(item, depth + 1));
}

/** Copies JSON and freezes the copy throughout. */
export function frozenCopy(value: JsonValue): JsonValue {
  return freeze(structuredClone(value));
}

function freeze(value: JsonValue): JsonValue {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) freeze(item as JsonValue);
    Object.freeze(value);
  }
  return value;
}
