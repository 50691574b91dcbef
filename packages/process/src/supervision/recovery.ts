/**
 * After a crash of the kernel: says which processes it lost, and starts those again that are permanent and have a module, under
 * the specification they had; supervisors with all below them that can be. Each is told in the record, the log and by an event. Whom
 * kernels end with too often is given up.
 */
import {
  type AuditLog,
  type Clock,
  type EventEmitter,
  type LogFields,
  type Logger,
  type Pid,
  toPid,
} from "@weftos/interface";
import { compileGlob, type Glob } from "@weftos/schema";
import type { ProcessEvents } from "../processes.ts";
import type { JournalEntry } from "../table/journal-record.ts";
import type { ProcessJournal } from "../table/process-journal.ts";
import { exhaustedBy, withLoss } from "./losses.ts";
import { everyLost, type Lost, leaveOut, lostTree } from "./lost.ts";

/** What the recovery asks of its kernel. */
export interface RecoveryDeps {
  readonly service: { recover(lost: Lost): Promise<Pid> };
  readonly journal: Pick<ProcessJournal, "changed" | "ended" | "flushed">;
  readonly clock: Pick<Clock, "sleep" | "now">;
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
    const now = this.#deps.clock.now();
    const isNamed = ({ entry: { name } }: Lost): boolean => this.#without.some((glob) => glob.matches(name));
    const isGivenUp = ({ entry, recovering }: Lost): boolean => recovering && exhaustedBy(entry, now) !== undefined;
    const wanted = leaveOut(lostTree(this.left), isNamed);
    for (const one of everyLost(wanted)) if (isGivenUp(one)) this.#tellGivenUp(one, now);
    const lost = leaveOut(wanted, isGivenUp).map((one) => this.#counted(one, now));
    this.left = [];
    for (const one of [...everyLost(lost)].sort((left, right) => left.entry.pid - right.entry.pid)) this.#tell(one);
    // Before one of them is started: it may end this kernel, too, and the next one must know.
    await this.#deps.journal.flushed();
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

  /** Counts the loss for each that is started again and may be why. */
  #counted(one: Lost, now: number): Lost {
    const below = one.below.map((each) => this.#counted(each, now));
    const entry = one.recovering ? withLoss(one.entry, now) : undefined;
    if (entry === undefined) return { ...one, below };
    this.#deps.journal.changed(entry);
    return { ...one, entry, below };
  }

  #tellGivenUp({ entry }: Lost, now: number): void {
    const { audit, events, logger } = this.#deps;
    const { maxRestarts: restarts = 0, withinMs = 0 } = exhaustedBy(entry, now) ?? {};
    const { pid, name, principal } = entry;
    const fields = { processId: pid, agent: name };
    const often = `${restarts} ${restarts === 1 ? "restart" : "restarts"} in ${withinMs / 1000} s`;
    logger.error(
      `given up after ${often}: the kernel ended again with it, and its code runs in the kernel's thread`,
      fields,
    );
    this.#recorded(fields, () => {
      const payload = { pid, restarts, withinMs };
      audit.append({ source: "process", kind: "agent.abandon", actor: { pid, agent: name, principal }, payload });
    });
    events.emit("process:abandoned", { pid: toPid(pid), name, restarts, withinMs });
  }

  #tell({ entry, recovering }: Lost): void {
    const { audit, events, logger, journal } = this.#deps;
    const { pid, name, parent, restarts, principal } = entry;
    const fields = { processId: pid, agent: name };
    logger.warn(recovering ? "a lost agent is started again" : "an agent was lost with the last kernel", fields);
    this.#recorded(fields, () => {
      const payload = { pid, agent: name, parent, restarts, recovering };
      audit.append({ source: "process", kind: "agent.lost", actor: { pid, agent: name, principal }, payload });
    });
    events.emit("process:lost", { pid: toPid(pid), name, recovering });
    if (!recovering) journal.ended(pid);
  }

  #recorded(fields: LogFields, record: () => void): void {
    try {
      record();
    } catch (error) {
      this.#deps.logger.error("the loss of a process could not be recorded", { ...fields, error: textOf(error) });
    }
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
