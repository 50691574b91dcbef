/**
 * Starts agents, ends them, and starts them again: one for one. An agent keeps its specification, its restart count and
 * its handle through restarts; each start has a PID, a mailbox and a context of its own. Nothing here asks the guard: what
 * others ask for was guarded by its caller.
 */
import {
  type AuditLog,
  type Clock,
  type EventEmitter,
  type ExitReason,
  type Guard,
  KERNEL_PID,
  type Logger,
  type MessageRouter,
  type Pid,
  type Random,
  type RunningAgent,
  type SpawnBackend,
} from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import { type ContextHost, ProcessContext } from "../agent/process-context.ts";
import { findBackend } from "../backends/find-backend.ts";
import {
  ProcessNotAcceptingError,
  ProcessNotFoundError,
  ProcessStateError,
  ProcessStoppedError,
} from "../process-errors.ts";
import type { ProcessEvents } from "../processes.ts";
import type { PidBlocks } from "../table/pid-blocks.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";
import { Child, type ChildSpec, type Handle, Run } from "./child.ts";
import { askToStop, type EndOptions, endRun, killRun } from "./end-run.ts";
import { recordExit } from "./exit-record.ts";
import { Family } from "./family.ts";
import { Restarts } from "./restarts.ts";
import { startRun } from "./start-run.ts";

