/**
 * Makes JSON of what an agent gives, the same wherever its code runs: as in JSON, a property without a value is absent; all else that JSON
 * has no word for is refused with its place, before a port or a frame would write something else for it.
 */
import type { JsonValue } from "@weftos/interface";
import { isJson } from "../json-input.ts";

const MAX_DEPTH = 64;
const MAX_PATH = 256;

/** Makes the error for what stands at `path`; empty for the value itself. */
export type UnfitError = (path: string, received: string) => Error;

/** Gives a value as JSON: itself where it is. @throws what `unfit` makes */
export function plainJson(value: unknown, unfit: UnfitError): JsonValue {
  return isJson(value) ? value : copyOf(value, { unfit, depth: 0, path: "" });
}

interface Place {
  readonly unfit: UnfitError;
  readonly depth: number;
  readonly path: string;
}

function copyOf(value: unknown, at: Place): JsonValue {
  const refuse = (received: string): never => {
    throw at.unfit(at.path.slice(0, MAX_PATH), received);
  };
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : refuse(String(value));
  if (typeof value !== "object") return refuse(typeof value);
  if (at.depth >= MAX_DEPTH) return refuse(`a value nested over ${MAX_DEPTH} deep`);
  const inner = (path: string): Place => ({ ...at, depth: at.depth + 1, path });
  // Array.from: a hole is a member without a value, which an array cannot leave out.
  if (Array.isArray(value)) return Array.from(value, (item, index) => copyOf(item, inner(`${at.path}[${index}]`)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse("an object of a class");
  const copy: { [key: string]: JsonValue } = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (key === "__proto__") return refuse("a key named __proto__");
    copy[key] = copyOf(member, inner(at.depth === 0 ? key : `${at.path}.${key}`));
  }
  return copy;
}
