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
  type EventEmitter,
  type ExitReason,
  type Guard,
  KERNEL_PID,
  type Logger,
  type MailboxEnd,
  type MessageRouter,
  type Pid,
  type Random,
  type SpawnBackend,
  type SupervisorCause,
} from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import { type ContextHost, ProcessContext } from "../agent/process-context.ts";
import { findBackend } from "../backends/find-backend.ts";
import type { Ledger } from "../budget/ledger.ts";
import { Meter } from "../budget/meter.ts";
import type { Agency } from "../capability/agency.ts";
import type { RightsKeeper } from "../capability/rights-keeper.ts";
import { SpawnQuota } from "../capability/spawn-quota.ts";
import { assertEnforceable, LimitWatch, withDefault } from "../limit/limit-watch.ts";
import {
  ProcessNotAcceptingError,
  ProcessNotFoundError,
  ProcessStateError,
  ProcessStoppedError,
} from "../process-errors.ts";
import type { ProcessEvents } from "../processes.ts";
import type { PidBlocks } from "../table/pid-blocks.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { JournalEntry, ProcessJournal } from "../table/process-journal.ts";
import type { ProcessTable } from "../table/process-table.ts";
import { Child, type ChildSpec } from "./child.ts";
import { askToStop, type EndOptions, endRun, killRun } from "./end-run.ts";
import { recordExit } from "./exit-record.ts";
import { Family } from "./family.ts";
import { Links } from "./links.ts";
import { PatientRecord } from "./patient-record.ts";
import { Probing } from "./probing.ts";
import { Restarts } from "./restarts.ts";
import { rightsHolder } from "./rights-holder.ts";
import { Run, type RunOwner } from "./run.ts";
import { enterNow, startRun } from "./start-run.ts";
import { Watchdog } from "./watchdog.ts";

