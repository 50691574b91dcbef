/**
 * Gives what callers say the form that every audit log takes, so that no text, number or size of theirs keeps an act out of
 * the record: fractions are written as text, halves of surrogate pairs become U+FFFD, what JSON does not know is left out,
 * and what is too long is cut, marked by `…`.
 */
import type { JsonObject, JsonValue } from "../schema/json-value.ts";

const MAX_TEXT = 4096;
/** Characters and entries of one payload: with three bytes a character it stays below 256 KiB. */
const MAX_WEIGHT = 65_536;
const MAX_DEPTH = 16;
const CUT = "…";
/** A field that looks like any other. */
const OWN = { enumerable: true, configurable: true, writable: true } as const;

/** Cuts a text to so many UTF-16 units and makes it well-formed. */
export function recordableText(text: string, limit: number): string {
  return text.slice(0, limit).toWellFormed();
}

/** Writes any object as a payload. Never throws, unless a getter of the object does. */
export function recordable(value: object): JsonObject {
  return recordableObject(value, { left: MAX_WEIGHT }, 0);
}

interface Room {
  left: number;
}

function recordableObject(value: object, room: Room, depth: number): JsonObject {
  const written: Record<string, JsonValue> = {};
  // No entries: this is done three times for every recorded act.
  for (const name of Object.keys(value)) {
    if (room.left <= 0) break;
    const key = fitting(name, room);
    const json = recordableValue((value as Readonly<Record<string, unknown>>)[name], room, depth + 1);
    if (json === undefined) continue;
    if (key === "__proto__") Object.defineProperty(written, key, { value: json, ...OWN });
    else written[key] = json;
  }
  return written;
}

function recordableValue(value: unknown, room: Room, depth: number): JsonValue | undefined {
  switch (typeof value) {
    case "string":
      return fitting(value, room);
    case "boolean":
      return value;
    case "number":
      return Number.isSafeInteger(value) ? value : String(value);
    case "object":
      if (value === null) return null;
      if (depth > MAX_DEPTH) return CUT;
      return Array.isArray(value) ? recordableList(value, room, depth) : recordableObject(value, room, depth);
    default:
      return undefined;
  }
}

function recordableList(list: readonly unknown[], room: Room, depth: number): JsonValue {
  const items: JsonValue[] = [];
  for (const item of list) {
    if (room.left <= 0) return [...items, CUT];
    room.left -= 8;
    items.push(recordableValue(item, room, depth + 1) ?? null);
  }
  return items;
}

function fitting(text: string, room: Room): string {
  const limit = Math.min(MAX_TEXT, Math.max(room.left, 0));
  room.left -= Math.min(text.length, limit) + 8;
  return text.length <= limit ? text.toWellFormed() : `${recordableText(text, limit)}${CUT}`;
}
