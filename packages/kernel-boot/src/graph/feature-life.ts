/**
 * Starts features in the order of their needs, independent ones together, and stops them in reverse. A start that fails or
 * hangs stops the others, and everything that had begun is stopped again.
 */
import { type Clock, type FeatureInstance, isWeftError, type Logger } from "@weftos/interface";
import { KernelStartFailedError, KernelStartTimeoutError, type StopResult } from "../kernel/kernel-errors.ts";
import type { StepTimer } from "../log/boot-tree.ts";

/** A created feature. */
export interface LiveFeature {
  readonly name: string;
  readonly instance: FeatureInstance<unknown>;
}

interface StartDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly steps: StepTimer;
  /** Called when one has started, before those that need it start. */
  readonly onStarted: (name: string) => void;
  /** Called before one is stopped. */
  readonly onStopping: (name: string) => void;
}

/**
 * Starts all features.
 *
 * @param features - in an order that respects every need
 * @param after - name → names that must have started before
 * @returns the features in the order in which they began to start
 * @throws `KERNEL_START_FAILED`, `KERNEL_START_TIMEOUT`, after the roll-back
 */
export async function startFeatures(
  features: readonly LiveFeature[],
  after: ReadonlyMap<string, ReadonlySet<string>>,
  deps: StartDeps,
): Promise<readonly LiveFeature[]> {
  const begun: LiveFeature[] = [];
  const started = new Map<string, Promise<void>>();
  const controller = new AbortController();
  let failure: { readonly feature: string; readonly error: unknown } | undefined;
  for (const feature of features) {
    const before = [...(after.get(feature.name) ?? [])].map((name) => started.get(name));
    const run = async (): Promise<void> => {
      await Promise.all(before);
      if (failure !== undefined) return;
      begun.push(feature);
      const timer = deps.steps.step(feature.name);
      try {
        await startOne(feature, controller.signal, deps);
        if (failure === undefined) deps.onStarted(feature.name);
      } catch (error) {
        // The first failure is the cause; what its abort makes of the others is not.
        failure ??= { feature: feature.name, error };
        controller.abort(error);
      } finally {
        timer.end();
      }
    };
    started.set(feature.name, run());
  }
  await Promise.all(started.values());
  if (failure === undefined) return begun;
  const { feature, error } = failure;
  const rollback = await stopFeatures(begun, { ...deps, timeoutMs: deps.stopTimeoutMs });
  throw startError(feature, error, rollback, deps.timeoutMs);
}

/** Stops features one after the other, the last begun first. Never throws: the results say what happened. */
export async function stopFeatures(
  begun: readonly LiveFeature[],
  deps: Pick<StartDeps, "clock" | "logger" | "timeoutMs" | "onStopping">,
): Promise<readonly StopResult[]> {
  const results: StopResult[] = [];
  for (const feature of begun.toReversed()) {
    deps.onStopping(feature.name);
    const result = await stopOne(feature, deps);
    if (result.outcome !== "stopped") {
      deps.logger.error("a feature did not stop", {
        feature: result.feature,
        outcome: result.outcome,
        error: result.error,
      });
    }
    results.push(result);
  }
  return results;
}

/** Makes the error of a feature that failed in `create` or `start`. */
export function startError(
  feature: string,
  cause: unknown,
  rollback: readonly StopResult[],
  timeoutMs: number,
  step: "create" | "start" = "start",
): KernelStartFailedError | KernelStartTimeoutError {
  const details = { feature, step, error: isWeftError(cause) ? cause.code : undefined, rollback };
  if (cause instanceof TimedOut) {
    return new KernelStartTimeoutError(`the feature ${feature} did not start within ${timeoutMs} ms`, {
      details: { ...details, timeoutMs },
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KernelStartFailedError(`the feature ${feature} failed in ${step}: ${why}`, { details, cause });
}

/** Marks that a wait ended by its clock. */
class TimedOut {}

async function startOne(feature: LiveFeature, signal: AbortSignal, deps: StartDeps): Promise<void> {
  const { instance } = feature;
  if (instance.start === undefined) return;
  const own = new AbortController();
  const joined = AbortSignal.any([signal, own.signal]);
  await within(deps.clock, deps.timeoutMs, instance.start(joined), (reason) => own.abort(reason));
}

async function stopOne(feature: LiveFeature, deps: Pick<StartDeps, "clock" | "timeoutMs">): Promise<StopResult> {
  const began = deps.clock.monotonic();
  const result = (outcome: StopResult["outcome"], error: string | undefined): StopResult => {
    return { feature: feature.name, outcome, ms: Math.round(deps.clock.monotonic() - began), error };
  };
  const own = new AbortController();
  try {
    const stopping = feature.instance.stop?.(own.signal);
    if (stopping !== undefined) await within(deps.clock, deps.timeoutMs, stopping, (reason) => own.abort(reason));
    return result("stopped", undefined);
  } catch (error) {
    if (error instanceof TimedOut) return result("timed-out", undefined);
    return result("failed", isWeftError(error) ? error.code : error instanceof Error ? error.message : String(error));
  }
}

/** Waits for work, at most so long. When time is up the work is told, and its end no longer matters. */
async function within(clock: Clock, ms: number, work: Promise<void>, abort: (reason: unknown) => void): Promise<void> {
  let give: (error: TimedOut) => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    give = reject;
  });
  const timer = clock.schedule(ms, () => {
    give(new TimedOut());
    abort(new DOMException(`not done within ${ms} ms`, "TimeoutError"));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timer.cancel();
  }
}