/** What a supervisor asks of its kernel. */
export interface SupervisorDeps {
  readonly table: ProcessTable;
  readonly pids: Pick<PidBlocks, "next" | "take">;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly guard: Guard;
  readonly audit: AuditLog;
  readonly logger: Logger;
  readonly router: () => MessageRouter;
  readonly backends: () => readonly SpawnBackend[];
  readonly events: EventEmitter<ProcessEvents>;
  readonly host: Omit<ContextHost, "entered">;
  readonly journal: Pick<ProcessJournal, "started" | "ended">;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** How long a process may be silent past its heartbeat before it is ended. */
  readonly hungKillMs: number;
  /** Most live processes below one agent. */
  readonly maxDescendants: number;
  readonly rights: () => Pick<RightsKeeper, "atStart">;
  readonly agency: Pick<Agency, "assertChild">;
  readonly ledger: Ledger;
  /** Bytes that a process keeps on disk. */
  readonly diskBytes: (pid: Pid) => number;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #host: ContextHost;
  readonly #owner: RunOwner = { ended: (child, run, reason) => this.#ended(child, run, reason) };
  readonly #records: PatientRecord;
  readonly #restarts: Restarts;
  readonly #family = new Family();
  readonly #quota: SpawnQuota;
  readonly #limits: LimitWatch;
  readonly #links: Links;
  readonly #watchdog: Watchdog;
  readonly #probing: Probing;
  #stopping: Promise<void> | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#quota = new SpawnQuota(deps.maxDescendants);
    this.#host = { ...deps.host, entered: (entry) => this.#entered(entry) };
    this.#records = new PatientRecord(deps.audit, deps.logger);
    this.#restarts = new Restarts(
      { ...deps, records: this.#records },
      {
        begin: (child) => this.#begin(child),
        forget: (child) => this.#forget(child),
      },
    );
    const end = (run: Run, cause: "watchdog" | "probe"): void =>
      killRun(run, { kind: "supervisor", cause }, deps.logger);
    this.#links = new Links({
      reasonOf: (pid) => deps.table.entry(pid)?.exit,
      lives: (pid) => pid === KERNEL_PID || this.#running(pid) !== undefined,
      traps: (pid) => this.#running(pid)?.child?.spec.trapExit === true,
      tell: (pid, notice) => this.#tell(pid, notice),
      end: (pid, reason) => this.end(pid, reason),
    });
    this.#watchdog = new Watchdog({ ...deps, end: (run) => end(run, "watchdog") });
    this.#limits = new LimitWatch({
      ...deps,
      traps: ({ child }) => child?.spec.trapExit === true,
      end: (run, limit) => killRun(run, { kind: "limit", limit }, deps.logger),
    });
    this.#probing = new Probing({ ...deps, end: (run) => end(run, "probe") });
  }

  /** Links and monitors between the processes. */
  get links(): Links {
    return this.#links;
  }

  /**
   * Starts an agent; resolves when its code was entered.
   *
   * @throws PROCESS_TABLE_FULL, BACKEND_NOT_AVAILABLE, AGENT_LOAD_FAILED, AGENT_NOT_A_MODULE, PROCESS_NOT_ACCEPTING
   */
  async spawn(spec: ChildSpec, signal?: AbortSignal): Promise<Child> {
    const child = new Child(spec);
    await this.#begin(child, signal);
    return child;
  }

  /** Starts an agent that the last kernel lost; its restarts go on from there. */
  async recover(
    spec: ChildSpec,
    lost: { readonly pid: number; readonly restarts: number; readonly account: number | undefined },
  ): Promise<Child> {
    const child = new Child(spec);
    child.restarts = lost.restarts + 1;
    child.lostPid = lost.pid;
    child.account = lost.account;
    await this.#begin(child);
    return child;
  }

  /** The agent that has a PID, or had it last and waits for its next start. */
  find(pid: Pid): Child | undefined {
    return this.#running(pid)?.child ?? this.#restarts.find(pid);
  }

  /** All agents that live or wait for their next start. */
  living(): readonly Child[] {
    return [...new Set([...this.#allRunning().flatMap(({ child = [] }) => child), ...this.#restarts.all()])];
  }

  /** How many these are, more or less. */
  get count(): number {
    return this.#deps.table.live + this.#restarts.size;
  }

  /** Starts an agent under a keeper that made it. */
  async start(child: Child): Promise<void> {
    await this.#begin(child);
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
    const { run } = child;
    if (run === undefined) return false;
    if (!this.#probing.pending(run)) return true;
    const timer = this.#deps.clock.schedule(this.#deps.startTimeoutMs, () => {
      killRun(run, { kind: "supervisor", cause: "probe" }, this.#deps.logger);
    });
    await this.#probing.ready(run);
    timer.cancel();
    return run.ready && run.state !== "exited";
  }

  /** Ends a process now for a reason that stands; its policy may start it again. */
  end(pid: Pid, reason: ExitReason): void {
    const run = this.#running(pid);
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
    const run = this.#running(pid);
    const child = run?.child;
    if (run === undefined || child === undefined) return;
    child.ending = true;
    const { graceful, timeoutMs } = { ...this.#shutdownOf(child), ...options };
    await endRun(run, { graceful, timeoutMs, cause: options.cause ?? "operator" }, this.#deps);
  }

  /** Ends a process now; its policy may start it again. Nothing happens to one that has ended. */
  async kill(pid: Pid): Promise<void> {
    this.#deps.table.require(pid);
    const run = this.#running(pid);
    if (run === undefined) return;
    killRun(run, { kind: "killed" }, this.#deps.logger);
    await run.finished();
  }

  /** @throws PROCESS_STATE unless it runs */
  suspend(pid: Pid): void {
    const { table } = this.#deps;
    table.transition(table.require(pid), "suspended");
    this.#running(pid)?.context?.inbox.suspend();
  }

  /** @throws PROCESS_STATE unless it is suspended */
  resume(pid: Pid): void {
    const { table } = this.#deps;
    const entry = table.require(pid);
    // From `starting` the step to `running` is the start's alone.
    if (entry.state === "starting") throw stateError(entry, "running", "it is starting");
    table.transition(entry, "running");
    this.#running(pid)?.context?.inbox.resume();
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
      return { pid: await this.#restarts.now(waiting, waiting.run), count: waiting.restarts };
    }
    const run = this.#running(pid);
    const child = run?.child;
    if (run === undefined || child === undefined || child.ending || child.restartRequest !== undefined) {
      throw stateError(entry, "starting", "it cannot be restarted");
    }
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
    for (const run of this.#allRunning()) {
      if (run.child !== undefined) run.child.ending = true;
      killRun(run, { kind: "timeout" }, this.#deps.logger);
    }
  }

  async #endAll(timeoutMs: number): Promise<void> {
    const { clock } = this.#deps;
    const deadline = clock.monotonic() + timeoutMs;
    this.#restarts.close();
    // What a supervisor started, it ends, in its own order.
    const youngestFirst = this.#allRunning()
      .filter(({ child }) => child?.keeper === undefined)
      .reverse();
    const ends: Promise<void>[] = [];
    for (const [index, { pid, state }] of youngestFirst.entries()) {
      if (state === "exited") continue;
      const left = Math.max(0, deadline - clock.monotonic());
      const end = this.stop(pid, { graceful: left > 0, timeoutMs: left, cause: "shutdown" });
      ends.push(end);
      // One that does not listen delays the others by its share of the time, and takes none of theirs.
      await this.#atMost(left / (youngestFirst.length - index), end);
    }
    await Promise.all(ends);
    // Children of a supervisor that took longer than its kernel has.
    this.killAll();
    await Promise.all(this.#allRunning().map((run) => run.finished()));
    await this.#records.settled();
  }

  async #atMost(ms: number, end: Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = this.#deps.clock.schedule(ms, resolve);
      end.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  /** The process of a PID while it lives. */
  #running(pid: Pid): Run | undefined {
    const entry = this.#deps.table.entry(pid);
    return entry instanceof Run && entry.state !== "exited" ? entry : undefined;
  }

  /** All that live, the oldest first. */
  #allRunning(): readonly Run[] {
    const running: Run[] = [];
    for (const entry of this.#deps.table.entries()) {
      if (entry instanceof Run && entry.state !== "exited") running.push(entry);
    }
    return running;
  }

  #begin(child: Child, signal?: AbortSignal): Promise<Run> {
    return child.spec.budget === undefined ? this.#beginOn(child, signal) : this.#beginPaid(child, signal);
  }

  async #beginPaid(child: Child, signal?: AbortSignal): Promise<Run> {
    try {
      await this.#openAccount(child);
      return await this.#beginOn(child, signal);
    } catch (error) {
      if (!child.begun) this.#closeAccount(child);
      throw error;
    }
  }

  async #beginOn(child: Child, signal?: AbortSignal): Promise<Run> {
    const { table, pids } = this.#deps;
    const { spec } = child;
    signal?.throwIfAborted();
    this.#assertAccepting();
    table.assertRoom();
    const backend = findBackend(this.#deps.backends(), spec.kind === "supervisor" ? "inline" : spec.backend);
    assertEnforceable(spec.limits, backend, this.#deps.backends());
    const pid = pids.take() ?? (await pids.next());
    signal?.throwIfAborted();
    this.#assertAccepting();
    if (child.ending) throw new ProcessStoppedError(`the agent ${spec.name} was stopped`, { details: { pid } });
    this.#assertParent(spec.parent);
    this.#assertPlace(child);
    const parent = this.#parentOf(spec);
    const startedWith = this.#deps.rights().atStart(child);
    const startedAt = this.#deps.clock.now();
    const about = { pid, about: spec, restarts: child.restarts, startedAt, capabilities: startedWith };
    const run = table.insert(new Run(about, child));
    run.account = child.account ?? parent.account;
    const last = child.run;
    const before = last?.pid ?? child.lostPid;
    child.lostPid = undefined;
    this.#restarts.started(child);
    this.#quota.started(pid, parent);
    try {
      const mailbox = this.#mailboxFor(child, pid, last === undefined ? before : undefined);
      const context = new ProcessContext(run, spec, mailbox, this.#host);
      run.context = context;
      child.run = run;
      this.#meter(run, context, spec);
      child.handle.pid = pid;
      this.#deps.journal.started(journalEntry(child), before);
      this.#family.adopt(spec.parent, pid);
      if (!enterNow(backend, spec, run, context)) {
        run.agent = await startRun(backend, spec, run, context, signal, this.#deps);
        // They may have changed while its code was loaded.
        if (run.capabilities !== startedWith) run.agent.rightsChanged?.(run.capabilities);
      }
      this.#entered(run);
      if (child.settled !== undefined) await child.settled();
    } catch (error) {
      this.#finish(child, run, run.forced ?? crashOf(error));
      throw error;
    }
    child.begun = true;
    this.#watch(child, run);
    this.#watchdog.watch(run);
    this.#limits.watch(run, withDefault(spec.limits, backend));
    this.#probing.probe(run, spec.probes);
    return run;
  }

  /** Refuses a start that the quota, or the place of its parent among agents, does not allow. */
  #assertPlace({ spec }: Child): void {
    const parent = this.#parentOf(spec);
    this.#quota.assertRoom(parent);
    if (spec.kind === "supervisor") return;
    const holder = rightsHolder(parent, this.#deps.table).pid;
    const role = this.#running(holder)?.child?.spec.agency;
    if (role === undefined && spec.agency === undefined) return;
    this.#deps.agency.assertChild(role, spec.agency, this.#agentsBelow(holder));
  }

  /** Its children, and those of its supervisors. */
  #agentsBelow(pid: Pid): number {
    let count = 0;
    for (const child of this.#family.childrenOf(pid)) {
      count += this.#deps.table.entry(child)?.supervises === true ? this.#agentsBelow(child) : 1;
    }
    return count;
  }

  #parentOf({ parent }: ChildSpec): ProcessEntry {
    const entry = this.#deps.table.entry(parent);
    if (entry === undefined)
      throw new ProcessNotFoundError(`there is no process ${parent}`, { details: { pid: parent } });
    return entry;
  }

  /** Sets aside what all starts of an agent may spend, out of the budget above it. */
  async #openAccount(child: Child): Promise<void> {
    const { budget, name } = child.spec;
    if (budget === undefined || child.account !== undefined) return;
    child.account = await this.#deps.ledger.open(this.#parentOf(child.spec).account, name, budget);
  }

  #closeAccount(child: Child): void {
    const { account } = child;
    if (account === undefined) return;
    child.account = undefined;
    this.#deps.ledger.close(account).catch((error: unknown) => {
      this.#deps.logger.error("a budget could not be closed on disk", { account, error: String(error) });
    });
  }

  #meter(run: Run, context: ProcessContext, { limits }: ChildSpec): void {
    const { ledger, logger } = this.#deps;
    const { pid, account } = run;
    const bounds = { messages: limits.messages || undefined, toolCalls: limits.toolCalls || undefined };
    const bounded = ledger.free(account, "messages") ?? ledger.free(account, "toolCalls");
    if (bounds.messages === undefined && bounds.toolCalls === undefined && bounded === undefined) return;
    context.meter = new Meter({
      pid,
      account,
      limits: bounds,
      ledger,
      near: (limit, used, max) => this.#limits.near(run, limit, used, max),
      over: (limit) => killRun(run, { kind: "limit", limit }, logger),
      failed: (error) =>
        logger.error("what a process used could not be charged", { processId: pid, error: String(error) }),
    });
  }

  /** A mailbox for a start: that of the start before, with what waits in it, or a new one. */
  #mailboxFor(child: Child, pid: Pid, lost: number | undefined): MailboxEnd {
    const { router } = this.#deps;
    const before = child.mailboxOf;
    child.mailboxOf = undefined;
    if (before !== undefined) return router().move(before, pid);
    const { mailboxLimit: limit, mailboxPolicy: policy, mailbox } = child.spec;
    return router().attach(pid, { limit, policy, lost: mailbox === "keep" ? (lost as Pid | undefined) : undefined });
  }

  #forget(child: Child): void {
    this.#closeAccount(child);
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
    else this.#running(pid)?.context?.inbox.notify(notice, this.#deps.clock.now());
  }

  #watch(child: Child, run: Run): void {
    if (run.agent === undefined) {
      run.listen(this.#owner);
      return;
    }
    run.agent.exited.then(
      (reason) => this.#ended(child, run, reason),
      (error: unknown) => {
        this.#deps.logger.error("a backend broke its promise never to reject", { backend: child.spec.backend });
        this.#ended(child, run, crashOf(error));
      },
    );
  }

  #entered(entry: ProcessEntry): void {
    if (entry.state !== "starting") return;
    this.#deps.table.transition(entry, "running");
    const { pid, name, backend, restarts } = entry;
    this.#deps.events.emit("process:started", { pid, name, parent: entry.parent ?? KERNEL_PID, backend, restarts });
  }

  #ended(child: Child, run: Run, reported: ExitReason): void {
    const { cause } = run;
    const asked = cause !== undefined && cause !== "operator" && reported.kind === "normal";
    const reason: ExitReason = run.forced ?? (asked ? { kind: "supervisor", cause } : reported);
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
    this.#watchdog.forget(run);
    this.#limits.forget(run);
    run.context?.meter?.close();
    this.#probing.forget(run);
    this.#quota.ended(pid);
    this.#family.disown(run.parent ?? KERNEL_PID, pid);
    const again = child.begun && this.#restarts.keeps(child, reason);
    if (again && child.spec.mailbox === "keep") child.mailboxOf = pid;
    else router().detach(pid);
    run.kept = again;
    if (!again) this.#deps.journal.ended(pid);
    recordExit(run, reason, { ...this.#deps, records: this.#records });
    this.#links.exited(pid, reason);
    for (const orphan of this.#family.childrenOf(pid)) this.#stopOrphan(orphan);
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

  /** Refuses a start below who has ended or is ending, at any height: what is being stopped must not grow meanwhile. */
  #assertParent(parent: Pid): void {
    const { table } = this.#deps;
    for (let pid: Pid | undefined = parent; pid !== undefined; pid = table.entry(pid)?.parent) {
      const state = table.state(pid);
      if (state !== undefined && state !== "exited" && state !== "stopping") continue;
      throw new ProcessNotFoundError(`the parent, process ${parent}, has ended or is ending, or one above it`, {
        details: { pid: parent },
      });
    }
  }
}

/** What the journal keeps of an agent. */
export function journalEntry(child: Child): JournalEntry {
  const { name, parent } = child.spec;
  const { restarts, recovery, member } = child;
  return { pid: child.handle.pid, name, parent, restarts, recovery, member };
}

function stateError(entry: ProcessEntry, to: "starting" | "running", why: string): ProcessStateError {
  return new ProcessStateError(`process ${entry.pid} is ${entry.state}: ${why}`, {
    details: { pid: entry.pid, from: entry.state, to },
  });
}
