// What an event can be found by. A term is a field with a value, reduced to 48 bits: no value itself enters the index, so
// nothing in it needs redaction, and a collision only costs a look at an event that does not match.
import type { JsonObject } from "@weftos/interface";

/** A term; `low` has 16 bits. */
export interface Term {
  readonly high: number;
  readonly low: number;
}

/** Fields by which events are indexed; the number is part of the files under `cache/`. */
export const FIELDS = {
  source: 1,
  kind: 2,
  pid: 3,
  principal: 4,
  agent: 5,
  action: 6,
  trace: 7,
  approval: 8,
  intent: 9,
} as const;

/** What of an event is indexed. */
export interface Indexable {
  readonly source: string;
  readonly kind: string;
  readonly actor: {
    readonly pid?: number | undefined;
    readonly principal?: string | undefined;
    readonly agent?: string | undefined;
  };
  readonly trace?: string | undefined;
  readonly payload?: JsonObject | undefined;
}

const TRACE_ID_DIGITS = 32;
/** Of each field. */
const MAX_KNOWN = 1024;

/** Reduces a field with its value to a term. */
export function termOf(field: keyof typeof FIELDS, value: string | number): Term {
  const text = typeof value === "number" ? String(value) : value;
  let a = 0x9e3779b1 ^ FIELDS[field];
  let b = 0x7f4a7c15 + text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x2c1b3c6d);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b + unit, 0x297a2d39) ^ (b >>> 15);
  }
  return { high: mixed(a ^ Math.imul(b, 0x165667b1)), low: mixed(b ^ a) >>> 16 };
}

function mixed(value: number): number {
  let x = value ^ (value >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The trace id of a trace context. */
export function traceIdOf(trace: string): string {
  return trace.slice(0, TRACE_ID_DIGITS);
}

/** Gives the terms of events, and remembers those that come again and again. */
export class EventTerms {
  /** By number of the field, then by value: of most events, no text is made to look. */
  readonly #known: Map<string | number, Term>[] = Object.values(FIELDS).map(() => new Map());

  /** Calls back for each term of an event. */
  each(event: Indexable, found: (term: Term) => void): void {
    const { source, kind, actor, trace, payload } = event;
    found(this.#often("source", source));
    found(this.#often("kind", kind));
    if (actor.pid !== undefined) found(this.#often("pid", actor.pid));
    if (actor.principal !== undefined) found(this.#often("principal", actor.principal));
    if (actor.agent !== undefined) found(this.#often("agent", actor.agent));
    if (trace !== undefined) found(termOf("trace", traceIdOf(trace)));
    if (payload === undefined) return;
    const { action, approval, intent } = payload;
    if (typeof action === "string") found(this.#often("action", action));
    if (typeof approval === "string") found(termOf("approval", approval));
    if (typeof intent === "number") found(termOf("intent", intent));
  }

  #often(field: keyof typeof FIELDS, value: string | number): Term {
    const known = this.#known[FIELDS[field] - 1] as Map<string | number, Term>;
    const before = known.get(value);
    if (before !== undefined) return before;
    const term = termOf(field, value);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(value, term);
    return term;
  }
}
