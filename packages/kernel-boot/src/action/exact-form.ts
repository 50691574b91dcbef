/**
 * The exact form of an input that is data: JSON, and besides dates, big integers, maps, sets, bytes, and numbers that are none.
 * What has one can be copied whole, so that its giver cannot change it while somebody is asked, and has a digest that binds
 * an answer to it. Functions, instances of classes and what holds itself have none.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { JsonValue } from "@weftos/interface";

const MAX_DEPTH = 64;

/** Gives it; undefined when the value is not data alone. */
export function exactForm(value: unknown, depth = 0): JsonValue | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (value === undefined) return { undefined: true };
  if (typeof value === "number") return Number.isFinite(value) ? value : { number: String(value) };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value !== "object" || depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return named("list", formsOf(value, depth));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return named("object", formsOf(entries, depth));
  }
  // Of a class that extends one of these a copy would be another thing.
  if (value instanceof Date && prototype === Date.prototype) return { date: String(value.getTime()) };
  if (value instanceof Map && prototype === Map.prototype) return named("map", formsOf([...value], depth));
  if (value instanceof Set && prototype === Set.prototype) return named("set", formsOf([...value], depth));
  if (value instanceof Uint8Array && prototype === Uint8Array.prototype && value.buffer instanceof ArrayBuffer)
    return { bytes: toHex(value) };
  return undefined;
}

/** Gives the digest of an exact form: SHAKE-256/256 of its JSON, lower-case hex. */
export function digestOfForm(form: JsonValue): string {
  return toHex(shake256(new TextEncoder().encode(JSON.stringify(form))));
}

function named(name: string, forms: readonly JsonValue[] | undefined): JsonValue | undefined {
  return forms === undefined ? undefined : { [name]: [...forms] };
}

function formsOf(values: readonly unknown[], depth: number): readonly JsonValue[] | undefined {
  const forms: JsonValue[] = [];
  for (const value of values) {
    const form = exactForm(value, depth + 1);
    if (form === undefined) return undefined;
    forms.push(form);
  }
  return forms;
}
