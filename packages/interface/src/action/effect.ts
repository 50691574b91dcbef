/**
 * What an action may do to the world, in five dimensions of 0 (none) to 1 (the most). The magnitude is the L2 norm.
 * A deployment may add dimensions of its own under other names.
 */
export interface Effect {
  readonly risk: number;
  readonly fairness: number;
  readonly privacy: number;
  readonly novelty: number;
  readonly security: number;
  readonly [dimension: string]: number;
}
