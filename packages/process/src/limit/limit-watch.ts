/**
 * Holds processes to their limits of memory, processor and wall time, by what their backend measures; charges processor time to their
 * budgets. A warning comes at 80 %, the end at 100 %. The figures are those of the last heartbeat: what happens between two looks is
 * found at the second. What a process keeps on disk is held at each change.
 */
import type { Clock, EventEmitter, LimitName, Logger, ResourceLimits, Timer } from "@weftos/interface";
import type { Ledger } from "../budget/ledger.ts";
import { WARN_AT } from "../budget/meter.ts";
import type { ProcessEvents } from "../processes.ts";
import type { Run } from "../supervision/child.ts";
import { DiskLimit } from "./disk-limit.ts";

/** How often processes are looked at. */
const EVERY_MS = 500;

/** What the watch asks of its kernel. */
export interface LimitDeps {
  readonly clock: Pick<Clock, "schedule">;
  readonly events: Pick<EventEmitter<ProcessEvents>, "emit">;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly end: (run: Run, limit: string) => void;
  /** Whether it takes notices; to one that does not expect them, they would be messages that it cannot read. */
  readonly traps: (run: Run) => boolean;
}

interface Watched {
  readonly limits: ResourceLimits;
  readonly warned: Set<LimitName>;
  readonly timers: readonly Timer[];
  /** Processor time that was charged to its budget. */
  charged: number;
}

export class LimitWatch {
  readonly #deps: LimitDeps;
  readonly #watched = new Map<Run, Watched>();
  #timer: Timer | undefined;

  constructor(deps: LimitDeps) {
    this.#deps = deps;
  }

  watch(run: Run, limits: ResourceLimits): void {
    const { memoryBytes, cpuMs, wallMs } = limits;
    const bounded = this.#deps.ledger.free(run.account, "cpuMs") !== undefined;
    if ((!memoryBytes && !cpuMs && !wallMs && !bounded) || run.state === "exited") return;
    const timers = wallMs ? this.#wallTimers(run, wallMs) : [];
    this.#watched.set(run, { limits, warned: new Set(), timers, charged: 0 });
    this.#timer ??= this.#next();
  }

  /** Holds a start to what it may keep on disk. @param diskBytes - 0 for as much as a state holds */
  disk(run: Run, diskBytes: number): DiskLimit {
    const { pid } = run;
    return new DiskLimit({
      pid,
      max: diskBytes || undefined,
      near: (limit, used, max) => this.near(run, limit, used, max),
      over: (limit) => this.#deps.end(run, limit),
    });
  }

  /** The process has ended: what it used since the last look is charged. */
  forget(run: Run): void {
    const watched = this.#watched.get(run);
    if (watched === undefined) return;
    this.#charge(run, watched);
    for (const timer of watched.timers) timer.cancel();
    this.#watched.delete(run);
    if (this.#watched.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Tells the log, the listeners and an agent that takes notices that it comes near a limit. */
  near(run: Run, limit: LimitName, used: number, max: number): void {
    const { pid, name } = run;
    if (this.#deps.traps(run)) run.context?.inbox.notify({ signal: "limit", limit, used, max });
    this.#deps.logger.warn("a process has used 80 % of a limit", { processId: pid, agent: name, limit, used, max });
    this.#deps.events.emit("process:limit-neared", { pid, name, limit, used, max });
  }

  #wallTimers(run: Run, wallMs: number): readonly Timer[] {
    const { clock, end } = this.#deps;
    const warnMs = Math.ceil(wallMs * WARN_AT);
    return [
      clock.schedule(warnMs, () => this.near(run, "wallMs", warnMs, wallMs), { background: true }),
      // Not in the background: a program that waits for the end of this run stays to see it.
      clock.schedule(wallMs, () => end(run, "wallMs")),
    ];
  }

  #next(): Timer {
    return this.#deps.clock.schedule(EVERY_MS, () => this.#look(), { background: true });
  }

  #look(): void {
    this.#timer = undefined;
    for (const [run, watched] of [...this.#watched]) {
      const usage = run.agent?.usage();
      this.#compare(run, watched, "memoryBytes", usage?.memoryBytes);
      this.#compare(run, watched, "cpuMs", usage?.cpuMs);
      if (!this.#charge(run, watched)) this.#deps.end(run, "budget.cpuMs");
    }
    if (this.#watched.size > 0) this.#timer ??= this.#next();
  }

  #compare(run: Run, { limits, warned }: Watched, limit: "memoryBytes" | "cpuMs", used: number | undefined): void {
    const max = limits[limit];
    if (used === undefined || max === undefined || max === 0) return;
    if (used >= max) this.#deps.end(run, limit);
    else if (used >= max * WARN_AT && !warned.has(limit)) {
      warned.add(limit);
      this.near(run, limit, used, max);
    }
  }

  /** @returns whether the budget held it */
  #charge(run: Run, watched: Watched): boolean {
    const used = Math.floor(run.agent?.usage().cpuMs ?? 0);
    const more = used - watched.charged;
    if (more <= 0) return true;
    watched.charged = used;
    const { enough, written } = this.#deps.ledger.charge(run.account, "cpuMs", more);
    written.catch((error: unknown) => {
      this.#deps.logger.error("processor time could not be charged", { processId: run.pid, error: String(error) });
    });
    return enough;
  }
}