/** What a supervisor asks of its kernel. */
export interface SupervisorDeps {
  readonly table: ProcessTable;
  readonly pids: Pick<PidBlocks, "next">;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly guard: Guard;
  readonly audit: AuditLog;
  readonly logger: Logger;
  readonly router: () => MessageRouter;
  readonly backends: () => readonly SpawnBackend[];
  readonly events: EventEmitter<ProcessEvents>;
  readonly host: Omit<ContextHost, "entered">;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #host: ContextHost;
  /** Agents by the PID they have now. */
  readonly #live = new Map<Pid, Child>();
  readonly #restarts: Restarts;
  readonly #family = new Family();
  #stopping: Promise<void> | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#host = { ...deps.host, entered: (entry) => this.#entered(entry) };
    this.#restarts = new Restarts(deps, (child) => this.#begin(child));
  }

  /**
   * Starts an agent; resolves when its code was entered.
   *
   * @throws PROCESS_TABLE_FULL, BACKEND_NOT_AVAILABLE, AGENT_LOAD_FAILED, AGENT_NOT_A_MODULE, PROCESS_NOT_ACCEPTING
   */
  async spawn(spec: ChildSpec, signal: AbortSignal | undefined): Promise<Handle> {
    const child = new Child(spec);
    await this.#begin(child, signal);
    return child.handle;
  }

  /** Ends a process for good: no policy starts it again. Nothing happens to one that has ended. */
  async stop(pid: Pid, options: Partial<EndOptions> = {}): Promise<void> {
    this.#deps.table.require(pid);
    const waiting = this.#restarts.find(pid);
    if (waiting !== undefined) {
      this.#restarts.cancel(waiting);
      return;
    }
    const child = this.#live.get(pid);
    if (child?.run === undefined) return;
    child.ending = true;
    const { graceful = true, timeoutMs = this.#deps.stopTimeoutMs, cause = "operator" } = options;
    await endRun(child.run, { graceful, timeoutMs, cause }, this.#deps);
  }

  /** Ends a process now; its policy may start it again. Nothing happens to one that has ended. */
  async kill(pid: Pid): Promise<void> {
    this.#deps.table.require(pid);
    const run = this.#live.get(pid)?.run;
    if (run === undefined) return;
    killRun(run, { kind: "killed" }, this.#deps.logger);
    await run.finished();
  }

  /** @throws PROCESS_STATE unless it runs */
  suspend(pid: Pid): void {
    const { table } = this.#deps;
    table.transition(table.require(pid), "suspended");
    this.#live.get(pid)?.run?.context.inbox.suspend();
  }

  /** @throws PROCESS_STATE unless it is suspended */
  resume(pid: Pid): void {
    const { table } = this.#deps;
    const entry = table.require(pid);
    // From `starting` the step to `running` is the start's alone.
    if (entry.state === "starting") throw stateError(entry, "running", "it is starting");
    table.transition(entry, "running");
    this.#live.get(pid)?.run?.context.inbox.resume();
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
    const child = this.#live.get(pid);
    if (child?.run === undefined || child.ending || child.restartRequest !== undefined) {
      throw stateError(entry, "starting", "it cannot be restarted");
    }
    const { run } = child;
    const started = new Promise<Pid>((done, failed) => {
      child.restartRequest = { done, failed };
    });
    const [next] = await Promise.all([
      started,
      endRun(run, { graceful: true, timeoutMs: this.#deps.stopTimeoutMs, cause: "supervisor" }, this.#deps),
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
    for (const child of [...this.#live.values()]) {
      child.ending = true;
      if (child.run !== undefined) killRun(child.run, { kind: "timeout" }, this.#deps.logger);
    }
  }

  async #endAll(timeoutMs: number): Promise<void> {
    const { clock } = this.#deps;
    const deadline = clock.monotonic() + timeoutMs;
    this.#restarts.close();
    const youngestFirst = [...this.#live.keys()].sort((left, right) => right - left);
    const ends: Promise<void>[] = [];
    for (const [index, pid] of youngestFirst.entries()) {
      if (!this.#live.has(pid)) continue;
      const left = Math.max(0, deadline - clock.monotonic());
      const end = this.stop(pid, { graceful: left > 0, timeoutMs: left, cause: "supervisor" });
      ends.push(end);
      // One that does not listen delays the others by its share of the time, and takes none of theirs.
      await this.#atMost(left / (youngestFirst.length - index), end);
    }
    await Promise.all(ends);
  }

  async #atMost(ms: number, end: Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = this.#deps.clock.schedule(ms, resolve);
      end.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  async #begin(child: Child, signal?: AbortSignal): Promise<Run> {
    const { table, pids, router } = this.#deps;
    const { spec } = child;
    signal?.throwIfAborted();
    this.#assertAccepting();
    table.assertRoom();
    const backend = findBackend(this.#deps.backends(), spec.backend);
    const pid = await pids.next();
    signal?.throwIfAborted();
    this.#assertAccepting();
    if (child.ending) throw new ProcessStoppedError(`the agent ${spec.name} was stopped`, { details: { pid } });
    this.#assertParent(spec.parent);
    const entry = table.insert({
      pid,
      name: spec.name,
      parent: spec.parent,
      backend: spec.backend,
      restarts: child.restarts,
      startedAt: this.#deps.clock.now(),
      capabilities: spec.capabilities,
    });
    entry.handle = child.handle;
    this.#restarts.started(child);
    let run: Run | undefined;
    try {
      const mailbox = router().attach(pid, { limit: spec.mailboxLimit });
      run = new Run(entry, new ProcessContext(entry, spec.input, mailbox, this.#host));
      child.run = run;
      child.handle.pid = pid;
      this.#live.set(pid, child);
      this.#family.adopt(spec.parent, pid);
      run.agent = await startRun(backend, spec, run, signal, this.#deps);
    } catch (error) {
      this.#finish(entry, run, run?.forced ?? crashOf(error));
      throw error;
    }
    this.#entered(entry);
    this.#watch(child, run, run.agent);
    return run;
  }

  #watch(child: Child, run: Run, agent: RunningAgent): void {
    agent.exited.then(
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
    const asked = run.cause === "supervisor" && reported.kind === "normal";
    const reason: ExitReason = run.forced ?? (asked ? { kind: "supervisor" } : reported);
    this.#finish(run.entry, run, reason);
    const request = child.restartRequest;
    child.restartRequest = undefined;
    if (request !== undefined && !child.ending) {
      this.#restarts.now(child, run).then(request.done, request.failed);
      return;
    }
    request?.failed(stateError(run.entry, "starting", "it was stopped meanwhile"));
    this.#restarts.ended(child, run, reason);
  }

  /** Takes a process out of everything but the table. */
  #finish(entry: ProcessEntry, run: Run | undefined, reason: ExitReason): void {
    const { table, router } = this.#deps;
    const { pid } = entry;
    table.exit(entry, reason);
    if (run !== undefined) askToStop(run);
    this.#live.delete(pid);
    this.#family.disown(entry.parent ?? KERNEL_PID, pid);
    router().detach(pid);
    recordExit(entry, reason, this.#deps);
    for (const orphan of this.#family.childrenOf(pid)) this.#stopOrphan(orphan);
    this.#restarts.cancelChildrenOf(pid);
    run?.finish();
  }

  #stopOrphan(pid: Pid): void {
    this.stop(pid, { cause: "supervisor" }).catch((error: unknown) => {
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

  #assertParent(parent: Pid): void {
    const state = this.#deps.table.state(parent);
    if (state !== undefined && state !== "exited" && state !== "stopping") return;
    throw new ProcessNotFoundError(`the parent, process ${parent}, has ended or is ending`, {
      details: { pid: parent },
    });
  }
}

function stateError(entry: ProcessEntry, to: "starting" | "running", why: string): ProcessStateError {
  return new ProcessStateError(`process ${entry.pid} is ${entry.state}: ${why}`, {
    details: { pid: entry.pid, from: entry.state, to },
  });
}
