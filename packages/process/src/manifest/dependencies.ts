/** Holds a start until what its manifest depends on is there. */
import type { Clock, Pid } from "@weftos/interface";
import { DependencyMissingError } from "../process-errors.ts";
import type { Dependencies } from "./manifest-schema.ts";

/** What is known of the agents that live. */
export interface LivingAgents {
  /** The live agents of a name. */
  readonly named: (name: string) => readonly Pid[];
  /** Resolves when a process is ready or has ended. */
  readonly ready: (pid: Pid) => Promise<void>;
  readonly clock: Pick<Clock, "schedule">;
  /** How long one may take to be ready. */
  readonly timeoutMs: number;
}

/**
 * Waits.
 *
 * @throws PROCESS_DEPENDENCY_MISSING when a required agent does not live, or one to wait for is not ready in time; the signal's reason
 */
export async function awaitDependencies(
  agent: string,
  { requires = [], after = [] }: Dependencies,
  living: LivingAgents,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of requires) if (living.named(name).length === 0) throw missing(agent, name, "does not run");
  // Those of `after` that do not live keep nobody waiting.
  for (const name of new Set([...requires, ...after]))
    for (const pid of living.named(name)) await readyInTime(agent, name, living.ready(pid), living, signal);
}

async function readyInTime(
  agent: string,
  name: string,
  ready: Promise<void>,
  { clock, timeoutMs }: LivingAgents,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  let over = (): void => {};
  const late = new Promise<never>((_, reject) => {
    const timer = clock.schedule(timeoutMs, () => reject(missing(agent, name, `is not ready after ${timeoutMs} ms`)));
    const gaveUp = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", gaveUp, { once: true });
    over = () => {
      timer.cancel();
      signal?.removeEventListener("abort", gaveUp);
    };
  });
  try {
    await Promise.race([ready, late]);
  } finally {
    over();
  }
}

function missing(agent: string, requires: string, why: string): DependencyMissingError {
  return new DependencyMissingError(`${agent} depends on the agent ${requires}, which ${why}`, {
    details: { agent, requires },
    retryable: true,
  });
}
