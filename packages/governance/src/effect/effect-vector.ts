/**
 * The algebra of effect vectors: what an action may do to the world, in dimensions of 0 to 1. Five dimensions are always
 * there; a deployment may add others. Every function here is pure and never changes its input.
 */
import type { Effect } from "@weftos/interface";

/** The dimensions that every effect has. */
export const EFFECT_DIMENSIONS = ["risk", "fairness", "privacy", "novelty", "security"] as const;

/** The effect of an action that does nothing to the world. */
export const ZERO_EFFECT: Effect = Object.freeze({ risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 });

const MAX_DIMENSIONS = 32;

/**
 * Tells what is wrong with an effect, in one phrase: a missing dimension, or one that is no number of 0 to 1. An effect
 * that is wrong must not be judged: the gate denies it.
 *
 * @returns undefined when the effect is well formed
 */
export function effectFault(effect: unknown): string | undefined {
  if (typeof effect !== "object" || effect === null || Array.isArray(effect)) {
    return "expected an effect with five dimensions, got none";
  }
  for (const dimension of EFFECT_DIMENSIONS) {
    if (!Object.hasOwn(effect, dimension)) return `expected the dimension ${dimension}, got none`;
  }
  const entries = Object.entries(effect);
  if (entries.length > MAX_DIMENSIONS) return `expected at most ${MAX_DIMENSIONS} dimensions, got ${entries.length}`;
  for (const [dimension, value] of entries) {
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      const came = typeof value === "number" ? String(value) : typeof value;
      return `expected ${dimension.slice(0, 64)} as a number of 0 to 1, got ${came}`;
    }
  }
  return undefined;
}

/** Gives the L2 norm over all dimensions: the square root of the sum of squares; √5 at most for the five alone. */
export function magnitude(effect: Effect): number {
  let sum = 0;
  for (const dimension in effect) sum += dimensionOf(effect, dimension) ** 2;
  return Math.sqrt(sum);
}

/** Joins two effects: the larger value in each dimension. */
export function joinEffects(a: Effect, b: Effect): Effect {
  return combine(a, b, Math.max);
}

/** Adds two effects, each dimension ending at 1. */
export function addEffects(a: Effect, b: Effect): Effect {
  return combine(a, b, (x, y) => Math.min(1, x + y));
}

/**
 * Scales an effect, each dimension ending at 1.
 *
 * @param factor - 0 or more
 * @throws RangeError when the factor is negative or no finite number
 */
export function scaleEffect(effect: Effect, factor: number): Effect {
  if (!(factor >= 0 && Number.isFinite(factor))) throw new RangeError(`expected a factor of 0 or more, got ${factor}`);
  return combine(effect, effect, (x) => Math.min(1, x * factor));
}

/** Upper limits of single dimensions, or of the `magnitude`; a value equal to its limit is within. */
export type EffectLimits = Readonly<Record<string, number>>;

/** Lists the limits that an effect exceeds, in the limits' order. A dimension the effect does not name counts as 0. */
export function exceededLimits(effect: Effect, limits: EffectLimits): readonly string[] {
  return Object.entries(limits)
    .filter(([name, limit]) => (name === "magnitude" ? magnitude(effect) : dimensionOf(effect, name)) > limit)
    .map(([name]) => name);
}

function dimensionOf(effect: Effect, dimension: string): number {
  return Object.hasOwn(effect, dimension) ? (effect[dimension] ?? 0) : 0;
}

function combine(a: Effect, b: Effect, operation: (x: number, y: number) => number): Effect {
  const combined: Record<string, number> = {};
  for (const dimension of new Set([...Object.keys(a), ...Object.keys(b)])) {
    combined[dimension] = operation(dimensionOf(a, dimension), dimensionOf(b, dimension));
  }
  return { ...ZERO_EFFECT, ...combined };
}
