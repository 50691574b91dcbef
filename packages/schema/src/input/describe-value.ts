/**
 * Names the kind of a value that was refused. The value itself is never repeated: it may be a secret, or a megabyte.
 */
import { SHOWN_KEY_LENGTH } from "./key-path.ts";

/** Describes a value by kind and size: "nothing", "string of 3 characters", "array of 2 elements". */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? "an empty string" : "string";
  if (typeof value === "number" && Number.isNaN(value)) return "NaN";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object") return typeof value;
  const name = className(value);
  return name === undefined || name === "Object" ? "object" : name;
}

/** Describes a value that has the expected kind but the wrong size or form. */
export function describeMisfit(value: unknown, code: string): string {
  if (typeof value === "string") return `string of ${count(value.length, "character")}`;
  if (Array.isArray(value)) return `array of ${count(value.length, "element")}`;
  if (typeof value !== "number" && typeof value !== "bigint") return describeValue(value);
  if (code === "too_small") return "a smaller number";
  if (code === "too_big") return "a larger number";
  return typeof value === "number" && !Number.isInteger(value) ? "a fraction" : typeof value;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

function className(value: object): string | undefined {
  // A value from outside may have a getter in this place, or be a revoked proxy.
  try {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === "string" && /^\w+$/.test(name) ? name.slice(0, SHOWN_KEY_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}
