/**
 * How the journal of processes is written. Each record of `journal/processes` is a JSON list of changes:
 * `["s", pid, before, name, parent, restarts, recovery, member]` for a start (`before`: the PID of the start that it follows, or 0;
 * `recovery`: module and options, or null; `member`: its place under a supervisor that is started again, or null), with
 * `{ suspended, failures, principal, approval }` after it where there is something of them to know, and `["e", pid]` for an end. Who was below
 * `before` is below `pid` from then on. Records of earlier versions, which knew less, are read too.
 */
import type { Capabilities, JsonValue } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { isJson } from "../json-input.ts";
import { ProcessJournalInvalidError } from "../process-errors.ts";

/** Largest record. */
export const MAX_RECORD_BYTES = 1024 * 1024;
/** Largest recovery of one process; one that needs more is not started again. */
const MAX_RECOVERY = 256 * 1024;

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
  /** The approval under which it runs: it is started again as long as that holds. */
  readonly approval?: string | undefined;
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
/** A start, or what is known of it now. */
export type Start = Known | readonly [...Known, Rare];
/** What few entries have. */
type Rare = Pick<JournalEntry, "suspended" | "failures" | "principal" | "approval">;
export type End = readonly ["e", number];

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
    approval: z.optional(z.string()),
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

/** A change as it was read. */
export type ReadChange = z.output<typeof recordSchema>[number];

/** Says what is known of a process, as a start that follows none. */
export function startOf(entry: JournalEntry): Start {
  const { pid: id, name, parent, restarts, recovery, member: place, ...rest } = entry;
  const { suspended, failures, principal, approval } = rest;
  const kept = recovery === undefined || isTooLarge(entry) ? null : { ...recovery };
  const said: Known = ["s", id, 0, name, parent, restarts, kept, place ?? null];
  const isRare = suspended || failures || principal || approval;
  return isRare ? [...said, { suspended, failures, principal, approval }] : said;
}

/** Writes changes as one record, or more where one would be too large. */
export function encode(changes: readonly (Start | End)[]): readonly Uint8Array[] {
  const record = new TextEncoder().encode(JSON.stringify(changes));
  if (record.length <= MAX_RECORD_BYTES || changes.length === 1) return [record];
  const middle = changes.length >> 1;
  return [...encode(changes.slice(0, middle)), ...encode(changes.slice(middle))];
}

function isTooLarge({ recovery }: JournalEntry): boolean {
  return JSON.stringify(recovery).length > MAX_RECOVERY;
}

/** Reads a record. @throws PROCESS_JOURNAL */
export function decode(record: Uint8Array, file: string, index: number): readonly ReadChange[] {
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

/** Gives what a start tells. */
export function entryOf([, pid, , name, parent, restarts, recovery, place, more]: Exclude<
  ReadChange,
  readonly ["e", number]
>): JournalEntry {
  return {
    pid,
    name,
    parent,
    restarts,
    recovery: recovery === null ? undefined : (recovery as { module: string; options: JsonValue }),
    member: (place as JournalMember | null | undefined) ?? undefined,
    ...(more as Rare | undefined),
  };
}
