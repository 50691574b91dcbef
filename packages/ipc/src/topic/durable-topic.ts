/**
 * A durable subscription: the messages of a pattern, kept on disk under a name whether or not anybody reads them. Each has a position,
 * from 1. Kept are the newest 10 000, of at most 16 MiB together; what must go before it was acknowledged is a dead letter.
 * An acknowledgement covers all positions up to its own. Who subscribes again goes on after it, or from any position that is kept.
 */
import type { AppendLog, Clock, Pid, Schema, Timer } from "@weftos/interface";
import { z } from "@weftos/schema";
import {
  readRecord,
  restoreMessage,
  type StoredMessage,
  storedMessageSchema,
  storeMessage,
  writeRecord,
} from "../delivery/stored-message.ts";
import type { Pushed } from "../mailbox/mailbox.ts";
import type { Envelope } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import type { Sink } from "./subscriptions.ts";

const MAX_KEPT = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Messages that its reader may have untaken. */
const WINDOW = 64;
const TRY_AGAIN_MS = 100;

type DurableRecord =
  | { readonly at: number; readonly message: StoredMessage }
  | { readonly acknowledged: number }
  | { readonly pattern: string };

const count = z.int().check(z.minimum(0));
const recordSchema = z.lazy(() =>
  z.union([
    z.object({ at: count, message: storedMessageSchema }),
    z.object({ acknowledged: count }),
    z.object({ pattern: z.string() }),
  ]),
) as unknown as Schema<unknown, DurableRecord>;

