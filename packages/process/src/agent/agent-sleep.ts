/** How an agent waits for time to pass: on the kernel's clock, wherever its code runs. */
import type { Clock } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { inputProblem } from "../input-invalid.ts";

/** A day: what comes later is a job for cron. */
const MAX_MS = 24 * 60 * 60 * 1000;

const duration = z.int().check(z.minimum(0), z.maximum(MAX_MS));

/** @throws PROCESS_INPUT_INVALID, and the reason of the first signal that aborts */
export async function sleepFor(
  clock: Pick<Clock, "sleep">,
  given: number,
  signals: readonly [AbortSignal, ...AbortSignal[]],
): Promise<void> {
  const ms = parse(duration, given, { what: "the time to sleep", error: inputProblem });
  const [signal] = signals;
  await clock.sleep(ms, { signal: signals.length === 1 ? signal : AbortSignal.any([...signals]) });
}
