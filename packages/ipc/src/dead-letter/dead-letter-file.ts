/**
 * `journal/dead-letters`: the letters on disk, one JSON text each, in the order in which they came. Written behind: a letter is on disk
 * some milliseconds after it came, and a crash may lose those of that time. A change in the middle writes the file anew.
 */
import type { AppendLog, FeatureContext, JsonValue, Schema } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { readPayload, storePayload } from "../message/stored-payload.ts";
import type { DeadLetter } from "./dead-letter.ts";
import { type DeadLetterJournal, type DeadLetters, MAX_LETTERS } from "./dead-letters.ts";

/** A payload of 1 MiB as base64 or JSON, with room for escapes and the rest of the letter. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

interface StoredLetter extends Omit<DeadLetter, "payload"> {
  readonly payload?: JsonValue | undefined;
}

const time = z.int().check(z.minimum(0));
const letterSchema = z.lazy(() =>
  z.object({
    id: z.string().check(z.maxLength(64)),
    from: time,
    node: z.optional(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
    target: z.looseObject({ kind: z.string() }),
    pid: z.optional(time),
    kind: z.string(),
    bytes: time,
    reason: z.string(),
    at: time,
    sentAt: time,
    trace: z.optional(z.string()),
    segmentType: z.optional(time),
    replays: time,
    payload: z.optional(z.unknown()),
  }),
) as unknown as Schema<unknown, StoredLetter>;

export class DeadLetterFile implements DeadLetterJournal {
  readonly #context: Pick<FeatureContext, "platform" | "files" | "dir" | "logger">;
  readonly #letters: DeadLetters;
  #log: AppendLog | undefined;
  #waiting: DeadLetter[] = [];
  #anew = false;
  #records = 0;
  #writing: Promise<void> | undefined;

  constructor(context: Pick<FeatureContext, "platform" | "files" | "dir" | "logger">, letters: DeadLetters) {
    this.#context = context;
    this.#letters = letters;
  }

  /** Reads what is kept and begins to keep. */
  async open(): Promise<void> {
    const { platform, files, dir, logger } = this.#context;
    const log = await platform.openAppendLog(files, `${dir}/journal/dead-letters`, {
      maxRecordBytes: MAX_RECORD_BYTES,
    });
    if (log.droppedBytes > 0) logger.warn("the journal of dead letters had a torn end", { bytes: log.droppedBytes });
    const kept: DeadLetter[] = [];
    const decoder = new TextDecoder();
    for await (const record of log.records()) {
      this.#records += 1;
      const letter = readLetter(decoder.decode(record));
      if (letter === undefined) logger.warn("a dead letter on disk cannot be read", { record: this.#records });
      else kept.push(letter);
    }
    this.#log = log;
    this.#letters.open(kept.slice(-MAX_LETTERS), this);
  }

  added(letter: DeadLetter): void {
    this.#waiting.push(letter);
    // More than are kept at all: the newest are written with all others.
    if (this.#waiting.length > MAX_LETTERS) this.changed();
    this.#write();
  }

  changed(): void {
    this.#anew = true;
    this.#waiting = [];
    this.#write();
  }

  /** Resolves when all that came before is on disk, or could not be written. @returns whether it is */
  async flush(): Promise<boolean> {
    while (this.#writing !== undefined) await this.#writing;
    return this.#log !== undefined && !this.#anew && this.#waiting.length === 0;
  }

  async close(): Promise<void> {
    await this.flush();
    const log = this.#log;
    this.#log = undefined;
    await log?.close();
  }

  #write(): void {
    const log = this.#log;
    if (this.#writing !== undefined || log === undefined) return;
    this.#writing = this.#writeAll(log)
      .catch((error: unknown) => {
        // They stay in memory; the next change tries to write them all.
        this.#anew = true;
        this.#context.logger.error("dead letters could not be written", {
          error: error instanceof Error ? error.message : "unknown",
        });
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #writeAll(log: AppendLog): Promise<void> {
    const encoder = new TextEncoder();
    while (this.#anew || this.#waiting.length > 0) {
      if (this.#anew || this.#records > 2 * MAX_LETTERS) {
        this.#anew = false;
        this.#waiting = [];
        const all = [...this.#letters.all()];
        await log.rewrite(all.map((letter) => encoder.encode(storeLetter(letter))));
        this.#records = all.length;
      } else {
        const batch = this.#waiting.splice(0, 1000);
        this.#records += batch.length;
        await Promise.all(batch.map((letter) => log.append(encoder.encode(storeLetter(letter)))));
      }
    }
  }
}

function storeLetter(letter: DeadLetter): string {
  const { payload, ...rest } = letter;
  return JSON.stringify(payload === undefined ? rest : { ...rest, payload: storePayload(payload) });
}

function readLetter(text: string): DeadLetter | undefined {
  try {
    const read = safeParse(letterSchema, JSON.parse(text), "a dead letter");
    if (!read.ok) return undefined;
    const { payload, ...rest } = read.value;
    const { pid, trace, segmentType } = rest;
    return {
      ...rest,
      pid,
      trace,
      segmentType,
      payload: payload === undefined ? undefined : readPayload(rest.kind, payload),
    };
  } catch {
    return undefined;
  }
}
