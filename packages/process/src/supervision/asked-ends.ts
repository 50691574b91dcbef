/**
 * Ends that somebody asks for: an operator, a keeper, a link, the kernel that shuts down; and the restart by hand, which is an end that
 * a start follows. Whatever an agent is just then (it runs, starts, waits for its next start, or ends already), the caller has what it
 * asked for when the call resolves. What an end brings about is said elsewhere.
 */
import type { Clock, ExitReason, Logger, Pid, SupervisorCause } from "@weftos/interface";
import { ProcessStateError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";
import type { Child, Run } from "./child.ts";
import { endAll } from "./end-all.ts";
import { type EndOptions, endRun, killRun } from "./end-run.ts";
import type { LiveRuns } from "./live-runs.ts";
import type { Restarts } from "./restarts.ts";

/** What asked ends want of their kernel. */
export interface AskedEndsDeps {
  readonly table: ProcessTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long one may take to end that says nothing of it. */
  readonly stopTimeoutMs: number;
}

/** What they share with their supervisor. */
export interface AskedEndsParts {
  readonly live: LiveRuns;
  readonly restarts: Restarts;
  /** Somebody starts an agent by hand. */
  readonly byHand: (child: Child) => void;
  /** Resolves when all ends that happened are recorded. */
  readonly recorded: () => Promise<void>;
}

export class AskedEnds {
  readonly #deps: AskedEndsDeps;
  readonly #parts: AskedEndsParts;
  /** When a process must have ended that is below one that has, in monotonic milliseconds. */
  readonly #orphansUntil = new WeakMap<Run, number>();
  #all: Promise<void> | undefined;

  constructor(deps: AskedEndsDeps, parts: AskedEndsParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** Whether all are ended: nothing starts any more. */
  get closing(): boolean {
    return this.#all !== undefined;
  }

  /** Ends a child for good, running or waiting. */
  async child(child: Child, cause: SupervisorCause): Promise<void> {
    child.ending = true;
    const { run } = child;
    if (run === undefined || child.handle.over) return;
    if (run.state !== "exited") await endRun(run, { ...this.#shutdownOf(child), cause }, this.#deps);
    else this.#parts.restarts.cancel(child);
  }

  /** Ends a child's process until its keeper starts it again. */
  async pause(child: Child): Promise<void> {
    const { run } = child;
    if (run === undefined || child.ending || child.handle.over) return;
    this.#parts.restarts.pause(child);
    if (run.state === "exited") return;
    await endRun(run, { ...this.#shutdownOf(child), cause: "sibling" }, this.#deps);
  }

  /** Ends a process now for a reason that stands; its policy may start it again. */
  now(pid: Pid, reason: ExitReason): Run | undefined {
    const run = this.#parts.live.of(pid);
    if (run !== undefined) killRun(run, reason, this.#deps.logger);
    return run;
  }

  /** As `now`, when somebody says so; resolves when it has ended. */
  async kill(pid: Pid): Promise<void> {
    this.#deps.table.require(pid);
    await this.now(pid, { kind: "killed" })?.finished();
  }

  /** Ends a process for good: no policy starts it again. Nothing happens to one that has ended. */
  async stop(pid: Pid, options: Partial<EndOptions> = {}): Promise<void> {
    this.#deps.table.require(pid);
    const waiting = this.#parts.restarts.find(pid);
    if (waiting !== undefined) {
      this.#parts.restarts.cancel(waiting);
      return;
    }
    const run = this.#parts.live.of(pid);
    const child = run?.child;
    if (run === undefined || child === undefined) return;
    child.ending = true;
    const { graceful, timeoutMs } = { ...this.#shutdownOf(child), ...options };
    await endRun(run, { graceful, timeoutMs, cause: options.cause ?? "operator" }, this.#deps);
  }

  /**
   * Ends for good what an ended process started. However deep they nest and however long each of them may take by itself: all together
   * have the time of the kernel, since nobody above them lives who could end them or answer for them.
   */
  async orphan(pid: Pid, of: Run): Promise<void> {
    const { clock, stopTimeoutMs } = this.#deps;
    const now = clock.monotonic();
    const until = this.#orphansUntil.get(of) ?? now + stopTimeoutMs;
    const run = this.#parts.live.of(pid);
    if (run?.child === undefined) return;
    this.#orphansUntil.set(run, until);
    const left = Math.max(0, until - now);
    const timeoutMs = Math.min(left, this.#shutdownOf(run.child).timeoutMs);
    await this.stop(pid, { graceful: timeoutMs > 0, timeoutMs, cause: "parent" });
  }

  /** @throws PROCESS_STATE when it has ended for good or is being restarted, and what a start throws */
  async restart(pid: Pid): Promise<{ readonly pid: Pid; readonly count: number }> {
    const entry = this.#deps.table.require(pid);
    const { live, restarts, byHand } = this.#parts;
    const waiting = restarts.find(pid);
    if (waiting?.run !== undefined) {
      if (waiting.backoff === undefined) throw notRestarted(entry, "it is being restarted");
      byHand(waiting);
      return { pid: await restarts.now(waiting, waiting.run), count: waiting.restarts };
    }
    const run = live.of(pid);
    const child = run?.child;
    if (run === undefined || child === undefined || child.ending || child.restartRequest !== undefined) {
      throw notRestarted(entry, "it cannot be restarted");
    }
    byHand(child);
    const started = new Promise<Pid>((done, failed) => {
      child.restartRequest = { done, failed };
    });
    const [next] = await Promise.all([
      started,
      endRun(run, { ...this.#shutdownOf(child), cause: "restart" }, this.#deps),
    ]);
    return { pid: next, count: child.restarts };
  }

  /** Ends all: asked in turn, the youngest first, and killed when `timeoutMs` for all is over. A second call joins the first. */
  all(timeoutMs: number): Promise<void> {
    this.#all ??= this.#endAll(timeoutMs);
    return this.#all;
  }

  /** Ends at once what `all` still waits for. */
  killAll(): void {
    for (const run of this.#parts.live.all()) {
      if (run.child !== undefined) run.child.ending = true;
      killRun(run, { kind: "timeout" }, this.#deps.logger);
    }
  }

  async #endAll(timeoutMs: number): Promise<void> {
    const { live, restarts } = this.#parts;
    restarts.close();
    await endAll(timeoutMs, {
      clock: this.#deps.clock,
      running: () => live.all(),
      stop: (run, options) => this.stop(run.pid, options),
      killAll: () => this.killAll(),
    });
    await this.#parts.recorded();
  }

  #shutdownOf({ spec }: Child): { readonly graceful: boolean; readonly timeoutMs: number } {
    const timeoutMs = spec.shutdownMs ?? this.#deps.stopTimeoutMs;
    return { graceful: timeoutMs > 0, timeoutMs };
  }
}

/** A restart by hand that cannot be, or cannot be any more. */
export function notRestarted(entry: ProcessEntry, why: string): ProcessStateError {
  return new ProcessStateError(`process ${entry.pid} is ${entry.state}: ${why}`, {
    details: { pid: entry.pid, from: entry.state, to: "starting" },
  });
}
