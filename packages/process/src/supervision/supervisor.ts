/**
 * Starts agents, ends them, and starts them again: one for one. An agent keeps its specification, its restart count and
 * its handle through restarts; each start has a PID, a mailbox and a context of its own. Nothing here asks the guard but
 * automatic restarts, which the kernel performs; what others ask for was guarded by its caller.
 */
import {
  type AuditLog,
  type Clock,
  type EventEmitter,
  type ExitReason,
  type Guard,
  type JsonObject,
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
import {
  AgentLoadFailedError,
  BackendNotAvailableError,
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

/** How to end a process. */
export interface EndOptions {
  readonly graceful: boolean;
  readonly timeoutMs: number;
  readonly cause: "operator" | "supervisor";
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #host: ContextHost;
  /** Agents by the PID they have now. */
  readonly #live = new Map<Pid, Child>();
  /** Agents between two starts, by the PID they had last. */
  readonly #waiting = new Map<Pid, Child>();
  /** Live children by parent, without the kernel's. */
  readonly #childrenOf = new Map<Pid, Set<Pid>>();
  #stopping: Promise<void> | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#host = { ...deps.host, entered: (entry) => this.#entered(entry) };
  }

  /** Agents that live or wait for a restart. */
  get size(): number {
    return this.#live.size + this.#waiting.size;
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
    const waiting = this.#waiting.get(pid);
    if (waiting !== undefined) {
      this.#cancelRestart(waiting);
      return;
    }
    const child = this.#live.get(pid);
    if (child?.run === undefined) return;
    child.ending = true;
    await this.#end(child.run, {
      graceful: options.graceful ?? true,
      timeoutMs: options.timeoutMs ?? this.#deps.stopTimeoutMs,
      cause: options.cause ?? "operator",
    });
  }

  /** Ends a process now; its policy may start it again. Nothing happens to one that has ended. */
  async kill(pid: Pid): Promise<void> {
    this.#deps.table.require(pid);
    const run = this.#live.get(pid)?.run;
    if (run === undefined) return;
    this.#kill(run, { kind: "killed" });
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
    const waiting = this.#waiting.get(pid);
    if (waiting?.run !== undefined) {
      if (waiting.backoff === undefined) throw stateError(entry, "starting", "it is being restarted");
      waiting.backoff.abort();
      // At once, so that nobody else starts it meanwhile.
      waiting.backoff = undefined;
      return { pid: await this.#beginNow(waiting, waiting.run), count: waiting.restarts };
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
      this.#end(run, { graceful: true, timeoutMs: this.#deps.stopTimeoutMs, cause: "supervisor" }),
    ]);
    return { pid: next, count: child.restarts };
  }

  /**
   * Ends all processes, the youngest first, each asked and then, when `timeoutMs` for all is over, killed. A second call
   * joins the first.
   */
  shutdown(timeoutMs: number): Promise<void> {
    this.#stopping ??= this.#endAll(timeoutMs);
    return this.#stopping;
  }

  /** Ends at once what a shutdown still waits for. */
  killAll(): void {
    for (const child of [...this.#live.values()]) {
      child.ending = true;
      if (child.run !== undefined) this.#kill(child.run, { kind: "timeout" });
    }
  }

  async #endAll(timeoutMs: number): Promise<void> {
    const { clock } = this.#deps;
    const deadline = clock.monotonic() + timeoutMs;
    for (const child of [...this.#waiting.values()]) this.#cancelRestart(child);
    const youngestFirst = [...this.#live.keys()].sort((left, right) => right - left);
    for (const pid of youngestFirst) {
      if (!this.#live.has(pid)) continue;
      const left = Math.max(0, deadline - clock.monotonic());
      await this.stop(pid, { graceful: left > 0, timeoutMs: left, cause: "supervisor" });
    }
  }

  async #begin(child: Child, signal?: AbortSignal): Promise<Run> {
    const { table, pids, router } = this.#deps;
    const { spec } = child;
    signal?.throwIfAborted();
    this.#assertAccepting();
    table.assertRoom();
    const backend = this.#backend(spec.backend);
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
    if (child.run !== undefined) this.#waiting.delete(child.run.pid);
    let run: Run | undefined;
    try {
      const mailbox = router().attach(pid, { limit: spec.mailboxLimit });
      run = new Run(entry, new ProcessContext(entry, spec.input, mailbox, this.#host));
      child.run = run;
      child.handle.pid = pid;
      this.#live.set(pid, child);
      this.#adopt(spec.parent, pid);
      run.agent = await this.#start(backend, child, run, signal);
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

  /** Starts the agent's code, or gives up: in time, by signal, or because it was stopped meanwhile. */
  async #start(backend: SpawnBackend, child: Child, run: Run, signal: AbortSignal | undefined): Promise<RunningAgent> {
    const { clock, logger, startTimeoutMs } = this.#deps;
    const gaveUp = new Promise<never>((_, reject) => {
      run.abandonStart = reject;
    });
    const timer = clock.schedule(startTimeoutMs, () => {
      const message = `the agent ${child.spec.name} did not start within ${startTimeoutMs} ms`;
      run.abandonStart?.(new AgentLoadFailedError(message, { details: { module: sourceName(child.spec) } }));
    });
    const onAbort = (): void => run.abandonStart?.(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const started = backend.start({ source: child.spec.source, context: run.context });
    try {
      return await Promise.race([started, gaveUp]);
    } catch (error) {
      run.context.stop.request(error);
      // A start that succeeds after all is nobody's: it is ended.
      started
        .then((late) => late.kill())
        .catch(() => logger.debug("an abandoned start failed", { processId: run.pid }));
      throw error;
    } finally {
      run.abandonStart = undefined;
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #entered(entry: ProcessEntry): void {
    if (entry.state !== "starting") return;
    this.#deps.table.transition(entry, "running");
    const { pid, name, backend, restarts } = entry;
    this.#deps.events.emit("process:started", { pid, name, parent: entry.parent ?? KERNEL_PID, backend, restarts });
  }

  async #end(run: Run, { graceful, timeoutMs, cause }: EndOptions): Promise<void> {
    run.cause ??= cause;
    if (!graceful || run.entry.state === "starting") {
      this.#kill(run, { kind: cause === "supervisor" ? "supervisor" : "killed" });
      await run.finished();
      return;
    }
    if (run.entry.state !== "stopping") this.#deps.table.transition(run.entry, "stopping");
    this.#askToStop(run);
    const timer = this.#deps.clock.schedule(timeoutMs, () => this.#kill(run, { kind: "timeout" }));
    await run.finished();
    timer.cancel();
  }

  #askToStop(run: Run): void {
    run.context.inbox.close();
    const { pid } = run;
    run.context.stop.request(new ProcessStoppedError(`process ${pid} was asked to stop`, { details: { pid } }));
  }

  #kill(run: Run, reason: ExitReason): void {
    if (run.entry.state === "exited") return;
    run.forced ??= reason;
    this.#askToStop(run);
    if (run.abandonStart !== undefined) {
      const details = { pid: run.pid };
      run.abandonStart(new ProcessStoppedError(`process ${run.pid} was stopped while it started`, { details }));
    }
    run.agent?.kill().catch((error: unknown) => {
      this.#deps.logger.error("a process could not be killed", { processId: run.pid, error: crashText(error) });
    });
  }

  #ended(child: Child, run: Run, reported: ExitReason): void {
    const asked = run.cause === "supervisor" && reported.kind === "normal";
    const reason: ExitReason = run.forced ?? (asked ? { kind: "supervisor" } : reported);
    this.#finish(run.entry, run, reason);
    const request = child.restartRequest;
    child.restartRequest = undefined;
    if (request !== undefined && !child.ending) {
      this.#waiting.set(run.pid, child);
      this.#beginNow(child, run).then(request.done, request.failed);
      return;
    }
    request?.failed(stateError(run.entry, "starting", "it was stopped meanwhile"));
    this.#restartOrSettle(child, run, reason);
  }

  /** Takes a process out of everything but the table. */
  #finish(entry: ProcessEntry, run: Run | undefined, reason: ExitReason): void {
    const { table, audit, events, logger, router } = this.#deps;
    const { pid, name } = entry;
    table.exit(entry, reason);
    if (run !== undefined) this.#askToStop(run);
    this.#live.delete(pid);
    this.#disown(entry.parent ?? KERNEL_PID, pid);
    try {
      router().detach(pid);
      audit.append({
        source: "process",
        kind: "agent.exit",
        actor: { pid, agent: name },
        payload: exitPayload(entry, reason),
      });
    } catch (error) {
      logger.error("the end of a process could not be recorded", { processId: pid, error: crashText(error) });
    }
    events.emit("process:exited", { pid, name, reason });
    for (const orphan of [...(this.#childrenOf.get(pid) ?? [])].sort((left, right) => right - left)) {
      this.#stopOrphan(orphan);
    }
    for (const child of [...this.#waiting.values()]) {
      if (child.spec.parent === pid) this.#cancelRestart(child);
    }
    run?.finish();
  }

  #stopOrphan(pid: Pid): void {
    this.stop(pid, { cause: "supervisor" }).catch((error: unknown) => {
      this.#deps.logger.error("a child of an ended process could not be stopped", {
        processId: pid,
        error: crashText(error),
      });
    });
  }

  #restartOrSettle(child: Child, run: Run, reason: ExitReason): void {
    if (this.#stopping !== undefined || !child.wantsRestart(reason)) {
      this.#waiting.delete(run.pid);
      child.handle.settle(reason);
      return;
    }
    const { clock, random } = this.#deps;
    const wait = child.intensity.next(clock.monotonic());
    if (wait === undefined) {
      this.#abandon(child, run, reason);
      return;
    }
    // Full height down to three quarters, so that agents that fell together do not rise together.
    const backoffMs = Math.round(wait * (1 - random.fraction() / 4));
    this.#waiting.set(run.pid, child);
    this.#restartLater(child, run, backoffMs).catch((error: unknown) => {
      this.#deps.logger.error("a restart failed", { processId: run.pid, error: crashText(error) });
      child.handle.settle(reason);
    });
  }

  #abandon(child: Child, run: Run, reason: ExitReason): void {
    const { audit, events, logger } = this.#deps;
    const { maxRestarts, withinMs } = child.spec.restart;
    const { pid } = run;
    const { name } = child.spec;
    this.#waiting.delete(pid);
    logger.warn("an agent failed too often and is not restarted any more", { processId: pid, agent: name });
    try {
      const payload = { pid, restarts: maxRestarts, withinMs };
      audit.append({ source: "process", kind: "agent.abandon", actor: { pid, agent: name }, payload });
    } catch (error) {
      logger.error("the end of supervision could not be recorded", { processId: pid, error: crashText(error) });
    }
    events.emit("process:abandoned", { pid, name, restarts: maxRestarts, withinMs });
    child.handle.settle(reason);
  }

  async #restartLater(child: Child, run: Run, backoffMs: number): Promise<void> {
    const { clock, guard } = this.#deps;
    const backoff = new AbortController();
    child.backoff = backoff;
    try {
      await clock.sleep(backoffMs, { signal: backoff.signal });
    } catch (error) {
      // Who cancelled it has said what becomes of the agent.
      if (backoff.signal.aborted) return;
      throw error;
    } finally {
      child.backoff = undefined;
    }
    let next: Pid | undefined;
    try {
      await guard.perform(
        {
          action: "process.restart",
          subject: { kind: "kernel", id: "0" },
          resource: `process:${run.pid}`,
          attributes: { agent: child.spec.name, automatic: true, backoffMs },
          summary: () => ({ oldPid: run.pid, newPid: next ?? 0, count: child.restarts, backoffMs }),
        },
        async () => {
          next = await this.#beginAgain(child, run, backoffMs);
        },
      );
    } catch (error) {
      const started = child.run;
      if (next !== undefined && started !== undefined) {
        // It runs, but no record says so: it must not.
        this.#kill(started, { kind: "supervisor" });
        return;
      }
      // A start that fails counts as a crash of its own.
      this.#restartOrSettle(child, child.run ?? run, crashOf(error));
    }
  }

  /** Starts again without a wait; a start that fails counts as a crash. */
  async #beginNow(child: Child, old: Run): Promise<Pid> {
    try {
      return await this.#beginAgain(child, old, 0);
    } catch (error) {
      this.#restartOrSettle(child, child.run ?? old, crashOf(error));
      throw error;
    }
  }

  async #beginAgain(child: Child, old: Run, backoffMs: number): Promise<Pid> {
    child.restarts += 1;
    const { pid } = await this.#begin(child);
    const { name } = child.spec;
    this.#deps.events.emit("process:restarted", { oldPid: old.pid, pid, name, count: child.restarts, backoffMs });
    return pid;
  }

  #cancelRestart(child: Child): void {
    const { run } = child;
    if (run === undefined) return;
    child.ending = true;
    this.#waiting.delete(run.pid);
    child.backoff?.abort();
    child.handle.settle(run.entry.exit ?? { kind: "supervisor" });
  }

  #backend(name: string): SpawnBackend {
    const backends = this.#deps.backends();
    const found = backends.find((backend) => backend.name === name);
    if (found !== undefined) return found;
    const available = backends.map((backend) => backend.name);
    throw new BackendNotAvailableError(
      `there is no spawn backend ${JSON.stringify(name)}; there are: ${available.join(", ")}`,
      {
        details: { backend: name, available },
      },
    );
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

  #adopt(parent: Pid, pid: Pid): void {
    if (parent === KERNEL_PID) return;
    const children = this.#childrenOf.get(parent);
    if (children === undefined) this.#childrenOf.set(parent, new Set([pid]));
    else children.add(pid);
  }

  #disown(parent: Pid, pid: Pid): void {
    const children = this.#childrenOf.get(parent);
    if (children === undefined) return;
    children.delete(pid);
    if (children.size === 0) this.#childrenOf.delete(parent);
  }
}

function stateError(entry: ProcessEntry, to: "starting" | "running", why: string): ProcessStateError {
  return new ProcessStateError(`process ${entry.pid} is ${entry.state}: ${why}`, {
    details: { pid: entry.pid, from: entry.state, to },
  });
}

function exitPayload(entry: ProcessEntry, reason: ExitReason): JsonObject {
  const { pid, name, restarts } = entry;
  const base = { pid, agent: name, restarts, reason: reason.kind };
  if (reason.kind !== "crash") return base;
  return { ...base, error: reason.error, ...(reason.code === undefined ? {} : { code: reason.code }) };
}

function crashText(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}

function sourceName({ source, name }: ChildSpec): string {
  return source instanceof URL ? source.href.slice(0, 200) : name;
}
