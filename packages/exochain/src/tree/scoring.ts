// The six scores of a node. They are committed to and recorded, and the chain holds no fractions: each is a whole number of
// millionths, 0 to 1 000 000. (The reference has 32-bit floats, so that its hashes depend on how a sum is rounded.)

/** Millionths in the order trust, performance, difficulty, reward, reliability, velocity. */
export type Scoring = readonly [number, number, number, number, number, number];

export const ONE = 1_000_000;
export const NEUTRAL: Scoring = [500_000, 500_000, 500_000, 500_000, 500_000, 500_000];

export const SCORE_NAMES = ["trust", "performance", "difficulty", "reward", "reliability", "velocity"] as const;

/** Scores by name, 0 to 1. */
export type Scores = Readonly<Record<(typeof SCORE_NAMES)[number], number>>;

const REWARD = 3;

/** How much an agent's end weighs against what was known of it. */
export const EXIT_WEIGHT = 300_000;
/** What an end without a failure says of an agent. */
export const GOOD_EXIT: Scoring = [800_000, 700_000, 500_000, 600_000, 900_000, 500_000];
/** What a crash says of it. */
export const BAD_EXIT: Scoring = [200_000, 300_000, 500_000, 100_000, 100_000, 500_000];

/** Tells whether a value is a scoring. */
export function isScoring(value: unknown): value is Scoring {
  return (
    Array.isArray(value) &&
    value.length === SCORE_NAMES.length &&
    value.every((score) => Number.isSafeInteger(score) && score >= 0 && score <= ONE)
  );
}

/** Moves scores towards what was observed: `old × (1 − weight) + observed × weight`, halves rounded up. */
export function blend(old: Scoring, observed: Scoring, weight: number): Scoring {
  const share = Math.min(Math.max(weight, 0), ONE);
  return each((i) =>
    Math.floor(((old[i] as number) * (ONE - share) + (observed[i] as number) * share + ONE / 2) / ONE),
  );
}

/** Gives the mean of several scorings, weighted by their reward; the plain mean where no reward is above 0. */
export function aggregate(scorings: readonly Scoring[]): Scoring {
  if (scorings.length === 0) return NEUTRAL;
  let weights = 0;
  for (const scoring of scorings) weights += scoring[REWARD];
  const weighted = weights > 0;
  const total = weighted ? weights : scorings.length;
  return each((i) => {
    let sum = 0;
    for (const scoring of scorings) sum += (scoring[i] as number) * ((weighted ? scoring[REWARD] : 1) / total);
    return Math.min(ONE, Math.round(sum));
  });
}

/** Gives one number to rank by, in millionths: trust .25, performance .2, reliability .2, velocity .15, reward .1, ease .1. */
export function composite([trust, performance, difficulty, reward, reliability, velocity]: Scoring): number {
  const parts =
    25 * trust + 20 * performance + 20 * reliability + 15 * velocity + 10 * reward + 10 * (ONE - difficulty);
  return Math.floor((parts + 50) / 100);
}

/** Writes scores by name, 0 to 1, for readers. */
export function scoresOf(scoring: Scoring): Scores {
  return Object.fromEntries(SCORE_NAMES.map((name, i) => [name, (scoring[i] as number) / ONE])) as Scores;
}

/** Reads scores by name, 0 to 1; those not named are taken from `rest`. */
export function scoringOf(scores: Partial<Scores>, rest: Scoring): Scoring {
  return each((i) => {
    const score = scores[SCORE_NAMES[i] as (typeof SCORE_NAMES)[number]];
    return score === undefined ? (rest[i] as number) : Math.round(score * ONE);
  });
}

function each(score: (index: number) => number): Scoring {
  return [score(0), score(1), score(2), score(3), score(4), score(5)];
}
