/**
 * Agents between two starts: which policy starts them again, after which wait, and when it gives them up. Automatic
 * restarts ask the guard in the kernel's name and cite the approval that the agent runs under; a restart by hand was guarded
 * by its caller.
 */
import {
  type Clock,
  type EventEmitter,
  type ExitReason,
  type Guard,
  isWeftError,
  type Logger,
  type Pid,
  type Random,
} from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import type { ProcessEvents } from "../processes.ts";
import type { Child, Run } from "./child.ts";
import { type EndLine, endLine, failedStartLine, type Sequel } from "./end-line.ts";
import { killRun } from "./end-run.ts";
import { type ExitDeps, recordAbandon } from "./exit-record.ts";
import { WaitingAgents } from "./waiting-agents.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** What restarts ask of their supervisor and kernel. */
export interface RestartDeps extends ExitDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly guard: Guard;
  readonly logger: Logger;
  readonly events: EventEmitter<ProcessEvents>;
}

/** What the kernel's supervisor does for restarts. */
export interface RestartHost {
  /** Starts an agent once more, under a new PID. */
  begin(child: Child): Promise<Run>;
  /** The agent has ended for good: nothing of it waits any more. */
  forget(child: Child): void;
}

export class Restarts {
  readonly #deps: RestartDeps;
  readonly #host: RestartHost;
  readonly #waiting = new WaitingAgents();
  #closed = false;

  constructor(deps: RestartDeps, host: RestartHost) {
    this.#deps = deps;
    this.#host = host;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The agent that had this PID last, while it waits for its next start or is being started. */
  find(pid: Pid): Child | undefined {
    return this.#waiting.get(pid);
  }

  /** All that wait. */
  all(): Iterable<Child> {
    return this.#waiting.all();
  }

  /** The agent has a process again. */
  started(child: Child): void {
    if (child.run !== undefined) this.#waiting.delete(child.run.pid);
  }

  /** Tells whether an agent that ends for this reason will be started again, as far as its policy is concerned. */
  keeps(child: Child, reason: ExitReason): boolean {
    return !this.#closed && (child.restartRequest !== undefined || child.wantsRestart(reason)) && !child.ending;
  }

  /**
   * Says what becomes of an agent whose process ended: a restart after a wait, or its end.
   *
   * @param tell - puts it into a line
   */
  ended(child: Child, run: Run, reason: ExitReason, tell = (sequel: Sequel): EndLine => endLine(reason, sequel)): void {
    const { clock, random, logger } = this.#deps;
    const log = (sequel: Sequel): void => {
      const { level, message } = tell(sequel);
      if (logger.enabled(level)) logger[level](message, { processId: run.pid, agent: run.name });
    };
    if (this.#closed || !child.wantsRestart(reason)) {
      log({ kind: "over" });
      this.#gone(child, run, reason, false);
      return;
    }
    if (child.paused) {
      this.#waiting.add(run.pid, child);
      return;
    }
    const wait = child.intensity.next(clock);
    if (wait === undefined) {
      log({ kind: "given-up", ...child.spec.restart });
      recordAbandon(child, run, this.#deps);
      this.#gone(child, run, reason, true);
      return;
    }
    // Full height down to three quarters, so that agents that fell together do not rise together.
    const backoffMs = Math.round(wait * (1 - random.fraction() / 4));
    this.#waiting.add(run.pid, child);
    const together = child.keeper?.together === true;
    log({ kind: "again", backoffMs, together });
    if (together) {
      child.paused = true;
      child.keeper?.failed(child, backoffMs);
      return;
    }
    this.#later(child, backoffMs).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : "unknown";
      logger.error("a restart failed", { processId: run.pid, error: text });
      this.#gone(child, run, reason, false);
    });
  }

  /** Starts again without a wait, be it one that is under way; a start that fails counts as a crash. */
  async now(child: Child, old: Run): Promise<Pid> {
    child.backoff?.abort();
    // At once, so that nobody else starts it meanwhile.
    child.backoff = undefined;
    this.#waiting.add(old.pid, child);
    try {
      return await this.#again(child, old, 0);
    } catch (error) {
      this.#notStarted(child, old, error);
      throw error;
    }
  }

