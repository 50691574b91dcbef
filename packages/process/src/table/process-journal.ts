/**
 * Remembers who lives, so that the kernel after a crash knows whom it lost and whom to start again. `journal/processes` is an append
 * log; each record is a JSON list of changes: `["s", pid, before, name, parent, restarts, recovery, member]` for a start (`before`: the
 * PID of the start that it follows, or 0; `recovery`: module and options, or null; `member`: its place under a supervisor that is
 * started again, or null), with `{ suspended, failures, principal }` after it where there is something of them to know, and `["e", pid]` for an end. Who was below `before` is below `pid` from then on. Written behind: changes
 * that come while a write runs go into the next one together, and a start that ends meanwhile is never written. Bounded: rewritten
 * when it holds far more than what lives. While the disk fails, processes go on; it is said once, and the next write is a whole one.
 */
import type { AppendLog, Capabilities, Files, JsonValue, Logger, Platform } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { isJson } from "../json-input.ts";
import { ProcessJournalInvalidError } from "../process-errors.ts";

const MAX_RECORD_BYTES = 1024 * 1024;
/** Largest recovery of one process; one that needs more is not started again. */
const MAX_RECOVERY = 256 * 1024;
/** Changes in one record. */
const BATCH = 500;
/** Changes beyond four times the living after which the journal is rewritten. */
const SLACK = 4096;

/** A process as the journal knows it. */
export interface JournalEntry {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly restarts: number;
  readonly recovery: { readonly module: string; readonly options: JsonValue } | undefined;
  /** Undefined when no supervisor above it is started again. */
  readonly member?: JournalMember | undefined;
  /** It is suspended, and stays so when it is started again. */
  readonly suspended?: true | undefined;
  readonly failures?: JournalFailures | undefined;
  /** Who started it, or the topmost process above it; undefined: the kernel itself. */
  readonly principal?: string | undefined;
}

/** How often an agent that is started again failed lately, and how often it may. */
export interface JournalFailures {
  /** When it was started again for it, milliseconds UTC. */
  readonly times: readonly number[];
  readonly maxRestarts: number;
  readonly withinMs: number;
  /** Its code runs on the kernel's thread, and may be what ended a kernel. */
  readonly inKernel: boolean;
}

/** A child of a supervisor as the journal knows it. */
export interface JournalMember {
  readonly id: string;
  /** The child of which it is one replica. */
  readonly of?: string | undefined;
  /** It came at run time, and its own `recovery` says what it is; the others come with their supervisor. */
  readonly added: boolean;
  /** Restart policy of a supervisor that was added. */
  readonly restart?: object | undefined;
  /** Its budget, and the lasting rights that it has now where they changed. */
  readonly account?: number | undefined;
  readonly capabilities?: Capabilities | undefined;
}

type Known = readonly ["s", number, number, string, number, number, JsonValue, JournalMember | null];
type Start = Known | readonly [...Known, Rare];
/** What few entries have. */
type Rare = Pick<JournalEntry, "suspended" | "failures" | "principal">;
type End = readonly ["e", number];

const pid = z.int().check(z.minimum(0));
const start = [
  z.literal("s"),
  pid,
  pid,
  z.string(),
  pid,
  pid,
  z.nullable(z.strictObject({ module: z.string(), options: z.custom((value) => isJson(value)) })),
] as const;
const member = z.lazy(() =>
  z.strictObject({
    id: z.string(),
    of: z.optional(z.string()),
    added: z.boolean(),
    // What these hold is checked where it is used, as what a program gives.
    restart: z.optional(z.looseObject({})),
    account: z.optional(pid),
    capabilities: z.optional(z.looseObject({})),
  }),
);
const rare = z.lazy(() =>
  z.strictObject({
    suspended: z.optional(z.literal(true)),
    principal: z.optional(z.string()),
    failures: z.optional(
      z.strictObject({
        times: z.array(pid).check(z.maxLength(10_000)),
        maxRestarts: pid,
        withinMs: pid,
        inKernel: z.boolean(),
      }),
    ),
  }),
);
const recordSchema = z.lazy(() =>
  z.array(
    z.union([
      z.tuple([...start, z.nullable(member)]),
      z.tuple([...start, z.nullable(member), rare]),
      // As it was written when children of supervisors were not followed.
      z.tuple([...start]),
      z.tuple([z.literal("e"), pid]),
    ]),
  ),
);

