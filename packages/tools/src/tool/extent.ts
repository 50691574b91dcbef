/**
 * How much a call did, as an effect. A declared effect is decided on before anything runs, and covers a usual extent; how far a
 * call went is known afterwards alone. Each tenfold of what is covered adds a tenth to a dimension, and the outcome in the audit
 * log says so: there the judicial branch finds what did more than was declared.
 */
import type { JsonObject } from "@weftos/interface";

/** What is covered, and by which part of the declared effect. */
export interface Covered {
  readonly dimension: string;
  /** Its declared value. */
  readonly declared: number;
  /** The most that the declaration covers, in the unit of what was measured. */
  readonly most: number;
}

/**
 * Gives what of the effect of an outcome enters its record.
 *
 * @param extent - what was measured
 * @returns nothing for what the declaration covers; fractions are texts there
 */
export function effectBeyond({ dimension, declared, most }: Covered, extent: number): JsonObject {
  const value = Math.min(1, declared + Math.log10(Math.max(1, extent / most)) / 10).toFixed(3);
  return Number(value) > declared ? { effect: { [dimension]: value } } : {};
}