export interface DurableDeps {
  readonly clock: Clock;
  readonly ids: MessageIds;
  /** A message had to go before it was acknowledged. */
  readonly lost: (message: Envelope, pid: Pid | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** A durable subscription as a person sees it. */
export interface DurableInfo {
  readonly name: string;
  readonly pattern: string;
  readonly reader: Pid | undefined;
  /** Position of the newest message. */
  readonly last: number;
  /** Position of the oldest message that is kept. */
  readonly first: number;
  readonly acknowledged: number;
}

export class DurableTopic implements Sink {
  readonly name: string;
  readonly refusal = "not-kept";
  #pattern = "";
  readonly #deps: DurableDeps;
  readonly #log: AppendLog;
  #kept: { readonly at: number; readonly message: StoredMessage }[] = [];
  #bytes = 0;
  #last = 0;
  #acknowledged = 0;
  /** Position of the newest message on disk: those after it are not given yet. */
  #written = 0;
  #records = 0;
  /** Bytes of payloads written since the journal was written anew. */
  #appended = 0;
  #reader: Sink | undefined;
  #next = 1;
  #untaken = 0;
  /** Copies of an earlier reader are not given to the next one. */
  #generation = 0;
  #timer: Timer | undefined;
  #rewriting = false;

  private constructor(name: string, log: AppendLog, deps: DurableDeps) {
    this.name = name;
    this.#log = log;
    this.#deps = deps;
  }

  /** Reads what is kept. */
  static async open(name: string, log: AppendLog, deps: DurableDeps): Promise<DurableTopic> {
    const topic = new DurableTopic(name, log, deps);
    for await (const bytes of log.records()) {
      const record = readRecord(recordSchema, bytes);
      if (record === undefined) deps.failed(new TypeError(`a record of ${name} cannot be read`));
      else topic.#replay(record);
    }
    return topic;
  }

  get pid(): Pid | undefined {
    return this.#reader?.pid;
  }

  get pattern(): string {
    return this.#pattern;
  }

  get info(): DurableInfo {
    const first = this.#kept[0]?.at ?? this.#last + 1;
    const { name, pattern, pid: reader } = this;
    return { name, pattern, reader, first, last: this.#last, acknowledged: this.#acknowledged };
  }

  /** Says what it keeps, once. */
  async begin(pattern: string): Promise<void> {
    this.#pattern = pattern;
    await this.#append({ pattern });
  }

  /** Takes a message: `delivered` when it is on disk. */
  async offer(message: Envelope): Promise<Pushed> {
    this.#last += 1;
    const entry = { at: this.#last, message: storeMessage(message) };
    this.#keep(entry);
    try {
      await this.#append(entry);
    } catch (error) {
      this.#deps.failed(error);
      this.#forget(entry);
      return "refused";
    }
    this.#written = Math.max(this.#written, entry.at);
    this.#give();
    return "delivered";
  }

  /** Gives messages to a reader from now on: from a position, else after the last one acknowledged. */
  read(reader: Sink, from?: number): void {
    this.#reader = reader;
    this.#generation += 1;
    this.#untaken = 0;
    this.#next = from ?? this.#acknowledged + 1;
    this.#give();
  }

  /** The reader has gone. */
  rest(): void {
    this.#reader = undefined;
    this.#generation += 1;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async acknowledge(position: number): Promise<void> {
    if (position <= this.#acknowledged || position > this.#last) return;
    this.#acknowledged = position;
    await this.#append({ acknowledged: position });
  }

  async close(): Promise<void> {
    this.rest();
    await this.#log.close();
  }

  #give(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    while (this.#untaken < WINDOW) {
      const entry = this.#kept[this.#indexOf(this.#next)];
      if (entry === undefined || entry.at > this.#written) return;
      // First, since a reader that waits takes it at once and asks for the next.
      this.#next = entry.at + 1;
      if (!this.#offerTo(reader, entry.at, entry.message)) {
        this.#next = entry.at;
        this.#tryLater();
        return;
      }
    }
  }

  /** Where the first message at a position or after it is kept. A position whose message the disk refused has none. */
  #indexOf(position: number): number {
    let index = Math.min(Math.max(0, position - (this.#kept[0]?.at ?? position)), this.#kept.length);
    while (index > 0 && (this.#kept[index - 1]?.at ?? 0) >= position) index -= 1;
    return index;
  }

  #tryLater(): void {
    this.#timer ??= this.#deps.clock.schedule(TRY_AGAIN_MS, this.#tryAgain, { background: true });
  }

  readonly #tryAgain = (): void => {
    this.#timer = undefined;
    this.#give();
  };

  #offerTo(reader: Sink, position: number, stored: StoredMessage): boolean {
    const generation = this.#generation;
    const message = restoreMessage(this.#deps.ids, stored, {
      position,
      durable: this.name,
      taken: () => {
        if (generation !== this.#generation) return;
        this.#untaken -= 1;
        this.#give();
      },
      stale: () => generation !== this.#generation,
      dropped: () => {
        if (generation === this.#generation) this.#rewind(position);
      },
    });
    this.#untaken += 1;
    if (reader.offer(message) !== "refused") return true;
    this.#untaken -= 1;
    return false;
  }

  /** A mailbox let a message go untaken: it and those after it are given again, in order. */
  #rewind(position: number): void {
    this.#generation += 1;
    this.#untaken = 0;
    this.#next = position;
    this.#tryLater();
  }

  #forget(entry: { readonly at: number; readonly message: StoredMessage }): void {
    const index = this.#kept.indexOf(entry);
    if (index === -1) return;
    this.#kept.splice(index, 1);
    this.#bytes -= entry.message.bytes;
  }

  #keep(entry: { readonly at: number; readonly message: StoredMessage }): void {
    this.#kept.push(entry);
    this.#bytes += entry.message.bytes;
    while (this.#kept.length > 1 && (this.#kept.length > MAX_KEPT || this.#bytes > MAX_BYTES)) {
      const gone = this.#kept.shift();
      if (gone === undefined) return;
      this.#bytes -= gone.message.bytes;
      if (gone.at > this.#acknowledged) this.#deps.lost(restoreMessage(this.#deps.ids, gone.message, {}), this.pid);
    }
  }

  async #append(record: DurableRecord): Promise<void> {
    this.#records += 1;
    if ("message" in record) this.#appended += record.message.bytes;
    await this.#log.append(writeRecord(record));
    const long = this.#records > 2 * MAX_KEPT || this.#appended > 2 * MAX_BYTES;
    if (long && !this.#rewriting) await this.#rewrite();
  }

  async #rewrite(): Promise<void> {
    this.#rewriting = true;
    try {
      const head = [{ pattern: this.#pattern }, { acknowledged: this.#acknowledged }];
      this.#records = this.#kept.length + head.length;
      this.#appended = this.#bytes;
      await this.#log.rewrite([...head, ...this.#kept].map((record) => writeRecord(record)));
    } finally {
      this.#rewriting = false;
    }
  }

  #replay(record: DurableRecord): void {
    this.#records += 1;
    if ("message" in record) this.#appended += record.message.bytes;
    if ("pattern" in record) this.#pattern = record.pattern;
    else if ("acknowledged" in record) this.#acknowledged = Math.max(this.#acknowledged, record.acknowledged);
    else if (record.at > (this.#kept.at(-1)?.at ?? 0)) {
      // One that was on its way while the journal was written anew is in it twice.
      this.#last = record.at;
      this.#kept.push(record);
      this.#bytes += record.message.bytes;
      while (this.#kept.length > 1 && (this.#kept.length > MAX_KEPT || this.#bytes > MAX_BYTES)) {
        this.#bytes -= this.#kept.shift()?.message.bytes ?? 0;
      }
    }
    this.#last = Math.max(this.#last, this.#acknowledged);
    this.#written = this.#last;
  }
}
