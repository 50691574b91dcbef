/**
 * After a crash of the kernel: says which processes it lost, and starts those again that are permanent and have a module, under
 * the specification they had; supervisors with all below them that can be. Each is told in the record, the log and by an event.
 */
import { type AuditLog, type Clock, type EventEmitter, type Logger, type Pid, toPid } from "@weftos/interface";
import { compileGlob, type Glob } from "@weftos/schema";
import type { ProcessEvents } from "../processes.ts";
import type { JournalEntry, ProcessJournal } from "../table/process-journal.ts";
import { everyLost, type Lost, leaveOut, lostTree } from "./lost.ts";

/** What the recovery asks of its kernel. */
export interface RecoveryDeps {
  readonly service: { recover(lost: Lost): Promise<Pid> };
  readonly journal: Pick<ProcessJournal, "ended">;
  readonly clock: Pick<Clock, "sleep">;
  readonly audit: Pick<AuditLog, "append">;
  readonly logger: Logger;
  readonly events: Pick<EventEmitter<ProcessEvents>, "emit">;
  /** Names, as globs, of those that are not started again. */
  readonly without: readonly string[];
}

export class Recovery {
  readonly #deps: RecoveryDeps;
  readonly #without: readonly Glob[];
  /** Whom the last kernel left. */
  left: readonly JournalEntry[] = [];

  /** @throws the glob's error when one of `without` is wrong */
  constructor(deps: RecoveryDeps) {
    this.#deps = deps;
    this.#without = deps.without.map(compileGlob);
  }

  /** Goes through them, in the order of their starts; what cannot be started again is told and lost. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.left.length === 0) return;
    // A turn later, so that the program that boots the kernel can listen.
    await this.#deps.clock.sleep(0, { signal });
    const lost = leaveOut(lostTree(this.left), (name) => this.#without.some((glob) => glob.matches(name)));
    this.left = [];
    for (const one of [...everyLost(lost)].sort((left, right) => left.entry.pid - right.entry.pid)) this.#tell(one);
    let failed = 0;
    for (const one of lost) {
      if (!one.recovering) continue;
      // What is left undone stays in the journal, for the next kernel.
      if (signal.aborted) return;
      if (!(await this.#startAgain(one))) failed += recoveringIn([one]);
    }
    const again = recoveringIn(lost) - failed;
    const gone = [...everyLost(lost)].length - again;
    const told = `of the agents of the last kernel, which ended without stopping them, ${again} run again and ${gone} are lost`;
    this.#deps.logger[gone > 0 ? "warn" : "info"](told, { again, lost: gone });
  }

  #tell({ entry, recovering }: Lost): void {
    const { audit, events, logger, journal } = this.#deps;
    const { pid, name, parent, restarts } = entry;
    const fields = { processId: pid, agent: name };
    logger.warn(recovering ? "a lost agent is started again" : "an agent was lost with the last kernel", fields);
    try {
      const payload = { pid, agent: name, parent, restarts, recovering };
      audit.append({ source: "process", kind: "agent.lost", actor: { pid, agent: name }, payload });
    } catch (error) {
      logger.error("the loss of a process could not be recorded", { ...fields, error: textOf(error) });
    }
    events.emit("process:lost", { pid: toPid(pid), name, recovering });
    if (!recovering) journal.ended(pid);
  }

  /** @returns whether it runs again */
  async #startAgain(lost: Lost): Promise<boolean> {
    const { service, journal, logger } = this.#deps;
    try {
      await service.recover(lost);
      return true;
    } catch (error) {
      for (const { entry } of everyLost([lost])) journal.ended(entry.pid);
      const { pid, name } = lost.entry;
      logger.error("a lost agent could not be started again", { processId: pid, agent: name, error: textOf(error) });
      return false;
    }
  }
}

function recoveringIn(lost: readonly Lost[]): number {
  return [...everyLost(lost)].filter(({ recovering }) => recovering).length;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
