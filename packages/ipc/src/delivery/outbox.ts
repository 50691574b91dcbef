/**
 * Delivers at least once. A message is on disk (`journal/outbox`) before its sender is told `queued`, and stays there until its receiver
 * acknowledged it, also over a crash of the kernel. Tried again after 5, 10 and 20 seconds; after 30 more it is a dead letter.
 *
 * A receiver gets no copy of what it acknowledged or has not taken yet. It can get a message twice when it takes it and does not
 * acknowledge in time, or when the kernel dies before the acknowledgement is on disk: `id` stays the same. `attempt` grows with each try of one boot.
 */
import type { AppendLog, FeatureContext, Pid, Schema, SendResult, Timer } from "@weftos/interface";
import { z } from "@weftos/schema";
import type { DeadLetterReason } from "../dead-letter/dead-letter.ts";
import { OutboxFullError } from "../ipc-errors.ts";
import type { Pushed } from "../mailbox/mailbox.ts";
import type { Envelope } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import {
  MAX_RECORD_BYTES,
  readRecord,
  restoreMessage,
  type StoredMessage,
  storedMessageSchema,
  storeMessage,
  writeRecord,
} from "./stored-message.ts";

/** Most messages that wait to be acknowledged. */
const MAX_WAITING = 10_000;
/** Most bytes of the payloads that wait: they are in memory too. */
const MAX_WAITING_BYTES = 256 * 1024 * 1024;
/** Keys that are remembered, of messages that are done too. */
const MAX_KEYS = 10_000;
const MAX_RETRIES = 3;
const FIRST_TIMEOUT_MS = 5000;
const MAX_TIMEOUT_MS = 30_000;
/** Records that are done with before the journal is written anew. */
const MAX_DONE = 4096;
/** Bytes of payloads that are done with before it is. */
const MAX_DONE_BYTES = 64 * 1024 * 1024;

interface Waiting {
  stored: StoredMessage;
  /** The message as it was posted in this boot: its record is written when it ends. */
  readonly posted: Envelope | undefined;
  key: string | undefined;
  /** The process in whose name it goes. */
  sender: Pid;
  /** The receiver that the guard let it pass to; a service may have another one by the next try. */
  passed: Pid | undefined;
  /** Resolves when it is on disk. */
  readonly written: Promise<void>;
  attempts: number;
  /** The process whose mailbox has it, or that took it. */
  receiver: Pid | undefined;
  /** Whether it lies in a mailbox, not yet taken. */
  lies: boolean;
  timer: Timer | undefined;
}

type OutboxRecord =
  | { readonly put: StoredMessage; readonly key?: string | undefined }
  | { readonly done: string; readonly key?: string | undefined }
  /** A process starts again under another PID: its keys go with it. */
  | { readonly moved: Pid; readonly to: Pid };

const recordSchema = z.union([
  z.object({ put: storedMessageSchema, key: z.optional(z.string()) }),
  z.object({ done: z.string(), key: z.optional(z.string()) }),
  z.object({ moved: z.int(), to: z.int() }),
]) as unknown as Schema<unknown, OutboxRecord>;

/** What the outbox asks of the router. */
export interface OutboxRouter {
  /** @param way - in whose name, and to whom the guard let it pass: to anybody else it is asked again */
  place(
    message: Envelope,
    way: { readonly sender: Pid; readonly passed: Pid | undefined },
  ): { readonly pushed: Pushed | "nobody"; readonly pid: Pid | undefined };
  bury(message: Envelope, reason: DeadLetterReason, pid?: Pid): void;
}

