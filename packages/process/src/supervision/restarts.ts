/**
 * Agents between two starts: which policy starts them again, after which wait, and when it gives them up. Automatic
 * restarts ask the guard in the kernel's name; a restart by hand was guarded by its caller.
 */
import type { Clock, EventEmitter, ExitReason, Guard, Logger, Pid, Random } from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import type { ProcessEvents } from "../processes.ts";
import type { Child, Run } from "./child.ts";
import { killRun } from "./end-run.ts";
import { type ExitDeps, recordAbandon } from "./exit-record.ts";

/** What restarts ask of their supervisor and kernel. */
export interface RestartDeps extends ExitDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly guard: Guard;
  readonly logger: Logger;
  readonly events: EventEmitter<ProcessEvents>;
}

/** Starts an agent once more, under a new PID. */
export type Begin = (child: Child) => Promise<Run>;

export class Restarts {
  readonly #deps: RestartDeps;
  readonly #begin: Begin;
  /** By the PID they had last. */
  readonly #waiting = new Map<Pid, Child>();
  #closed = false;

  constructor(deps: RestartDeps, begin: Begin) {
    this.#deps = deps;
    this.#begin = begin;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The agent that had this PID last, while it waits for its next start or is being started. */
  find(pid: Pid): Child | undefined {
    return this.#waiting.get(pid);
  }

  /** The agent has a process again. */
  started(child: Child): void {
    if (child.run !== undefined) this.#waiting.delete(child.run.pid);
  }

  /** Says what becomes of an agent whose process ended: a restart after a wait, or its end. */
  ended(child: Child, run: Run, reason: ExitReason): void {
    const { clock, random, logger } = this.#deps;
    if (this.#closed || !child.wantsRestart(reason)) {
      this.#waiting.delete(run.pid);
      child.handle.settle(reason);
      return;
    }
    const wait = child.intensity.next(clock.monotonic());
    if (wait === undefined) {
      this.#waiting.delete(run.pid);
      recordAbandon(child, run, this.#deps);
      child.handle.settle(reason);
      return;
    }
    // Full height down to three quarters, so that agents that fell together do not rise together.
    const backoffMs = Math.round(wait * (1 - random.fraction() / 4));
    this.#waiting.set(run.pid, child);
    this.#later(child, run, backoffMs).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : "unknown";
      logger.error("a restart failed", { processId: run.pid, error: text });
      child.handle.settle(reason);
    });
  }

  /** Starts again without a wait, be it one that is under way; a start that fails counts as a crash. */
  async now(child: Child, old: Run): Promise<Pid> {
    child.backoff?.abort();
    // At once, so that nobody else starts it meanwhile.
    child.backoff = undefined;
    this.#waiting.set(old.pid, child);
    try {
      return await this.#again(child, old, 0);
    } catch (error) {
      this.ended(child, child.run ?? old, crashOf(error));
      throw error;
    }
  }

  /** Ends an agent that waits. */
  cancel(child: Child): void {
    const { run } = child;
    if (run === undefined) return;
    child.ending = true;
    this.#waiting.delete(run.pid);
    child.backoff?.abort();
    child.handle.settle(run.entry.exit ?? { kind: "supervisor" });
  }

  /** Ends the agents that a process started and that wait. */
  cancelChildrenOf(pid: Pid): void {
    for (const child of [...this.#waiting.values()]) {
      if (child.spec.parent === pid) this.cancel(child);
    }
  }

  /** Ends all that wait; from now on nothing is started again. */
  close(): void {
    this.#closed = true;
    for (const child of [...this.#waiting.values()]) this.cancel(child);
  }

  async #later(child: Child, run: Run, backoffMs: number): Promise<void> {
    const { clock, guard, logger } = this.#deps;
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
          next = await this.#again(child, run, backoffMs);
        },
      );
    } catch (error) {
      const started = child.run;
      if (next !== undefined && started !== undefined) {
        // It runs, but no record says so: it must not.
        killRun(started, { kind: "supervisor" }, logger);
        return;
      }
      // A start that fails counts as a crash of its own.
      this.ended(child, child.run ?? run, crashOf(error));
    }
  }

  async #again(child: Child, old: Run, backoffMs: number): Promise<Pid> {
    child.restarts += 1;
    const { pid } = await this.#begin(child);
    const { name } = child.spec;
    this.#deps.events.emit("process:restarted", { oldPid: old.pid, pid, name, count: child.restarts, backoffMs });
    return pid;
  }
}
