/**
 * The one place where agents are started, ended and found: puts the parts together that share the processes of a kernel. An agent keeps
 * its specification, its restart count, its handle and, unless it says otherwise, what waits in its mailbox through restarts; each
 * start has a PID and a context of its own. Strategies over several agents are those of a `Group`. Nothing here asks the guard: what
 * others ask for was guarded by its caller.
 */
import {
  type AuditLog,
  type Clock,
  type EndNotice,
  type Guard,
  KERNEL_PID,
  type Pid,
  type Random,
  type ResourceLimits,
  type SpawnBackend,
  type SupervisorCause,
} from "@weftos/interface";
import type { Agency } from "../capability/agency.ts";
import type { DiskLimit } from "../limit/disk-limit.ts";
import { ProcessNotAcceptingError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessJournal } from "../table/process-journal.ts";
import { AskedEnds, type AskedEndsDeps } from "./asked-ends.ts";
import { Child } from "./child.ts";
import { isStartedAgain, recordOf } from "./child-record.ts";
import type { ChildSpec } from "./child-spec.ts";
import type { EndOptions } from "./end-run.ts";
import { Links } from "./links.ts";
import { LiveRuns } from "./live-runs.ts";
import { PatientRecord } from "./patient-record.ts";
import { Places } from "./places.ts";
import { Restarts } from "./restarts.ts";
import { RunEnds } from "./run-ends.ts";
import { RunStarts, type RunStartsDeps } from "./run-starts.ts";
import { RunWatch, type RunWatchDeps } from "./run-watch.ts";
import { Spending } from "./spending.ts";
import { Suspensions } from "./suspensions.ts";

/** What a supervisor asks of its kernel. */
export interface SupervisorDeps extends RunStartsDeps, RunWatchDeps, AskedEndsDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly guard: Guard;
  readonly audit: AuditLog;
  readonly journal: Pick<ProcessJournal, "started" | "changed" | "ended" | "flushed">;
  /** Most live processes below one agent. */
  readonly maxDescendants: number;
  readonly agency: Pick<Agency, "assertChild">;
}

/** What was approved of a start, and binds those that follow it. */
interface Approved {
  readonly approval: string;
  readonly code: string | undefined;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #records: PatientRecord;
  readonly #restarts: Restarts;
  readonly #live: LiveRuns;
  readonly #places: Places;
  readonly #spending: Spending;
  readonly #starts: RunStarts;
  readonly #watch: RunWatch;
  readonly #links: Links;
  readonly #suspensions: Suspensions;
  readonly #asked: AskedEnds;
  readonly #ends: RunEnds;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#live = new LiveRuns(deps.table);
    this.#places = new Places({ ...deps, live: this.#live });
    this.#records = new PatientRecord(deps.audit, deps.logger);
    this.#restarts = new Restarts(
      { ...deps, records: this.#records },
      {
        begin: (child) => this.#starts.begin(child),
        forget: (child) => this.#ends.forget(child),
      },
    );
    this.#links = new Links({
      reasonOf: (pid) => deps.table.entry(pid)?.exit,
      lives: (pid) => pid === KERNEL_PID || this.#live.of(pid) !== undefined,
      traps: (pid) => this.#live.of(pid)?.child?.spec.trapExit === true,
      tell: (pid, notice) => this.#tell(pid, notice),
      end: (pid, reason) => void this.#asked.now(pid, reason),
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
        running: (child, run, backend) => this.#ends.watch(child, run, backend),
        failed: (child, run, reason) => this.#ends.neverRan(child, run, reason),
      },
    );
    this.#suspensions = new Suspensions({
      table: deps.table,
      find: (pid) => this.find(pid),
      changed: (child) => this.changed(child),
    });
    this.#asked = new AskedEnds(deps, {
      live: this.#live,
      restarts: this.#restarts,
      byHand: (child) => this.#suspensions.restarted(child),
      recorded: () => this.#records.settled(),
    });
    this.#ends = new RunEnds(deps, {
      records: this.#records,
      restarts: this.#restarts,
      watch: this.#watch,
      spending: this.#spending,
      places: this.#places,
      links: this.#links,
      stopOrphan: (pid, of) => this.#asked.orphan(pid, of),
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
   * @param approved - the approval under which it is started again, and the digest of the module that was approved
   * @throws PROCESS_TABLE_FULL, BACKEND_NOT_AVAILABLE, AGENT_LOAD_FAILED, AGENT_NOT_A_MODULE, PROCESS_NOT_ACCEPTING
   */
  async spawn(spec: ChildSpec, signal?: AbortSignal, approved?: Approved): Promise<Child> {
    const child = new Child(spec);
    child.approval = approved?.approval;
    child.code = approved?.code;
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
      readonly approval: string | undefined;
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
    child.approval = lost.approval;
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
    await this.#asked.child(child, cause);
  }

  /** Ends a child's process until its keeper starts it again. */
  async pauseChild(child: Child): Promise<void> {
    await this.#asked.pause(child);
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

  /**
   * Ends a process for good: no policy starts it again, and no other kernel, should this one be killed next. Nothing happens to one that
   * has ended.
   */
  async stop(pid: Pid, options?: Partial<EndOptions>): Promise<void> {
    const child = this.find(pid);
    await this.#asked.stop(pid, options);
    if (child !== undefined && isStartedAgain(child)) await this.flushed();
  }

  /** Ends a process now; its policy may start it again. Nothing happens to one that has ended. */
  async kill(pid: Pid): Promise<void> {
    await this.#asked.kill(pid);
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
    if (isStartedAgain(child) && !child.handle.over) this.#deps.journal.changed(recordOf(child));
  }

  /**
   * Stops a process and starts its agent again under a new PID, at once. The restart does not count for the intensity.
   *
   * @throws PROCESS_STATE when it has ended for good, and what a start throws
   */
  async restart(pid: Pid): Promise<{ readonly pid: Pid; readonly count: number }> {
    return await this.#asked.restart(pid);
  }

  /**
   * Ends all processes: asked in turn, the youngest first, and killed when `timeoutMs` for all is over. A second call joins
   * the first.
   */
  async shutdown(timeoutMs: number): Promise<void> {
    await this.#asked.all(timeoutMs);
  }

  /** Ends at once what a shutdown still waits for. */
  killAll(): void {
    this.#asked.killAll();
  }

  #tell(pid: Pid, notice: EndNotice): void {
    if (pid === KERNEL_PID) this.#deps.events.emit("process:noticed", notice);
    else this.#live.of(pid)?.context?.inbox.notify(notice, this.#deps.clock.now());
  }

  #assertAccepting(): void {
    if (!this.#asked.closing) return;
    throw new ProcessNotAcceptingError("the kernel shuts down, so no process can start", {
      details: { phase: "stopping" },
    });
  }
}