export interface OutboxDeps {
  readonly context: Pick<FeatureContext, "platform" | "files" | "dir" | "logger" | "clock">;
  readonly ids: MessageIds;
  readonly router: OutboxRouter;
}

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #waiting = new Map<string, Waiting>();
  /** Key → id of the message it was given to, the oldest first. */
  readonly #keys = new Map<string, string>();
  #log: AppendLog | undefined;
  #done = 0;
  #bytes = 0;
  #doneBytes = 0;
  #rewriting: Promise<void> | undefined;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Messages that wait to be acknowledged. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Reads what an earlier boot left. */
  async open(): Promise<void> {
    const { platform, files, dir, logger } = this.#deps.context;
    const options = { maxRecordBytes: MAX_RECORD_BYTES };
    const log = await platform.openAppendLog(files, `${dir}/journal/outbox`, options);
    if (log.droppedBytes > 0) logger.warn("the outbox had a torn end", { bytes: log.droppedBytes });
    for await (const bytes of log.records()) {
      const record = readRecord(recordSchema, bytes);
      if (record === undefined) logger.warn("a record of the outbox cannot be read", { bytes: bytes.length });
      else this.#replay(record);
    }
    this.#log = log;
  }

  /** Begins to deliver what an earlier boot left. */
  resume(): void {
    for (const waiting of [...this.#waiting.values()]) {
      if (waiting.timer === undefined) this.#attempt(waiting);
    }
  }

  /**
   * Takes a message that the guard let pass. A second one with the key of an earlier one of its sender is that one.
   *
   * @returns when it is on disk
   * @throws IPC_OUTBOX_FULL (retryable), and what the disk raises: the message is then not sent
   */
  async post(message: Envelope, key: string | undefined, passed: Pid | undefined): Promise<SendResult> {
    const name = key === undefined ? undefined : `${message.from} ${key}`;
    const known = name === undefined ? undefined : this.#keys.get(name);
    if (known !== undefined) {
      message.settle(false);
      await this.#waiting.get(known)?.written;
      return { status: "queued", id: known };
    }
    this.#checkRoom(message);
    const stored = storeMessage(message);
    const written = this.#append({ put: stored, key: name });
    const waiting: Waiting = {
      stored,
      posted: message,
      key: name,
      sender: message.from,
      passed,
      written,
      attempts: 0,
      receiver: undefined,
      lies: false,
      timer: undefined,
    };
    this.#add(waiting);
    this.#remember(name, stored.id);
    try {
      await written;
    } catch (error) {
      message.settle(false);
      this.#drop(waiting);
      if (waiting.key !== undefined) this.#keys.delete(waiting.key);
      throw error;
    }
    this.#attempt(waiting);
    return { status: "queued", id: stored.id };
  }

  /** The receiver has dealt with a message. Resolves when that is on disk; one that is not waited for any more changes nothing. */
  async acknowledge(pid: Pid, id: string): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.receiver !== pid) return;
    waiting.posted?.settle(true);
    await this.#finish(waiting);
  }

  /** A message came back: its mailbox was closed before it was taken. @returns whether it was one of these */
  returned(message: Envelope): boolean {
    if (message.rare.attempt === undefined) return false;
    const waiting = this.#waiting.get(message.id);
    if (waiting !== undefined) waiting.lies = false;
    return true;
  }

  /** A process starts again under another PID. */
  moved(from: Pid, to: Pid): void {
    let keyed = false;
    for (const waiting of [...this.#waiting.values()]) {
      const { stored } = waiting;
      if (waiting.sender === from) waiting.sender = to;
      if (waiting.passed === from) waiting.passed = to;
      if (waiting.receiver === from && waiting.lies) waiting.receiver = to;
      if (stored.target.kind !== "process" || stored.target.pid !== from) continue;
      keyed = true;
      waiting.stored = { ...stored, target: { kind: "process", pid: to } };
      // Nobody was there to have it yet.
      if (waiting.receiver !== undefined || waiting.timer === undefined) continue;
      waiting.timer.cancel();
      this.#attempt(waiting);
    }
    if (this.#renameKeys(from, to) || keyed) this.#note({ moved: from, to }, "that a process has another PID");
  }

  async close(): Promise<void> {
    for (const { timer } of this.#waiting.values()) timer?.cancel();
    const log = this.#log;
    this.#log = undefined;
    await this.#rewriting;
    await log?.close();
  }

  #attempt(waiting: Waiting): void {
    const { clock } = this.#deps.context;
    waiting.timer = undefined;
    // While it waits in a mailbox a second copy would only be a duplicate.
    if (!waiting.lies) {
      if (waiting.attempts > MAX_RETRIES) {
        this.#giveUp(waiting);
        return;
      }
      waiting.attempts += 1;
      this.#place(waiting);
    }
    const ms = Math.min(MAX_TIMEOUT_MS, FIRST_TIMEOUT_MS * 2 ** (waiting.attempts - 1));
    if (this.#log === undefined) return;
    waiting.timer = clock.schedule(ms, () => this.#attempt(waiting), { background: true });
  }

  #place(waiting: Waiting): void {
    const { attempts } = waiting;
    const message = restoreMessage(this.#deps.ids, waiting.stored, {
      attempt: attempts,
      taken: () => {
        waiting.lies = false;
        if (waiting.posted !== undefined) waiting.posted.received = true;
      },
      stale: () => this.#waiting.get(waiting.stored.id) !== waiting || waiting.attempts !== attempts,
    });
    waiting.lies = true;
    const { pushed, pid } = this.#deps.router.place(message, waiting);
    if (pushed === "refused" || pushed === "nobody") waiting.lies = false;
    else waiting.receiver = pid;
  }

  #giveUp(waiting: Waiting): void {
    const letter = restoreMessage(this.#deps.ids, waiting.stored, {});
    this.#deps.router.bury(letter, "unacknowledged", waiting.receiver);
    waiting.posted?.settle(false);
    waiting.timer?.cancel();
    this.#drop(waiting);
    this.#note({ done: waiting.stored.id, key: waiting.key }, "the end of a message");
    this.#isDone(waiting);
  }

  /** Writes what nobody waits for. */
  #note(record: OutboxRecord, what: string): void {
    this.#append(record).catch((error: unknown) => {
      this.#deps.context.logger.error(`${what} could not be written to the outbox`, {
        error: error instanceof Error ? error.message : "unknown",
      });
    });
  }

  async #finish(waiting: Waiting): Promise<void> {
    const { stored, key } = waiting;
    waiting.timer?.cancel();
    this.#drop(waiting);
    await this.#append({ done: stored.id, key });
    this.#isDone(waiting);
  }

  #isDone({ stored }: Waiting): void {
    this.#done += 1;
    this.#doneBytes += stored.bytes;
    const long = this.#done >= MAX_DONE || this.#doneBytes >= MAX_DONE_BYTES;
    if (long && this.#rewriting === undefined) this.#rewrite();
  }

  async #append(record: OutboxRecord): Promise<void> {
    await this.#log?.append(writeRecord(record));
  }

  #checkRoom(message: Envelope): void {
    const many = this.#waiting.size >= MAX_WAITING;
    if (!many && this.#bytes + message.bytes <= MAX_WAITING_BYTES) return;
    message.settle(false);
    const [limit, of] = many ? [MAX_WAITING, "messages"] : [MAX_WAITING_BYTES, "bytes"];
    throw new OutboxFullError(`${limit} ${of} wait to be acknowledged, which is the limit`, {
      details: { limit },
      retryable: true,
    });
  }

  #add(waiting: Waiting): void {
    this.#waiting.set(waiting.stored.id, waiting);
    this.#bytes += waiting.stored.bytes;
  }

  #drop({ stored }: Waiting): void {
    if (this.#waiting.delete(stored.id)) this.#bytes -= stored.bytes;
  }

  /** @returns whether there were any */
  #renameKeys(from: Pid, to: Pid): boolean {
    const start = `${from} `;
    const old = [...this.#keys].filter(([name]) => name.startsWith(start));
    for (const [name, id] of old) {
      const moved = `${to} ${name.slice(start.length)}`;
      this.#keys.delete(name);
      this.#keys.set(moved, id);
      const waiting = this.#waiting.get(id);
      if (waiting !== undefined) waiting.key = moved;
    }
    return old.length > 0;
  }

  #rewrite(): void {
    this.#done = 0;
    this.#doneBytes = 0;
    const live = [...this.#waiting.values()].map(({ stored, key }) => writeRecord({ put: stored, key }));
    const liveKeys = new Set([...this.#waiting.values()].map(({ key }) => key));
    const keys = [...this.#keys].filter(([key]) => !liveKeys.has(key)).map(([key, done]) => writeRecord({ done, key }));
    this.#rewriting = (this.#log?.rewrite([...keys, ...live]) ?? Promise.resolve())
      .catch((error: unknown) => {
        this.#deps.context.logger.error("the outbox could not be written anew", {
          error: error instanceof Error ? error.message : "unknown",
        });
      })
      .finally(() => {
        this.#rewriting = undefined;
      });
  }

  #replay(record: OutboxRecord): void {
    if ("put" in record) {
      const { put: stored, key } = record;
      this.#add({
        stored,
        posted: undefined,
        key,
        sender: stored.from,
        passed: undefined,
        written: Promise.resolve(),
        attempts: 0,
        receiver: undefined,
        lies: false,
        timer: undefined,
      });
      this.#remember(key, stored.id);
    } else if ("moved" in record) {
      this.#renameKeys(record.moved, record.to);
      for (const waiting of this.#waiting.values()) {
        const { stored } = waiting;
        if (waiting.sender === record.moved) waiting.sender = record.to;
        if (stored.target.kind !== "process" || stored.target.pid !== record.moved) continue;
        waiting.stored = { ...stored, target: { kind: "process", pid: record.to } };
      }
    } else {
      const waiting = this.#waiting.get(record.done);
      if (waiting !== undefined) {
        this.#drop(waiting);
        this.#doneBytes += waiting.stored.bytes;
      }
      this.#remember(record.key, record.done);
      this.#done += 1;
    }
  }

  #remember(key: string | undefined, id: string): void {
    if (key === undefined) return;
    this.#keys.set(key, id);
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= MAX_KEYS) return;
      this.#keys.delete(oldest);
    }
  }
}
