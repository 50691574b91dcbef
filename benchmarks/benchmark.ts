// What a benchmark is: one subject, measured with its rivals in the same run. Never part of the tests.

export interface Goal {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** What one round gives: our figure and the rivals', in the benchmark's unit. */
export interface Round {
  readonly ours: number;
  readonly rivals: Readonly<Record<string, number>>;
}

export interface Benchmark {
  readonly package: string;
  readonly subject: string;
  readonly unit: string;
  readonly goal: Goal;
  /** Rounds to take the median of. */
  readonly rounds: number;
  readonly round: () => Promise<Round>;
}

/** A row of the result. */
export interface Row {
  readonly package: string;
  readonly subject: string;
  readonly unit: string;
  readonly ours: number;
  readonly rivals: Readonly<Record<string, number>>;
  readonly goal: Goal;
  readonly met: boolean;
}

/** The middle value; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError("expected at least one value");
  return (upper + lower) / 2;
}

/** Runs all rounds of a benchmark, the rivals between ours so that a noisy minute hits all alike. */
export async function measure(benchmark: Benchmark): Promise<Row> {
  const rounds: Round[] = [];
  for (let index = 0; index < benchmark.rounds; index += 1) rounds.push(await benchmark.round());
  const ours = median(rounds.map((round) => round.ours));
  const names = Object.keys(rounds[0]?.rivals ?? {});
  const rivals = Object.fromEntries(
    names.map((name) => [name, median(rounds.map((round) => round.rivals[name] ?? Number.NaN))]),
  );
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = benchmark.goal;
  const { subject, unit, goal } = benchmark;
  return { package: benchmark.package, subject, unit, ours, rivals, goal, met: ours <= atMost && ours >= atLeast };
}
