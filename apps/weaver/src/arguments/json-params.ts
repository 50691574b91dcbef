/** Builds the parameters of a method out of what was typed. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { UsageError } from "../failure/usage-error.ts";

/** Leaves out what was not given. */
export function compact(params: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

/** Whether it is a JSON object: neither a list nor null. */
export function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads JSON that was typed. @throws `API_USAGE` when it is none */
export function jsonArgument(name: string, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    throw new UsageError(`${name} is not JSON: ${reason}`, `quote it for your shell: '{"key":"value"}'`);
  }
}
