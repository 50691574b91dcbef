/**
 * Jobs and their newest runs in a journal (`journal/cron`): what was acknowledged is there after a crash. A run is written
 * before it starts and again when it ended, so that no due time runs twice, and a run that a crash cut off is known.
 */
import type { AppendLog } from "@weftos/interface";
import { safeParse } from "@weftos/schema";
import { CronJournalError } from "./cron-errors.ts";
import { type CronJob, type CronRecord, type CronRun, cronRecordSchema } from "./cron-job.ts";

/** Runs that are kept of each job. */
export const MAX_HISTORY = 20;
/** Records that no longer say anything, beside those that do, before the journal is written anew. */
const MAX_STALE = 2000;

/** A job with what became of its newest runs, oldest first. */
export interface KeptJob {
  readonly job: CronJob;
  readonly runs: readonly CronRun[];
  /** The newest due time that was dealt with; undefined before the first. */
  readonly lastDue: number | undefined;
}

interface Kept {
  job: CronJob;
  runs: CronRun[];
  lastDue: number | undefined;
}

/** Keeps jobs on disk, and mirrors them in memory. */
export class CronStore {
  readonly #log: AppendLog;
  readonly #jobs = new Map<string, Kept>();
  #records = 0;
  /** Changes and the writing anew take turns, so that nothing falls between them. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(log: AppendLog) {
    this.#log = log;
  }

  /**
   * Reads the journal; call it once, first.
   *
   * @throws CronJournalError (`IPC_CRON_JOURNAL`) when a record is none of this release's: to go on would lose jobs
   */
  async load(): Promise<void> {
    for await (const bytes of this.#log.records()) {
      this.#apply(readRecord(bytes, this.#records));
      this.#records++;
    }
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** Finds by id, or by name. */
  find(idOrName: string): KeptJob | undefined {
    const byId = this.#jobs.get(idOrName);
    if (byId !== undefined) return byId;
    for (const kept of this.#jobs.values()) if (kept.job.name === idOrName) return kept;
    return undefined;
  }

  /** All jobs, in the order in which they were added. */
  list(): readonly KeptJob[] {
    return [...this.#jobs.values()];
  }

  /**
   * Adds a job, or changes one; on disk when it resolves.
   *
   * @param make - gives the job from the newest one of its id; called when no other change is under way; what it throws is
   *   thrown, and nothing is kept
   */
  putJob(id: string, make: (newest: CronJob | undefined) => CronJob): Promise<void> {
    return this.#write(() => ({ kind: "job", job: make(this.#jobs.get(id)?.job) }));
  }

  remove(id: string): Promise<void> {
    return this.#write(() => ({ kind: "removed", id }));
  }

  /** Adds a run, or tells more of one that is there; on disk when it resolves. */
  putRun(run: CronRun): Promise<void> {
    return this.#write(() => ({ kind: "run", run }));
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => undefined);
    await this.#log.close();
  }

  #write(make: () => CronRecord): Promise<void> {
    const written = this.#turn.then(async () => {
      const record = make();
      await this.#log.append(new TextEncoder().encode(JSON.stringify(record)));
      this.#records++;
      this.#apply(record);
      if (this.#records > this.#live() + MAX_STALE) await this.#rewrite();
    });
    // The next change does not fail for this one's sake; whoever asked for this one hears of it.
    this.#turn = written.catch(() => undefined);
    return written;
  }

  #live(): number {
    let live = 0;
    for (const { runs } of this.#jobs.values()) live += 1 + runs.length;
    return live;
  }

  async #rewrite(): Promise<void> {
    const records = this.list().flatMap(({ job, runs, lastDue }): CronRecord[] => [
      { kind: "job", job, lastDue },
      ...runs.map((run): CronRecord => ({ kind: "run", run })),
    ]);
    await this.#log.rewrite(records.map((record) => new TextEncoder().encode(JSON.stringify(record))));
    this.#records = records.length;
  }

  #apply(record: CronRecord): void {
    if (record.kind === "removed") {
      this.#jobs.delete(record.id);
      return;
    }
    if (record.kind === "job") {
      const { job, lastDue } = record;
      const kept = this.#jobs.get(job.id);
      if (kept === undefined) this.#jobs.set(job.id, { job, runs: [], lastDue });
      else kept.job = job;
      return;
    }
    const kept = this.#jobs.get(record.run.job);
    // A run may end after its job was removed.
    if (kept !== undefined) keepRun(kept, record.run);
  }
}

function keepRun(kept: Kept, run: CronRun): void {
  const index = kept.runs.findIndex(
    ({ due, startedAt, outcome }) => outcome === "running" && due === run.due && startedAt === run.startedAt,
  );
  if (index === -1) kept.runs.push(run);
  else kept.runs[index] = run;
  if (kept.runs.length > MAX_HISTORY) kept.runs.shift();
  if (run.trigger !== "manual") kept.lastDue = Math.max(kept.lastDue ?? run.due, run.due);
}

function readRecord(bytes: Uint8Array, index: number): CronRecord {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unreadable(index, "expected JSON", cause);
  }
  const checked = safeParse(cronRecordSchema, value, "a record");
  if (!checked.ok) throw unreadable(index, checked.problem.message);
  return checked.value;
}

function unreadable(record: number, reason: string, cause?: unknown): CronJournalError {
  return new CronJournalError(`record ${record} of the journal of cron jobs: ${reason}`, {
    details: { record, reason },
    cause,
  });
}
