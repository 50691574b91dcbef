/** A defined action whose types are forgotten, as lists and registries hold it. */
import type { ActionContext, ActionDeclaration, Attributes, JsonObject, JsonValue, Schema } from "@weftos/interface";

/** Any action made by `defineAction`. What its functions take was checked by its `input`. */
export interface AnyDefinedAction {
  readonly declaration: ActionDeclaration;
  readonly input: Schema<unknown, unknown>;
  readonly resource: (input: never) => string;
  readonly attributes: (input: never) => Attributes | Promise<Attributes>;
  readonly display: (input: never) => string;
  readonly summary: (output: never) => JsonObject;
  readonly run: (input: never, context: ActionContext) => unknown;
}

const MAX_DEPTH = 64;

/** Gives a value as JSON if it is JSON and nothing else; a `Date`, a class or bytes give undefined. */
export function asJson(value: unknown, depth = 0): JsonValue | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "object" || depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => asJson(item, depth + 1));
    return items.some((item) => item === undefined) ? undefined : (items as JsonValue[]);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const entries: [string, JsonValue][] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const json = asJson(inner, depth + 1);
    if (json === undefined) return undefined;
    entries.push([key, json]);
  }
  // Not by assignment, which would take a key `__proto__` for the prototype.
  return Object.fromEntries(entries);
}