  /**
   * Starts an agent again whose wait is over, guarded and recorded. A start that fails counts as a crash of its own.
   *
   * @returns whether it runs
   */
  async automatic(child: Child, backoffMs: number): Promise<boolean> {
    const run = child.run;
    if (run === undefined || child.ending || this.#closed) return false;
    const { guard, logger } = this.#deps;
    let next: Pid | undefined;
    child.paused = false;
    try {
      await guard.perform(
        {
          action: "process.restart",
          subject: { kind: "kernel", id: "0" },
          resource: `process:${run.pid}`,
          attributes: {
            agent: child.spec.name,
            automatic: true,
            backoffMs,
          },
          under: child.approval,
          summary: () => ({
            oldPid: run.pid,
            newPid: next ?? 0,
            count: child.restarts,
            backoffMs,
            ...(child.suspended ? { suspended: true } : {}),
          }),
        },
        async () => {
          next = await this.#again(child, run, backoffMs);
        },
      );
      return true;
    } catch (error) {
      const started = child.run;
      if (next !== undefined && started !== undefined) {
        // It runs, but no record says so: it must not.
        killRun(started, { kind: "supervisor", cause: "restart" }, logger);
        return false;
      }
      // What was approved and is not any more would only be refused again.
      this.#notStarted(
        child,
        run,
        error,
        isWeftError(error, "APPROVAL_DENIED") || isWeftError(error, "AGENT_CODE_CHANGED"),
      );
      return false;
    }
  }

  /** Ends an agent that waits. */
  cancel(child: Child): void {
    const { run } = child;
    if (run === undefined) return;
    child.ending = true;
    child.backoff?.abort();
    this.#gone(child, run, run.exit ?? { kind: "supervisor" }, false);
  }

  /** Takes the time out of a wait: a keeper starts the agent again. */
  pause(child: Child): void {
    child.paused = true;
    child.backoff?.abort();
    child.backoff = undefined;
  }

  /** Ends the agents that a process started and that wait. */
  cancelChildrenOf(pid: Pid): void {
    for (const child of this.#waiting.below(pid)) this.cancel(child);
  }

  /** Ends all that wait; from now on nothing is started again. */
  close(): void {
    this.#closed = true;
    for (const child of [...this.#waiting.all()]) this.cancel(child);
  }

  /** A start that failed: as a crash. */
  #notStarted(child: Child, old: Run, error: unknown, isOver = false): void {
    if (child.handle.over) return;
    const last = child.run ?? old;
    if (child.ending) {
      // Somebody ended it meanwhile.
      this.#gone(child, last, last.exit ?? { kind: "supervisor" }, false);
      return;
    }
    child.ending = isOver;
    const reason = withoutSecrets(crashOf(error), child.spec.environment);
    this.ended(child, last, reason, (sequel) => failedStartLine(reason, sequel));
  }

  #gone(child: Child, run: Run, reason: ExitReason, exhausted: boolean): void {
    this.#waiting.delete(run.pid);
    this.#host.forget(child);
    child.handle.settle(reason);
    child.keeper?.gone(child, exhausted);
  }

  async #later(child: Child, backoffMs: number): Promise<void> {
    const { clock } = this.#deps;
    const backoff = new AbortController();
    child.backoff = backoff;
    try {
      await clock.sleep(backoffMs, { signal: backoff.signal });
    } catch (error) {
      // Who cancelled it has said what becomes of the agent.
      if (backoff.signal.aborted) return;
      throw error;
    }
    child.backoff = undefined;
    await this.automatic(child, backoffMs);
  }

  async #again(child: Child, old: Run, backoffMs: number): Promise<Pid> {
    child.restarts += 1;
    const { pid } = await this.#host.begin(child);
    const { name } = child.spec;
    this.#deps.events.emit("process:restarted", { oldPid: old.pid, pid, name, count: child.restarts, backoffMs });
    return pid;
  }
}
