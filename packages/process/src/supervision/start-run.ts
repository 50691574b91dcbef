/** Starts an agent's code on its backend, or gives up: in time, by the caller's signal, or because it was stopped meanwhile. */
import type { Clock, Logger, RunningAgent, SpawnBackend } from "@weftos/interface";
import type { ProcessContext } from "../agent/process-context.ts";
import { InlineBackend } from "../backends/inline-backend.ts";
import { AgentLoadFailedError } from "../process-errors.ts";
import type { Run } from "./child.ts";
import type { ChildSpec } from "./child-spec.ts";

/** What a start asks of its kernel. */
export interface StartDeps {
  readonly clock: Pick<Clock, "schedule">;
  readonly logger: Logger;
  readonly startTimeoutMs: number;
}

/** Enters what is entered at once, a definition on the kernel's own thread. @returns false when there may be something to wait for */
export function enterNow(backend: SpawnBackend, { source }: ChildSpec, run: Run, context: ProcessContext): boolean {
  if (!(backend instanceof InlineBackend) || source instanceof URL) return false;
  run.enter(source, context);
  return true;
}

/** @throws AGENT_LOAD_FAILED, AGENT_NOT_A_MODULE, PROCESS_STOPPED, or the signal's reason */
export async function startRun(
  backend: SpawnBackend,
  spec: ChildSpec,
  run: Run,
  context: ProcessContext,
  signal: AbortSignal | undefined,
  { clock, logger, startTimeoutMs }: StartDeps,
): Promise<RunningAgent> {
  const gaveUp = new Promise<never>((_, reject) => {
    run.abandonStart = reject;
  });
  const timer = clock.schedule(startTimeoutMs, () => {
    const message = `the agent ${spec.name} did not start within ${startTimeoutMs} ms`;
    run.abandonStart?.(new AgentLoadFailedError(message, { details: { module: sourceName(spec) } }));
  });
  const onAbort = (): void => run.abandonStart?.(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const started = backend.start({
    source: spec.source,
    context,
    capabilities: run.capabilities,
    limits: { memoryBytes: spec.limits.memoryBytes || undefined },
  });
  try {
    return await Promise.race([started, gaveUp]);
  } catch (error) {
    context.stop.request(() => error);
    // A start that succeeds after all is nobody's: it is ended.
    started.then((late) => late.kill()).catch(() => logger.debug("an abandoned start failed", { processId: run.pid }));
    throw error;
  } finally {
    run.abandonStart = undefined;
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}

function sourceName({ source, name }: ChildSpec): string {
  return source instanceof URL ? source.href.slice(0, 200) : name;
}
