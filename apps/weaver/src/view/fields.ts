/** Reads results for views: what is absent, or of another type than expected, shows as a dash and breaks nothing. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { printable } from "./printable.ts";

/** Gives the value as an object; an empty one when it is none. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Gives the objects of a list; none when it is no list. */
export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(objectOf) : [];
}

/** Shows a value on one line, made safe for a terminal. */
export function shown(value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === "") return "-";
  if (Array.isArray(value)) return value.length === 0 ? "-" : (value as readonly JsonValue[]).map(shown).join(", ");
  return printable(typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : `${value}`);
}

/** Gives a number, or undefined. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
