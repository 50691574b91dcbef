/**
 * Delivers at least once. A message is on disk (`journal/outbox`) before its sender is told `queued`, and stays there until its receiver
 * acknowledged it, also over a crash of the kernel. Tried again after 5, 10 and 20 seconds; after 30 more it is a dead letter.
 *
 * A receiver gets no copy of what it acknowledged or has not taken yet. It can get a message twice when it takes it and does not
 * acknowledge in time, or when the kernel dies before the acknowledgement is on disk: `id` stays the same. `attempt` grows with each try of one boot.
 */
import type { Clock, Pid, SendResult, Timer } from "@weftos/interface";
import type { DeadLetterReason } from "../dead-letter/dead-letter.ts";
import { OutboxFullError } from "../ipc-errors.ts";
import type { Pushed } from "../mailbox/mailbox.ts";
import type { Envelope } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { type JournalContext, OutboxJournal, type OutboxRecord } from "./outbox-journal.ts";
import { keyName, OutboxKeys } from "./outbox-keys.ts";
import { restoreMessage, type StoredMessage, storeMessage } from "./stored-message.ts";

/** Most messages that wait to be acknowledged. */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 256 * 1024 * 1024;
const MAX_RETRIES = 3;
const FIRST_TIMEOUT_MS = 5000;
const MAX_TIMEOUT_MS = 30_000;

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
  readonly context: JournalContext & { readonly clock: Clock };
  readonly ids: MessageIds;
  readonly router: OutboxRouter;
  /** Resolves when the dead letters made so far are on disk. @returns false when they could not be written */
  readonly lettersKept: () => Promise<boolean>;
  /** Most bytes of the payloads that wait: they are in memory too. @defaultValue 256 MiB */
  readonly maxBytes?: number | undefined;
}

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #maxBytes: number;
  readonly #waiting = new Map<string, Waiting>();
  readonly #keys = new OutboxKeys();
  readonly #journal: OutboxJournal;
  #bytes = 0;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#maxBytes = deps.maxBytes ?? MAX_WAITING_BYTES;
    this.#journal = new OutboxJournal(deps.context, () => this.#records());
  }

  /** Messages that wait to be acknowledged. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Reads what an earlier boot left. */
  async open(): Promise<void> {
    await this.#journal.open((record) => this.#replay(record));
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
    const name = key === undefined ? undefined : keyName(message.from, key);
    const known = name === undefined ? undefined : this.#keys.find(name);
    if (known !== undefined) {
      message.settle(false);
      await this.#waiting.get(known)?.written;
      return { status: "queued", id: known };
    }
    this.#checkRoom(message);
    const stored = storeMessage(message);
    const written = this.#journal.append({ put: stored, key: name });
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
    if (name !== undefined) this.#keys.remember(name, stored.id);
    try {
      await written;
    } catch (error) {
      message.settle(false);
      this.#drop(waiting);
      if (waiting.key !== undefined) this.#keys.forget(waiting.key);
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
    if (this.#renameKeys(from, to) || keyed) this.#journal.note({ moved: from, to }, "that a process has another PID");
  }

  /** Ends for this boot: what waits has its record now, as far as it came, and is delivered by the next boot. */
  async close(): Promise<void> {
    for (const { timer, posted } of this.#waiting.values()) {
      timer?.cancel();
      posted?.settle(false);
    }
    await this.#journal.close();
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
    if (!this.#journal.isOpen) return;
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
    void this.#forgetOnceKept(waiting);
  }

  /** The letter first: a crash in between must find the message in one place at least. */
  async #forgetOnceKept({ stored, key }: Waiting): Promise<void> {
    if (!(await this.#deps.lettersKept())) return;
    this.#journal.note({ done: stored.id, key }, "the end of a message");
    this.#journal.isDone(stored.bytes);
  }

  async #finish(waiting: Waiting): Promise<void> {
    const { stored, key } = waiting;
    waiting.timer?.cancel();
    this.#drop(waiting);
    await this.#journal.append({ done: stored.id, key });
    this.#journal.isDone(stored.bytes);
  }

  #checkRoom(message: Envelope): void {
    const many = this.#waiting.size >= MAX_WAITING;
    if (!many && this.#bytes + message.bytes <= this.#maxBytes) return;
    message.settle(false);
    const [limit, of] = many ? [MAX_WAITING, "messages"] : [this.#maxBytes, "bytes"];
    throw new OutboxFullError(`${limit} ${of} wait to be acknowledged, which is the limit`, {
      details: { limit },
      retryable: true,
    });
  }

  #add(waiting: Waiting): void {
    // One that was on its way while the journal was written anew is in it twice.
    if (this.#waiting.has(waiting.stored.id)) return;
    this.#waiting.set(waiting.stored.id, waiting);
    this.#bytes += waiting.stored.bytes;
  }

  #drop({ stored }: Waiting): void {
    if (this.#waiting.delete(stored.id)) this.#bytes -= stored.bytes;
  }

  /** @returns whether there were any */
  #renameKeys(from: Pid, to: Pid): boolean {
    const moved = this.#keys.move(from, to);
    for (const { id, name } of moved) {
      const waiting = this.#waiting.get(id);
      if (waiting !== undefined) waiting.key = name;
    }
    return moved.length > 0;
  }

  /** All that the next boot must know. */
  #records(): readonly OutboxRecord[] {
    const live = [...this.#waiting.values()].map(({ stored, key }) => ({ put: stored, key }));
    const taken = new Set(live.map(({ key }) => key));
    const keys = [...this.#keys.all()].filter(([key]) => !taken.has(key)).map(([key, done]) => ({ done, key }));
    return [...keys, ...live];
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
      if (key !== undefined) this.#keys.remember(key, stored.id);
    } else if ("moved" in record) {
      this.#renameKeys(record.moved, record.to);
      for (const waiting of this.#waiting.values()) {
        const { stored } = waiting;
        if (waiting.sender === record.moved) waiting.sender = record.to;
        if (stored.target.kind !== "process" || stored.target.pid !== record.moved) continue;
        waiting.stored = { ...stored, target: { kind: "process", pid: record.to } };
      }
    } else {
      const { done, key } = record;
      const waiting = this.#waiting.get(done);
      if (waiting !== undefined) this.#drop(waiting);
      if (key !== undefined) this.#keys.remember(key, done);
      this.#journal.isDone(waiting?.stored.bytes ?? 0);
    }
  }
}
