/** What a job is: on disk, in the API and on the wire. */
import type { JsonValue, Subject } from "@weftos/interface";
import { z } from "@weftos/schema";

export const MAX_NAME_LENGTH = 128;
/** A year: what lies further apart is a date, not an interval. */
const MAX_INTERVAL_MS = 366 * 24 * 60 * 60 * 1000;
const MAX_JITTER_MS = 60 * 60 * 1000;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1000;
const MAX_PAYLOAD_CHARACTERS = 65_536;
export const DEFAULT_TIMEOUT_MS = 60_000;

const payload = z.custom<JsonValue>((value) => {
  try {
    const text = JSON.stringify(value);
    return text !== undefined && text.length <= MAX_PAYLOAD_CHARACTERS;
  } catch {
    return false;
  }
}, `expected JSON of at most ${MAX_PAYLOAD_CHARACTERS} characters`);

export const scheduleSchema = z.lazy(() =>
  z.union([
    z.strictObject({ everyMs: z.int().check(z.minimum(100), z.maximum(MAX_INTERVAL_MS)) }),
    z.strictObject({
      cron: z.string().check(z.minLength(1), z.maxLength(256)),
      timeZone: z._default(z.string().check(z.minLength(1), z.maxLength(64)), "UTC"),
    }),
  ]),
);

export const targetSchema = z.lazy(() =>
  z.union([
    z.strictObject({
      agent: z.union([z.int().check(z.minimum(1)), z.string().check(z.minLength(1), z.maxLength(MAX_NAME_LENGTH))]),
      payload: z._default(payload, null),
      awaitReply: z._default(z.boolean(), false),
    }),
    z.strictObject({ topic: z.string().check(z.minLength(1), z.maxLength(256)), payload: z._default(payload, null) }),
    z.strictObject({ tool: z.string().check(z.minLength(1), z.maxLength(128)), input: z._default(payload, {}) }),
  ]),
);

const fields = () => ({
  name: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(MAX_NAME_LENGTH),
      z.regex(/^[\w][\w .:-]*$/u, "expected letters, digits, _ . : -"),
    ),
  schedule: scheduleSchema,
  target: targetSchema,
  missed: z.enum(["skip", "once", "all"]),
  overlap: z.enum(["skip", "queue", "parallel"]),
  jitterMs: z.int().check(z.minimum(0), z.maximum(MAX_JITTER_MS)),
  timeoutMs: z.int().check(z.minimum(1), z.maximum(MAX_TIMEOUT_MS)),
  enabled: z.boolean(),
});

/** A new job as it is given. */
export const newJobSchema = z.lazy(() => {
  const all = fields();
  return z.strictObject({
    ...all,
    missed: z._default(all.missed, "skip"),
    overlap: z._default(all.overlap, "skip"),
    jitterMs: z._default(all.jitterMs, 0),
    timeoutMs: z._default(all.timeoutMs, DEFAULT_TIMEOUT_MS),
    enabled: z._default(all.enabled, true),
  });
});

/** What of a job may be changed; what is not named stays. */
export const jobChangeSchema = z.lazy(() => {
  const all = fields();
  return z.strictObject({
    name: z.optional(all.name),
    schedule: z.optional(all.schedule),
    target: z.optional(all.target),
    missed: z.optional(all.missed),
    overlap: z.optional(all.overlap),
    jitterMs: z.optional(all.jitterMs),
    timeoutMs: z.optional(all.timeoutMs),
  });
});

const ownerSchema = z.lazy(() =>
  z.strictObject({
    kind: z.enum(["kernel", "process", "principal", "node"]),
    id: z.string(),
    role: z.optional(z.enum(["viewer", "operator", "approver", "admin"])),
  }),
);

const jobSchema = z.lazy(() =>
  z.strictObject({
    ...fields(),
    id: z.string(),
    /** Where intervals count from, in milliseconds UTC. */
    anchor: z.int(),
    createdAt: z.int(),
    owner: ownerSchema,
    approval: z.optional(z.string()),
  }),
);

const runSchema = z.lazy(() =>
  z.strictObject({
    job: z.string(),
    /** When it was due, in milliseconds UTC. */
    due: z.int(),
    trigger: z.enum(["schedule", "missed", "manual"]),
    startedAt: z.int(),
    /** Undefined while it runs. */
    finishedAt: z.optional(z.int()),
    /** `unknown`: the kernel went down while it ran. */
    outcome: z.enum(["running", "ok", "failed", "skipped", "unknown"]),
    /** Code of the failure, or why it was skipped. */
    error: z.optional(z.string()),
    /** Id of the approval that it would have needed, where a person was asked. */
    waits: z.optional(z.string()),
    /** Due times that were left out together with this one. */
    missed: z.optional(z.int()),
  }),
);

/** A record of the journal. */
export const cronRecordSchema = z.lazy(() =>
  z.union([
    /** `lastDue` is there when the journal was written anew, since the run that it came from may be gone. */
    z.strictObject({ kind: z.literal("job"), job: jobSchema, lastDue: z.optional(z.int()) }),
    z.strictObject({ kind: z.literal("removed"), id: z.string() }),
    z.strictObject({ kind: z.literal("run"), run: runSchema }),
  ]),
);

export type CronRecord = z.output<typeof cronRecordSchema>;

/** When a job comes due: every so many milliseconds, or by a cron expression in a time zone. */
export type Schedule = z.output<typeof scheduleSchema>;
/** What a job does: a message to an agent (by PID or name), to a topic, or a call of a tool. */
export type CronTarget = z.output<typeof targetSchema>;
/** A new job; see the fields of {@link CronJob}. */
export type NewCronJob = z.input<typeof newJobSchema>;
/** What of a job is to change. */
export type CronJobChange = z.input<typeof jobChangeSchema>;

/** A job as it is kept. */
export interface CronJob {
  /** UUID version 7. */
  readonly id: string;
  /** Unique, 1 to 128 characters. */
  readonly name: string;
  readonly schedule: Schedule;
  readonly target: CronTarget;
  /** What becomes of due times while no kernel ran, or the machine slept: none runs, the newest, or all (at most 1000). */
  readonly missed: "skip" | "once" | "all";
  /** What becomes of a due time while a run goes on: left out, run afterwards, or run beside it (at most 16). */
  readonly overlap: "skip" | "queue" | "parallel";
  /** Each run starts up to so many milliseconds after it was due, at random. */
  readonly jitterMs: number;
  /** How long a run may take: a reply or a tool's answer that is later counts as failed. */
  readonly timeoutMs: number;
  readonly enabled: boolean;
  /** Where intervals count from, in milliseconds UTC. */
  readonly anchor: number;
  readonly createdAt: number;
  /** Under whose rights it runs: who added it, or changed it last. */
  readonly owner: Subject;
  /** The approval under which it was added or changed, where a person was asked; once revoked, the job does not start. */
  readonly approval?: string | undefined;
}

/** One run, or one that was left out. */
export type CronRun = z.output<typeof runSchema>;
