/** Ends one start of an agent: asks it, waits, and kills what does not listen. What becomes of the agent is not decided here. */

import type { Clock, ExitReason, Logger, SupervisorCause } from "@weftos/interface";
import { ProcessStoppedError } from "../process-errors.ts";
import type { ProcessTable } from "../table/process-table.ts";
import type { Run } from "./child.ts";

/** How to end a process. */
export interface EndOptions {
  readonly graceful: boolean;
  /** Infinity: as long as it takes. */
  readonly timeoutMs: number;
  readonly cause: "operator" | SupervisorCause;
}

/** What an end asks of its kernel. */
export interface EndDeps {
  readonly table: ProcessTable;
  readonly clock: Pick<Clock, "schedule">;
  readonly logger: Logger;
}

/** Ends a run; resolves when it has exited. */
export async function endRun(run: Run, { graceful, timeoutMs, cause }: EndOptions, deps: EndDeps): Promise<void> {
  run.cause ??= cause;
  if (!graceful || run.state === "starting") {
    killRun(run, cause === "operator" ? { kind: "killed" } : { kind: "supervisor", cause }, deps.logger);
    await run.finished();
    return;
  }
  if (run.state !== "stopping") deps.table.transition(run, "stopping");
  askToStop(run);
  const timer =
    timeoutMs === Number.POSITIVE_INFINITY
      ? undefined
      : deps.clock.schedule(timeoutMs, () => killRun(run, { kind: "timeout" }, deps.logger));
  await run.finished();
  timer?.cancel();
}

/** Tells the agent to end, by its inbox and its signal. */
export function askToStop(run: Run): void {
  const { context, pid } = run;
  context?.inbox.close();
  context?.stop.request(() => new ProcessStoppedError(`process ${pid} was asked to stop`, { details: { pid } }));
}

/** Ends a run now, also while it starts; the first reason stands. */
export function killRun(run: Run, reason: ExitReason, logger: Logger): void {
  if (run.state === "exited") return;
  run.forced ??= reason;
  askToStop(run);
  if (run.abandonStart !== undefined) {
    const details = { pid: run.pid };
    run.abandonStart(new ProcessStoppedError(`process ${run.pid} was stopped while it started`, { details }));
  }
  run.kill().catch((error: unknown) => {
    const text = error instanceof Error ? error.message : "unknown";
    logger.error("a process could not be killed", { processId: run.pid, error: text });
  });
}
