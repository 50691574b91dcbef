/**
 * Counts the restarts of one agent in a sliding window, across its PIDs: at most `maxRestarts` within `withinMs`, as
 * Erlang/OTP's restart intensity, with a wait before each that doubles: `backoffMs · 2^(restarts in the window)`. What it counted goes
 * into the journal, so that another kernel counts on.
 */
import type { Clock, RestartPolicy } from "@weftos/interface";

/** A policy with its defaults. */
export type FullRestartPolicy = { readonly [Key in keyof RestartPolicy]-?: NonNullable<RestartPolicy[Key]> };

/** The newest restarts that another kernel is told of. */
const MAX_TOLD = 64;

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

/** When a restart was, monotonic and UTC, in milliseconds. */
interface Restart {
  readonly at: number;
  readonly time: number;
}

export class RestartIntensity {
  readonly #policy: FullRestartPolicy;
  #restarts: readonly Restart[] = [];

  constructor(policy: FullRestartPolicy) {
    this.#policy = policy;
  }

  /** When the newest were, milliseconds UTC. */
  get times(): readonly number[] {
    return this.#restarts.slice(-MAX_TOLD).map(({ time }) => time);
  }

  /**
   * Asks for one restart more.
   *
   * @returns the wait before it, in milliseconds; undefined when the window is used up
   */
  next(clock: Pick<Clock, "monotonic" | "now">): number | undefined {
    const { maxRestarts, withinMs, backoffMs, maxBackoffMs } = this.#policy;
    const at = clock.monotonic();
    this.#restarts = this.#restarts.filter((restart) => at - restart.at < withinMs);
    if (this.#restarts.length >= maxRestarts) return undefined;
    const wait = Math.min(maxBackoffMs, backoffMs * 2 ** this.#restarts.length);
    this.#restarts = [...this.#restarts, { at, time: clock.now() }];
    return wait;
  }

  /** Counts what another kernel counted. @param times - milliseconds UTC */
  recall(times: readonly number[], clock: Pick<Clock, "monotonic" | "now">): void {
    const [at, now] = [clock.monotonic(), clock.now()];
    // A clock that was set back makes no restart one of the future.
    this.#restarts = times.map((time) => ({ at: at - Math.max(0, now - time), time }));
  }
}
