/**
 * Counts the restarts of one agent in a sliding window, across its PIDs: at most `maxRestarts` within `withinMs`, as
 * Erlang/OTP's restart intensity, with a wait before each that doubles: `backoffMs · 2^(restarts in the window)`.
 */
import type { RestartPolicy } from "@weftos/interface";

/** A policy with its defaults. */
export type FullRestartPolicy = { readonly [Key in keyof RestartPolicy]-?: NonNullable<RestartPolicy[Key]> };

/** Fills the defaults: 5 restarts in 60 s, 100 ms doubling up to 30 s. */
export function fillPolicy(policy?: RestartPolicy): FullRestartPolicy {
  if (policy === undefined) return never;
  return {
    type: policy.type,
    maxRestarts: policy.maxRestarts ?? 5,
    withinMs: policy.withinMs ?? 60_000,
    backoffMs: policy.backoffMs ?? 100,
    maxBackoffMs: policy.maxBackoffMs ?? 30_000,
  };
}

const never: FullRestartPolicy = Object.freeze({
  type: "temporary",
  maxRestarts: 0,
  withinMs: 60_000,
  backoffMs: 100,
  maxBackoffMs: 30_000,
});

export class RestartIntensity {
  readonly #policy: FullRestartPolicy;
  #times: number[] = [];

  constructor(policy: FullRestartPolicy) {
    this.#policy = policy;
  }

  /**
   * Asks for one restart more.
   *
   * @param nowMs - monotonic milliseconds
   * @returns the wait before it, in milliseconds; undefined when the window is used up
   */
  next(nowMs: number): number | undefined {
    const { maxRestarts, withinMs, backoffMs, maxBackoffMs } = this.#policy;
    this.#times = this.#times.filter((time) => nowMs - time < withinMs);
    if (this.#times.length >= maxRestarts) return undefined;
    const wait = Math.min(maxBackoffMs, backoffMs * 2 ** this.#times.length);
    this.#times.push(nowMs);
    return wait;
  }
}
