/** What watches each start while it runs: its signs of life, what it uses, and its probes. */
import type { Clock, EventEmitter, Logger, MessageRouter, ResourceLimits, SpawnBackend } from "@weftos/interface";
import type { Ledger } from "../budget/ledger.ts";
import type { DiskLimit } from "../limit/disk-limit.ts";
import { LimitWatch } from "../limit/limit-watch.ts";
import { limitsInForce } from "../limit/limits-in-force.ts";
import type { ProcessEvents } from "../processes.ts";
import type { Child, Run } from "./child.ts";
import { killRun } from "./end-run.ts";
import { Probing } from "./probing.ts";
import { Watchdog } from "./watchdog.ts";

/** What watching asks of its kernel. */
export interface RunWatchDeps {
  readonly clock: Pick<Clock, "schedule">;
  readonly router: () => MessageRouter;
  readonly events: EventEmitter<ProcessEvents>;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly startTimeoutMs: number;
  /** How long a process may be silent past its heartbeat before it is ended. */
  readonly hungKillMs: number;
  /** What a start that sets no limit of disk may keep. */
  readonly diskBytes: number;
}

export class RunWatch {
  readonly limits: LimitWatch;
  readonly #deps: RunWatchDeps;
  readonly #watchdog: Watchdog;
  readonly #probing: Probing;

  constructor(deps: RunWatchDeps) {
    this.#deps = deps;
    this.#watchdog = new Watchdog({ ...deps, end: (run) => this.#end(run, "watchdog") });
    this.#probing = new Probing({ ...deps, end: (run) => this.#end(run, "probe") });
    this.limits = new LimitWatch({
      ...deps,
      traps: ({ child }) => child?.spec.trapExit === true,
      end: (run, limit) => killRun(run, { kind: "limit", limit }, deps.logger),
    });
  }

  watch(run: Run, { spec }: Child, backend: SpawnBackend): void {
    this.#watchdog.watch(run);
    this.limits.watch(run, this.limitsOf(spec.limits, backend));
    this.#probing.probe(run, spec.probes);
  }

  /** What limits hold a start on a backend, the defaults included. */
  limitsOf(limits: ResourceLimits, backend: Pick<SpawnBackend, "memoryBytes">): ResourceLimits {
    return limitsInForce(limits, backend, this.#deps.diskBytes);
  }

  /** Holds a start to what it may keep on disk. */
  disk(run: Run, { spec }: Child): DiskLimit {
    return this.limits.disk(run, spec.limits.diskBytes ?? this.#deps.diskBytes);
  }

  /** It has ended. */
  forget(run: Run): void {
    this.#watchdog.forget(run);
    this.limits.forget(run);
    this.#probing.forget(run);
  }

  /** Resolves when it is ready or has ended. */
  async readiness(run: Run): Promise<void> {
    await this.#probing.ready(run);
  }

  /**
   * Waits for a readiness probe; one that does not succeed in time ends its process. Nobody waits for a suspended one, which is not asked.
   *
   * @returns whether it is ready, or suspended
   */
  async readyInTime(run: Run): Promise<boolean> {
    const isSuspended = (): boolean => run.state === "suspended";
    if (!this.#probing.pending(run) || isSuspended()) return true;
    let giveUp = (): void => undefined;
    const suspended = new Promise<void>((resolve) => {
      giveUp = resolve;
    });
    const timer = this.#deps.clock.schedule(this.#deps.startTimeoutMs, () => {
      if (isSuspended()) giveUp();
      else this.#end(run, "probe");
    });
    await Promise.race([this.#probing.ready(run), suspended]);
    timer.cancel();
    return isSuspended() || (run.ready && run.state !== "exited");
  }

  #end(run: Run, cause: "watchdog" | "probe"): void {
    killRun(run, { kind: "supervisor", cause }, this.#deps.logger);
  }
}
