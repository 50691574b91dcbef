/**
 * Asks agents whether they live and whether they are ready, by requests in the kernel's name. A liveness probe that fails too often
 * in a row ends the process, which its policy starts again; a readiness probe says when siblings may start, and whether the process
 * is shown as ready.
 */

import {
  type Clock,
  type EventEmitter,
  KERNEL_PID,
  type Logger,
  type MessageRouter,
  type Probe,
  type SpawnOptions,
  type Timer,
} from "@weftos/interface";
import type { ProcessEvents } from "../processes.ts";
import type { Run } from "./child.ts";

/** What probes ask of their kernel. */
export interface ProbingDeps {
  readonly clock: Pick<Clock, "schedule">;
  readonly router: () => MessageRouter;
  readonly events: Pick<EventEmitter<ProcessEvents>, "emit">;
  readonly logger: Logger;
  readonly end: (run: Run) => void;
}

interface Probed {
  readonly timers: Set<Timer>;
  readonly stop: AbortController;
  readonly waiting: Set<() => void>;
}

export class Probing {
  readonly #deps: ProbingDeps;
  readonly #probed = new Map<Run, Probed>();

  constructor(deps: ProbingDeps) {
    this.#deps = deps;
  }

  /** Begins to probe a process, when it has probes. */
  probe(run: Run, probes: SpawnOptions["probes"]): void {
    if (run.state === "exited" || probes === undefined) return;
    const { liveness, readiness } = probes;
    if (liveness === undefined && readiness === undefined) return;
    const probed: Probed = { timers: new Set(), stop: new AbortController(), waiting: new Set() };
    this.#probed.set(run, probed);
    if (readiness !== undefined) {
      run.ready = false;
      this.#ask(run, probed, readiness, 0, (ready) => this.#readyIs(run, probed, ready));
    }
    if (liveness === undefined) return;
    const { intervalMs = 10_000 } = liveness;
    this.#after(probed, intervalMs, () =>
      this.#ask(run, probed, liveness, 0, (alive) => {
        if (alive) return;
        const { pid, name } = run;
        this.#deps.logger.warn("a process fails its liveness probe", { processId: pid, agent: name });
        this.#deps.end(run);
      }),
    );
  }

  /** Whether a process has a readiness probe that has not succeeded. */
  pending(run: Run): boolean {
    return this.#probed.has(run) && !run.ready;
  }

  /** Resolves when a process is ready or has ended. */
  async ready(run: Run): Promise<void> {
    const probed = this.#probed.get(run);
    if (probed === undefined || run.ready) return;
    await new Promise<void>((resolve) => probed.waiting.add(resolve));
  }

  forget(run: Run): void {
    const probed = this.#probed.get(run);
    if (probed === undefined) return;
    this.#probed.delete(run);
    probed.stop.abort(new Error("the probed process has ended"));
    for (const timer of probed.timers) timer.cancel();
    for (const resolve of probed.waiting) resolve();
  }

  /** Asks once, tells what came of it, and asks again after the interval. `failed` counts failures in a row. */
  #ask(run: Run, probed: Probed, probe: Probe, failed: number, tell: (good: boolean) => void): void {
    const { intervalMs = 10_000, timeoutMs = 1000, failures = 3 } = probe;
    const { signal } = probed.stop;
    const again = (count: number): void =>
      this.#after(probed, intervalMs, () => this.#ask(run, probed, probe, count, tell));
    if (run.state === "suspended") {
      again(failed);
      return;
    }
    this.#deps
      .router()
      .request(KERNEL_PID, run.pid, probe.request, { timeoutMs, signal })
      .then(
        () => {
          if (signal.aborted) return;
          tell(true);
          again(0);
        },
        () => {
          if (signal.aborted) return;
          if (failed + 1 === failures) tell(false);
          if (!signal.aborted) again(Math.min(failed + 1, failures));
        },
      );
  }

  #readyIs(run: Run, probed: Probed, ready: boolean): void {
    if (run.ready !== ready) {
      run.ready = ready;
      this.#deps.events.emit("process:ready-changed", { pid: run.pid, name: run.name, ready });
    }
    if (!ready) return;
    for (const resolve of probed.waiting) resolve();
    probed.waiting.clear();
  }

  #after(probed: Probed, ms: number, callback: () => void): void {
    if (probed.stop.signal.aborted) return;
    const timer = this.#deps.clock.schedule(
      ms,
      () => {
        probed.timers.delete(timer);
        callback();
      },
      { background: true },
    );
    probed.timers.add(timer);
  }
}
