/**
 * Starts processes, ends them, and starts them again. An agent keeps its specification, its restart count, its handle and,
 * unless it says otherwise, what waits in its mailbox through restarts; each start has a PID and a context of its own.
 * Strategies over several agents are those of a `Group`. Nothing here asks the guard: what others ask for was guarded by its
 * caller.
 */
import {
  type AuditLog,
  type Clock,
  type EndNotice,
  type ExitReason,
  type Guard,
  KERNEL_PID,
  type Pid,
  type Random,
  type ResourceLimits,
  type SpawnBackend,
  type SupervisorCause,
} from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import type { Agency } from "../capability/agency.ts";
import type { DiskLimit } from "../limit/disk-limit.ts";
import { ProcessNotAcceptingError, ProcessStateError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessJournal } from "../table/process-journal.ts";
import { Child, type ChildSpec, type Run } from "./child.ts";
import { endAll } from "./end-all.ts";
import { askToStop, type EndOptions, endRun, killRun } from "./end-run.ts";
import { recordExit } from "./exit-record.ts";
import { Links } from "./links.ts";
import { LiveRuns } from "./live-runs.ts";
import { PatientRecord } from "./patient-record.ts";
import { Places } from "./places.ts";
import { Restarts } from "./restarts.ts";
import type { RunOwner } from "./run.ts";
import { RunStarts, type RunStartsDeps } from "./run-starts.ts";
import { RunWatch, type RunWatchDeps } from "./run-watch.ts";
import { Spending } from "./spending.ts";
import { Suspensions } from "./suspensions.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** What a supervisor asks of its kernel. */
export interface SupervisorDeps extends RunStartsDeps, RunWatchDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly guard: Guard;
  readonly audit: AuditLog;
  readonly journal: Pick<ProcessJournal, "started" | "ended" | "flushed">;
  readonly stopTimeoutMs: number;
  /** Most live processes below one agent. */
  readonly maxDescendants: number;
  readonly agency: Pick<Agency, "assertChild">;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #owner: RunOwner<Child> = { ended: (child, run, reason) => this.#ended(child, run, reason) };
  readonly #records: PatientRecord;
  readonly #restarts: Restarts;
  readonly #live: LiveRuns;
  readonly #places: Places;
  readonly #spending: Spending;
  readonly #starts: RunStarts;
  readonly #watch: RunWatch;
  readonly #links: Links;
  readonly #suspensions: Suspensions;
  #stopping: Promise<void> | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#live = new LiveRuns(deps.table);
    this.#places = new Places({ ...deps, live: this.#live });
    this.#records = new PatientRecord(deps.audit, deps.logger);
    this.#restarts = new Restarts(
      { ...deps, records: this.#records },
      {
        begin: (child) => this.#starts.begin(child),
        forget: (child) => this.#forget(child),
      },
    );
    this.#links = new Links({
      reasonOf: (pid) => deps.table.entry(pid)?.exit,
      lives: (pid) => pid === KERNEL_PID || this.#live.of(pid) !== undefined,
      traps: (pid) => this.#live.of(pid)?.child?.spec.trapExit === true,
      tell: (pid, notice) => this.#tell(pid, notice),
      end: (pid, reason) => this.end(pid, reason),
    });
    this.#watch = new RunWatch(deps);
    this.#spending = new Spending({ ...deps, limits: this.#watch.limits });
    this.#starts = new RunStarts(
      deps,
      { places: this.#places, spending: this.#spending },
      {
        assertAccepting: () => this.#assertAccepting(),
        started: (child) => this.#restarts.started(child),
        entered: (run) => this.#suspensions.entered(run),
        running: (child, run, backend) => this.#running(child, run, backend),
        failed: (child, run, reason) => this.#finish(child, run, withoutSecrets(reason, child.spec.environment)),
      },
    );
    this.#suspensions = new Suspensions({
      table: deps.table,
      find: (pid) => this.find(pid),
      changed: (child) => this.changed(child),
    });
  }

  /** What limits hold an agent on a backend, the defaults included. */
  limitsOf({ spec }: Child, backend: Pick<SpawnBackend, "memoryBytes">): ResourceLimits {
    return this.#watch.limitsOf(spec.limits, backend);
  }

  /** Holds a live process to what it may keep on disk. */
  diskLimit({ pid }: ProcessEntry): DiskLimit {
    const run = this.#live.of(pid);
    if (run?.child === undefined) throw new Error(`process ${pid} has ended, so it keeps nothing`);
    return this.#watch.disk(run, run.child);
  }

  /** Links and monitors between the processes. */
  get links(): Links {
    return this.#links;
  }

  /**
   * Starts an agent; resolves when its code was entered.
   *
   * @param code - digest of its module, when it was approved
   * @throws PROCESS_TABLE_FULL, BACKEND_NOT_AVAILABLE, AGENT_LOAD_FAILED, AGENT_NOT_A_MODULE, PROCESS_NOT_ACCEPTING
   */
  async spawn(spec: ChildSpec, signal?: AbortSignal, code?: string): Promise<Child> {
    const child = new Child(spec);
    child.code = code;
    await this.#starts.begin(child, signal);
    return child;
  }

  /** Starts an agent that the last kernel lost; its restarts go on from there. */
  async recover(
    spec: ChildSpec,
    lost: {
      readonly pid: number;
      readonly restarts: number;
      readonly account: number | undefined;
      readonly code: string | undefined;
      readonly suspended: boolean;
      /** When it failed before, milliseconds UTC. */
      readonly failures: readonly number[];
    },
  ): Promise<Child> {
    const child = new Child(spec);
    child.suspended = lost.suspended;
    child.intensity.recall(lost.failures, this.#deps.clock);
    child.restarts = lost.restarts + 1;
    child.lostPid = lost.pid;
    child.account = lost.account;
    child.code = lost.code;
    await this.#starts.begin(child);
    return child;
  }

  /** The agent that has a PID, or had it last and waits for its next start. */
  find(pid: Pid): Child | undefined {
    return this.#live.of(pid)?.child ?? this.#restarts.find(pid);
  }

  /** All agents that live or wait for their next start. */
  living(): readonly Child[] {
    return [...new Set([...this.#live.all().flatMap(({ child = [] }) => child), ...this.#restarts.all()])];
  }

  /** How many these are, more or less. */
  get count(): number {
    return this.#deps.table.live + this.#restarts.size;
  }

  /** Starts an agent under a keeper that made it. */
  async start(child: Child): Promise<void> {
    await this.#starts.begin(child);
  }

  /** Starts an agent again whose wait is over. @returns whether it runs */
  async startAgain(child: Child, backoffMs: number): Promise<boolean> {
    return await this.#restarts.automatic(child, backoffMs);
  }

  /** Ends a child for good, running or waiting. */
  async endChild(child: Child, cause: SupervisorCause): Promise<void> {
    child.ending = true;
    const { run } = child;
    if (run === undefined || child.handle.over) return;
    if (run.state !== "exited") await endRun(run, { ...this.#shutdownOf(child), cause }, this.#deps);
    else this.#restarts.cancel(child);
  }

  /** Ends a child's process until its keeper starts it again. */
  async pauseChild(child: Child): Promise<void> {
    const { run } = child;
    if (run === undefined || child.ending || child.handle.over) return;
    this.#restarts.pause(child);
    if (run.state === "exited") return;
    await endRun(run, { ...this.#shutdownOf(child), cause: "sibling" }, this.#deps);
  }

  /** Waits for a child's readiness probe; one that is not ready in time is ended. @returns whether it is ready */
  async ready(child: Child): Promise<boolean> {
    return child.run !== undefined && (await this.#watch.readyInTime(child.run));
  }

  /** Resolves when a process is ready or has ended. */
  async readiness(pid: Pid): Promise<void> {
    const run = this.#live.of(pid);
    if (run !== undefined) await this.#watch.readiness(run);
  }

  /** Ends a process now for a reason that stands; its policy may start it again. */
  end(pid: Pid, reason: ExitReason): void {
    const run = this.#live.of(pid);
    if (run !== undefined) killRun(run, reason, this.#deps.logger);
  }

  /** Ends a process for good: no policy starts it again. Nothing happens to one that has ended. */
  async stop(pid: Pid, options: Partial<EndOptions> = {}): Promise<void> {
    this.#deps.table.require(pid);
    const waiting = this.#restarts.find(pid);
    if (waiting !== undefined) {
      this.#restarts.cancel(waiting);
      return;
    }
    const run = this.#live.of(pid);
    const child = run?.child;
    if (run === undefined || child === undefined) return;
    child.ending = true;
    const { graceful, timeoutMs } = { ...this.#shutdownOf(child), ...options };
    await endRun(run, { graceful, timeoutMs, cause: options.cause ?? "operator" }, this.#deps);
  }

  /** Ends a process now; its policy may start it again. Nothing happens to one that has ended. */
  async kill(pid: Pid): Promise<void> {
    this.#deps.table.require(pid);
    const run = this.#live.of(pid);
    if (run === undefined) return;
    killRun(run, { kind: "killed" }, this.#deps.logger);
    await run.finished();
  }

  /** Suspends an agent until it is resumed or restarted by hand. @throws PROCESS_STATE when it is suspended, or has ended for good */
  suspend(pid: Pid): void {
    this.#suspensions.suspend(pid);
  }

  /** @throws PROCESS_STATE unless it is suspended */
  resume(pid: Pid): void {
    this.#suspensions.resume(pid);
  }

  /** Resolves when what another kernel must know is on disk, or could not be written. */
  async flushed(): Promise<void> {
    await this.#deps.journal.flushed();
  }

  /** What another kernel must know of an agent is not what it was. */
  changed(child: Child): void {
    if ((child.recovery ?? child.member) !== undefined && !child.handle.over)
      this.#deps.journal.started(child.journalled, undefined);
  }

  /**
   * Stops a process and starts its agent again under a new PID, at once. The restart does not count for the intensity.
   *
   * @throws PROCESS_STATE when it has ended for good, and what a start throws
   */
  async restart(pid: Pid): Promise<{ readonly pid: Pid; readonly count: number }> {
    const entry = this.#deps.table.require(pid);
    const waiting = this.#restarts.find(pid);
    if (waiting?.run !== undefined) {
      if (waiting.backoff === undefined) throw stateError(entry, "starting", "it is being restarted");
      this.#suspensions.restarted(waiting);
      return { pid: await this.#restarts.now(waiting, waiting.run), count: waiting.restarts };
    }
    const run = this.#live.of(pid);
    const child = run?.child;
    if (run === undefined || child === undefined || child.ending || child.restartRequest !== undefined) {
      throw stateError(entry, "starting", "it cannot be restarted");
    }
    this.#suspensions.restarted(child);
    const started = new Promise<Pid>((done, failed) => {
      child.restartRequest = { done, failed };
    });
    const [next] = await Promise.all([
      started,
      endRun(run, { ...this.#shutdownOf(child), cause: "restart" }, this.#deps),
    ]);
    return { pid: next, count: child.restarts };
  }

  /**
   * Ends all processes: asked in turn, the youngest first, and killed when `timeoutMs` for all is over. A second call joins
   * the first.
   */
  shutdown(timeoutMs: number): Promise<void> {
    this.#stopping ??= this.#endAll(timeoutMs);
    return this.#stopping;
  }

  /** Ends at once what a shutdown still waits for. */
  killAll(): void {
    for (const run of this.#live.all()) {
      if (run.child !== undefined) run.child.ending = true;
      killRun(run, { kind: "timeout" }, this.#deps.logger);
    }
  }

  async #endAll(timeoutMs: number): Promise<void> {
    this.#restarts.close();
    await endAll(timeoutMs, {
      clock: this.#deps.clock,
      running: () => this.#live.all(),
      stop: (run, options) => this.stop(run.pid, options),
      killAll: () => this.killAll(),
    });
    await this.#records.settled();
  }

  #forget(child: Child): void {
    this.#spending.close(child);
    if (child.run?.kept === true) this.#deps.journal.ended(child.run.pid);
    if (child.mailboxOf === undefined) return;
    this.#deps.router().detach(child.mailboxOf);
    child.mailboxOf = undefined;
  }

  #shutdownOf({ spec }: Child): { readonly graceful: boolean; readonly timeoutMs: number } {
    const timeoutMs = spec.shutdownMs ?? this.#deps.stopTimeoutMs;
    return { graceful: timeoutMs > 0, timeoutMs };
  }

  #tell(pid: Pid, notice: EndNotice): void {
    if (pid === KERNEL_PID) this.#deps.events.emit("process:noticed", notice);
    else this.#live.of(pid)?.context?.inbox.notify(notice, this.#deps.clock.now());
  }

  /** A start has come so far that its end, its use and its signs of life are watched. */
  #running(child: Child, run: Run, backend: SpawnBackend): void {
    if (run.agent === undefined) run.listen(this.#owner);
    else {
      run.agent.exited.then(
        (reason) => this.#ended(child, run, reason),
        (error: unknown) => {
          this.#deps.logger.error("a backend broke its promise never to reject", { backend: child.spec.backend });
          this.#ended(child, run, crashOf(error));
        },
      );
    }
    this.#watch.watch(run, child, backend);
  }

  #ended(child: Child, run: Run, reported: ExitReason): void {
    const { cause } = run;
    const asked = cause !== undefined && cause !== "operator" && reported.kind === "normal";
    const own = asked ? ({ kind: "supervisor", cause } as const) : withoutSecrets(reported, child.spec.environment);
    const reason: ExitReason = run.forced ?? own;
    this.#finish(child, run, reason);
    const request = child.restartRequest;
    child.restartRequest = undefined;
    if (request !== undefined && !child.ending) {
      this.#restarts.now(child, run).then(request.done, request.failed);
      return;
    }
    request?.failed(stateError(run, "starting", "it was stopped meanwhile"));
    this.#restarts.ended(child, run, reason);
  }

  /** Takes a process out of everything but the table. */
  #finish(child: Child, run: Run, reason: ExitReason): void {
    const { table, router } = this.#deps;
    const { pid } = run;
    table.exit(run, reason);
    askToStop(run);
    this.#watch.forget(run);
    this.#spending.ended(run);
    this.#places.ended(run);
    const again = child.begun && this.#restarts.keeps(child, reason);
    if (again && child.spec.mailbox === "keep") child.mailboxOf = pid;
    else router().detach(pid);
    run.kept = again;
    if (!again) this.#deps.journal.ended(pid);
    recordExit(run, reason, { ...this.#deps, records: this.#records });
    this.#links.exited(pid, reason);
    for (const orphan of this.#places.childrenOf(pid)) this.#stopOrphan(orphan);
    this.#restarts.cancelChildrenOf(pid);
    run.finish();
  }

  #stopOrphan(pid: Pid): void {
    this.stop(pid, { cause: "parent" }).catch((error: unknown) => {
      this.#deps.logger.error("a child of an ended process could not be stopped", {
        processId: pid,
        error: error instanceof Error ? error.message : "unknown",
      });
    });
  }

  #assertAccepting(): void {
    if (this.#stopping === undefined) return;
    throw new ProcessNotAcceptingError("the kernel shuts down, so no process can start", {
      details: { phase: "stopping" },
    });
  }
}

function stateError(entry: ProcessEntry, to: "starting", why: string): ProcessStateError {
  return new ProcessStateError(`process ${entry.pid} is ${entry.state}: ${why}`, {
    details: { pid: entry.pid, from: entry.state, to },
  });
}
