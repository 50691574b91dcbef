/**
 * Finds processes whose code holds its thread: their backend hears no heartbeat. Such a process is shown as hung, told of once, and
 * ended when it stays so; its policy then starts it again. Agents on the kernel's own thread cannot be watched from it.
 */

import type { Clock, EventEmitter, Logger, Timer } from "@weftos/interface";
import type { ProcessEvents } from "../processes.ts";
import type { Run } from "./child.ts";

/** How often the processes are looked at. */
const EVERY_MS = 500;

/** What the watchdog asks of its kernel. */
export interface WatchdogDeps {
  readonly clock: Pick<Clock, "schedule">;
  readonly events: Pick<EventEmitter<ProcessEvents>, "emit">;
  readonly logger: Logger;
  /** How long a process may be silent before it is ended. */
  readonly hungKillMs: number;
  readonly end: (run: Run) => void;
}

export class Watchdog {
  readonly #deps: WatchdogDeps;
  readonly #watched = new Set<Run>();
  #timer: Timer | undefined;

  constructor(deps: WatchdogDeps) {
    this.#deps = deps;
  }

  /** Watches a process whose backend hears its heartbeat. */
  watch(run: Run): void {
    if (run.health === undefined || run.state === "exited") return;
    this.#watched.add(run);
    this.#timer ??= this.#next();
  }

  forget(run: Run): void {
    if (!this.#watched.delete(run) || this.#watched.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #next(): Timer {
    return this.#deps.clock.schedule(EVERY_MS, () => this.#look(), { background: true });
  }

  #look(): void {
    this.#timer = undefined;
    for (const run of [...this.#watched]) this.#lookAt(run);
    if (this.#watched.size > 0) this.#timer ??= this.#next();
  }

  #lookAt(run: Run): void {
    const { pid, name, health } = run;
    if (health?.hung !== true) {
      run.hungMs = undefined;
      return;
    }
    const silentMs = Math.round(health.silentMs());
    if (run.hungMs === undefined) {
      this.#deps.logger.warn("a process gives no sign of life", { processId: pid, agent: name, silentMs });
      this.#deps.events.emit("process:hung", { pid, name, silentMs });
    }
    run.hungMs = silentMs;
    if (silentMs >= this.#deps.hungKillMs) this.#deps.end(run);
  }
}