/** What the journal asks of its kernel. */
export interface JournalDeps {
  readonly logger: Logger;
  /** All that live or wait for their next start, by the PID they have or had. */
  readonly living: () => readonly JournalEntry[];
  readonly count: () => number;
}

export class ProcessJournal {
  readonly #deps: JournalDeps;
  readonly #pending = new Map<number, Start | End>();
  #log: AppendLog | undefined;
  #reopen: (() => Promise<AppendLog>) | undefined;
  /** Whom the last kernel left, until it was said what becomes of them. */
  #left = new Map<number, JournalEntry>();
  /** Changes in the file. */
  #size = 0;
  #highest = 0;
  #writing: Promise<void> | undefined;
  #failing = false;

  constructor(deps: JournalDeps) {
    this.#deps = deps;
  }

  /** The highest PID that it tells of, once it is open; 0 when it tells of none. */
  get highest(): number {
    return this.#highest;
  }

  /** Opens the journal and gives whom the last kernel left, by their first starts. @throws PROCESS_JOURNAL and what the files throw */
  async open(platform: Pick<Platform, "openAppendLog">, files: Files, dir: string): Promise<readonly JournalEntry[]> {
    const folder = `${dir}/journal`;
    await files.makeFolder(folder, { mode: 0o700 });
    const file = `${folder}/processes`;
    this.#reopen = () => platform.openAppendLog(files, file, { maxRecordBytes: MAX_RECORD_BYTES });
    const log = await this.#reopen();
    const left = new Map<number, JournalEntry>();
    const order = new Map<number, number>();
    try {
      let index = 0;
      for await (const record of log.records()) {
        for (const change of decode(record, file, index)) {
          // One that was started again keeps the place of its first start.
          if (change[0] === "s") order.set(change[1], order.get(change[2]) ?? order.get(change[1]) ?? this.#size);
          apply(left, change);
          this.#highest = Math.max(this.#highest, change[1]);
          this.#size += 1;
        }
        index += 1;
      }
    } catch (error) {
      await log.close();
      throw error;
    }
    if (log.droppedBytes > 0) {
      const what = "the journal of processes had a torn end: who was started or ended last may not be told of";
      this.#deps.logger.warn(what, { file, bytes: log.droppedBytes });
    }
    this.#log = log;
    this.#left = left;
    return [...left.values()].sort((one, other) => (order.get(one.pid) ?? 0) - (order.get(other.pid) ?? 0));
  }

  /** A process was started, and `before` is the PID of the start that it follows; without it, what is known of it has changed. */
  started(entry: JournalEntry, before: number | undefined): void {
    const [kind, id, , ...rest] = startOf(entry);
    if (this.#left.has(id)) this.#left.set(id, entry);
    this.#change(id, [kind, id, before === undefined ? this.#followed(id) : this.#follow(before, id), ...rest]);
  }

  /** A process ended and is not started again, or what the last kernel left was told. */
  ended(id: number): void {
    this.#left.delete(id);
    const pending = this.#pending.get(id);
    if (pending?.[0] !== "s") {
      this.#change(id, ["e", id]);
      return;
    }
    this.#pending.delete(id);
    if (pending[2] !== 0) this.#change(pending[2], ["e", pending[2]]);
  }

  /** Resolves when all that was said so far is on disk, or could not be written. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Closes the journal: what lives no more was told before. */
  async close(): Promise<void> {
    await this.flushed();
    const log = this.#log;
    this.#log = undefined;
    await log?.close();
  }

  /** A start that follows one which is not written yet takes its place. */
  #follow(before: number, id: number): number {
    if (this.#left.delete(before)) moveBelow(this.#left, before, id);
    const pending = this.#pending.get(before);
    if (pending?.[0] !== "s") return before;
    this.#pending.delete(before);
    return pending[2];
  }

  /** The start that one follows which is not written yet: a change of what is known of it does not take that away. */
  #followed(id: number): number {
    const pending = this.#pending.get(id);
    return pending?.[0] === "s" ? pending[2] : 0;
  }

  #change(id: number, change: Start | End): void {
    if (this.#log === undefined) return;
    this.#pending.set(id, change);
    this.#writing ??= this.#writeAll(this.#log);
  }

  async #writeAll(opened: AppendLog): Promise<void> {
    let log = opened;
    // Everything that happens in this turn goes into the first write.
    await Promise.resolve();
    while (this.#pending.size > 0 || this.#failing) {
      const changes = [...this.#pending.values()];
      this.#pending.clear();
      try {
        if (this.#failing) log = await this.#openAgain(log);
        if (this.#failing || this.#size > SLACK + 4 * this.#deps.count()) {
          this.#size = await this.#rewrite(log);
        } else {
          await append(log, changes);
          this.#size += changes.length;
        }
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) {
          const text = error instanceof Error ? error.message : "unknown";
          this.#deps.logger.error("the journal of processes cannot be written", { error: text });
        }
        this.#failing = true;
        break;
      }
    }
    this.#writing = undefined;
  }

  /** A log whose file failed takes no more records: it is opened anew. */
  async #openAgain(failed: AppendLog): Promise<AppendLog> {
    await failed.close().catch((error: unknown) => {
      this.#deps.logger.debug("the failed journal of processes could not be closed", { error: String(error) });
    });
    const log = (await this.#reopen?.()) ?? failed;
    this.#log = log;
    return log;
  }

  /** Writes who lives now, which holds every change so far. @returns how many entries */
  async #rewrite(log: AppendLog): Promise<number> {
    const starts = [...this.#left.values(), ...this.#deps.living()].map(startOf);
    const records: Uint8Array[] = [];
    for (let index = 0; index < starts.length; index += BATCH) {
      records.push(...encode(starts.slice(index, index + BATCH)));
    }
    await log.rewrite(records);
    return starts.length;
  }
}

function startOf(entry: JournalEntry): Start {
  const { pid: id, name, parent, restarts, recovery, member: place, suspended, failures, principal } = entry;
  const kept = recovery === undefined || isTooLarge(entry) ? null : { ...recovery };
  const said: Known = ["s", id, 0, name, parent, restarts, kept, place ?? null];
  return suspended || failures || principal ? [...said, { suspended, failures, principal }] : said;
}

async function append(log: AppendLog, changes: readonly (Start | End)[]): Promise<void> {
  const writes: Promise<void>[] = [];
  for (let index = 0; index < changes.length; index += BATCH) {
    for (const record of encode(changes.slice(index, index + BATCH))) writes.push(log.append(record));
  }
  await Promise.all(writes);
}

/** One record, or more where one would be too large. */
function encode(changes: readonly (Start | End)[]): readonly Uint8Array[] {
  const record = new TextEncoder().encode(JSON.stringify(changes));
  if (record.length <= MAX_RECORD_BYTES || changes.length === 1) return [record];
  const middle = changes.length >> 1;
  return [...encode(changes.slice(0, middle)), ...encode(changes.slice(middle))];
}

function isTooLarge({ recovery }: JournalEntry): boolean {
  return JSON.stringify(recovery).length > MAX_RECOVERY;
}

function decode(record: Uint8Array, file: string, index: number): z.output<typeof recordSchema> {
  const details = { file, record: index };
  const what = `record ${index} of ${file}`;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(record));
  } catch (cause) {
    throw new ProcessJournalInvalidError(`${what} is no JSON`, { details, cause });
  }
  return parse(recordSchema, json, {
    what,
    error: ({ message, cause }) => new ProcessJournalInvalidError(message, { details, cause }),
  });
}

function apply(left: Map<number, JournalEntry>, change: z.output<typeof recordSchema>[number]): void {
  if (change[0] === "e") {
    left.delete(change[1]);
    return;
  }
  const [, id, before, name, parent, restarts, recovery, place, more] = change;
  if (left.delete(before)) moveBelow(left, before, id);
  left.set(id, {
    pid: id,
    name,
    parent,
    restarts,
    recovery: recovery === null ? undefined : (recovery as { module: string; options: JsonValue }),
    member: (place as JournalMember | null | undefined) ?? undefined,
    ...(more as Rare | undefined),
  });
}

/** Who was below a process is below its next start. */
function moveBelow(left: Map<number, JournalEntry>, before: number, id: number): void {
  for (const [pid, entry] of left) if (entry.parent === before) left.set(pid, { ...entry, parent: id });
}
