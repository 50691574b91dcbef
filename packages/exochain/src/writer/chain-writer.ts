// The one writer of a chain. `append` encodes, hashes and links at once; commits gather whatever waits, write it with one
// sync of each file, and only then tell. A commit that fails takes everything behind the last good one with it, and what
// is appended later waits until an event tells of that.
import { toHex } from "@weftos/crypto";
import type { Actor, AuditEvent, AuditLog, AuditReceipt, Clock, DigestRecord, JsonObject } from "@weftos/interface";
import { DigestStream } from "../digest/digest-stream.ts";
import type { LeavesWriter } from "../digest/leaves-writer.ts";
import { ChainClosedError, ChainEventInvalidError, ChainQueueFullError } from "../error/chain-errors.ts";
import { KEYS_ROTATED, OWN_KINDS, RECOVERED, SOURCE } from "../format/chain-event.ts";
import type { KnownKey } from "../idempotency/key-run.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import type { ChainState } from "../verify/chain-state.ts";
import { Batch } from "./batch.ts";
import { ChainEnd, type ChainEndParts } from "./chain-end.ts";
import { CheckpointTimer } from "./checkpoint-timer.ts";
import { Committer, type CommitterParts } from "./committer.ts";
import { errorCode } from "./publisher.ts";
import { Room } from "./room.ts";
import { WaitingWork, type Work } from "./waiting-work.ts";
import { WriteFailure } from "./write-failure.ts";

const KERNEL: Actor = { pid: 0 };
const RESOLVED: Promise<void> = Promise.resolve();

/** Bounds and rhythm of a writer. */
export interface WriterLimits {
  /** Most events that wait for the disk. */
  readonly maxWaiting: number;
  readonly checkpointEvents: number;
  readonly checkpointMs: number;
}

/** All that a writer works with. */
export interface WriterParts
  extends Omit<CommitterParts, "clock" | "digests" | "timer" | "checkpointEvents">,
    Omit<ChainEndParts, "clock"> {
  readonly clock: Clock;
  readonly leaves: LeavesWriter;
  readonly persistent: boolean;
  readonly limits: WriterLimits;
}

export class ChainWriter implements AuditLog {
  readonly persistent: boolean;
  readonly #parts: WriterParts;
  readonly #end: ChainEnd;
  readonly #digests: DigestStream;
  readonly #timer: CheckpointTimer;
  readonly #committer: Committer;
  readonly #failure: WriteFailure;
  readonly #room = new Room();
  readonly #work = new WaitingWork();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(parts: WriterParts, state: ChainState & { readonly chain: Uint8Array }) {
    const { clock, leaves, limits } = parts;
    this.#parts = parts;
    this.persistent = parts.persistent;
    this.#end = new ChainEnd(parts, state);
    this.#failure = new WriteFailure(clock);
    this.#digests = new DigestStream(clock, leaves, state.digests, this.#digestSink());
    this.#timer = new CheckpointTimer(clock, limits.checkpointMs, () => {
      if (this.#closed || this.failure !== undefined) this.#timer.taken();
      else this.#wake();
    });
    this.#committer = new Committer(
      { ...parts, digests: this.#digests, timer: this.#timer, checkpointEvents: limits.checkpointEvents },
      state,
    );
    if (state.size > 0) this.#committer.armTimer();
  }

  /** What is on disk. */
  get state(): Readonly<ChainState> {
    return this.#committer.state;
  }

  /** Events that wait for the disk. */
  get waiting(): number {
    return this.#work.events + this.#committer.inFlight;
  }

  /** Code of the error that keeps the chain from being written; undefined while it is writable. */
  get failure(): string | undefined {
    return this.#failure.code;
  }

  // ---- appending ----------------------------------------------------------------------------------------------------

  append(event: AuditEvent): AuditReceipt {
    this.#checkOpen();
    if (OWN_KINDS.has(event.kind)) {
      throw new ChainEventInvalidError(`only the chain itself writes ${event.kind}`, { details: { field: "kind" } });
    }
    const known = this.#end.known(event.idempotencyKey);
    if (known !== undefined) return this.#receiptOf(known);
    const { maxWaiting } = this.#parts.limits;
    const { waiting } = this;
    if (waiting >= maxWaiting) {
      throw new ChainQueueFullError(`${waiting} events wait for the disk, the limit is ${maxWaiting}`, {
        details: { waiting, limit: maxWaiting },
        retryable: true,
      });
    }
    return this.#add(event);
  }

  /** Appends an event of the format itself. */
  appendOwn(kind: string, payload: JsonObject): AuditReceipt {
    return this.#add({ source: SOURCE, kind, actor: KERNEL, payload });
  }

  /** Appends an event of the format itself that a person asked for. */
  appendAsked(kind: string, payload: JsonObject, principal: string | undefined): AuditReceipt {
    this.#checkOpen();
    return this.#add({ source: SOURCE, kind, actor: { ...KERNEL, principal }, payload });
  }

  digest(record: DigestRecord): void {
    this.#checkOpen();
    this.#digests.add(record);
  }

  ready(): Promise<void> {
    if (this.#closed || this.failure !== undefined) return this.#mustBeOpen();
    if (this.#hasRoom) return RESOLVED;
    // What made room may have been the disk's failure.
    return this.#room.wait().then(() => this.#mustBeOpen());
  }

  #add(event: AuditEvent): AuditReceipt {
    const receipt = this.#end.add(event, (sequence) => this.#work.batchAt(sequence));
    this.#wake();
    return receipt;
  }

  #receiptOf(known: KnownKey): AuditReceipt {
    const durable = known.sequence < this.state.size ? Promise.resolve() : this.flush(known.sequence + 1);
    durable.catch(() => undefined);
    return { ...known, durable };
  }

  #digestSink(): ConstructorParameters<typeof DigestStream>[3] {
    const failure = this.#failure;
    return {
      get writable() {
        return failure.code === undefined;
      },
      appendOwn: (kind, payload) => this.appendOwn(kind, payload),
      addLeaves: (records) => this.#work.addLeaves(records),
      lose: (records) => failure.lose(records),
    };
  }

  get #hasRoom(): boolean {
    return this.waiting < this.#parts.limits.maxWaiting / 2;
  }

  async #mustBeOpen(): Promise<void> {
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (this.#closed) throw new ChainClosedError("the chain is closed", { details: {} });
    if (this.failure !== undefined) throw this.#failure.refusal();
  }

  // ---- waiting for the disk, keys, files ----------------------------------------------------------------------------

  /** Resolves when this many events are on disk. */
  async flush(size: number = this.#end.size): Promise<void> {
    while (this.state.size < size) {
      if (this.failure !== undefined) throw this.#failure.refusal();
      const { batch } = this.#work;
      await (batch?.durable ?? this.#running ?? RESOLVED);
      if (this.#work.batch === undefined && this.#running === undefined && this.state.size < size)
        throw this.#failure.refusal();
    }
  }

  /** Takes a checkpoint of all events so far, and resolves when record and file are on disk. */
  async checkpoint(): Promise<void> {
    this.#checkOpen();
    this.#digests.take();
    await this.#wishCheckpoint();
  }

  async #wishCheckpoint(): Promise<void> {
    if (this.#end.size > this.state.checkpointSize) {
      await new Promise<void>((resolve, reject) => {
        this.#work.addWish({ resolve, reject });
        this.#wake();
      });
    }
    await this.#parts.publisher.settled();
  }

  /** Appends a rotation, signed by the keys so far; all that is appended after it is under the next ones. */
  rotate(next: ChainSigner, payload: JsonObject, principal: string | undefined): AuditReceipt {
    const receipt = this.appendAsked(KEYS_ROTATED, payload, principal);
    this.#work.rotate(next);
    this.#end.signedBy(next);
    return receipt;
  }

  /** Signs a rotation that is the last event on disk: a crash had cut it off from its checkpoint. */
  async finishRotation(next: ChainSigner): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#work.finishRotation(next, { resolve, reject });
      this.#end.signedBy(next);
      this.#wake();
    });
  }

  /** Does work on the files behind what was appended so far, while nothing is written. Appends wait. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    return await new Promise<T>((resolve, reject) => {
      this.#work.addJob({ run: () => work().then(resolve, reject), reject });
      this.#wake();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#digests.take();
    this.#closed = true;
    this.#failure.stopRetrying();
    if (this.failure === undefined)
      await this.#wishCheckpoint().catch((error: unknown) => this.#log("checkpoint at closing failed", error));
    this.#timer.cancel();
    await this.#running;
    await this.#parts.publisher.settled();
    await this.#digests.close();
    await this.#parts.files.close();
    this.#room.free();
  }

  // ---- commits ------------------------------------------------------------------------------------------------------

  #wake(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Writers that wake together append in the same turn; a few turns later all of them are in the batch.
    await RESOLVED;
    await RESOLVED;
    await RESOLVED;
    while (!this.#work.empty || this.#timer.due) {
      const work = this.#work.take();
      const { batch, wishes, next, jobs } = work;
      try {
        if (batch !== undefined || wishes.length > 0 || next !== undefined || this.#timer.due)
          await this.#committer.commit(work);
      } catch (error) {
        this.#fail(error, [work, ...this.#work.takeAll()]);
        break;
      }
      if (this.#hasRoom) this.#room.free();
      for (const job of jobs) await job.run();
    }
    this.#committer.catchUp();
    this.#running = undefined;
  }

  /** Rejects all that waits, and goes back to what is on disk. */
  #fail(error: unknown, lost: readonly Work[]): void {
    this.#failure.began(error);
    this.#log("chain not writable", error);
    const refusal = this.#failure.refusal();
    for (const { batch, wishes, jobs } of lost) {
      for (const waiter of [...wishes, ...jobs]) waiter.reject(refusal);
      if (batch === undefined) continue;
      this.#failure.lose(batch.count);
      this.#end.forget(batch);
      batch.reject(refusal);
    }
    this.#goBack();
    this.#room.free();
    if (!this.#closed) this.#failure.retryLater(() => this.#retry());
  }

  #goBack(): void {
    this.#end.goBack(this.state, this.#committer.signer);
    this.#digests.reset(this.state.digests);
  }

  /** Tries to write again: what failed is cut away, and an event tells of it. */
  #retry(): void {
    this.#running = this.#recover();
  }

  async #recover(): Promise<void> {
    const { lost, code: error = "UNKNOWN" } = this.#failure;
    try {
      await this.#parts.files.rollback(this.state);
      await this.#digests.rollback();
      const payload = { cause: "write-failed", bytes: 0, file: "", events: lost, error };
      const batch = new Batch(this.state.size);
      this.#end.add({ source: SOURCE, kind: RECOVERED, actor: KERNEL, payload }, () => batch);
      await this.#committer.commit({ batch, leaves: [], wishes: [], next: undefined, jobs: [] });
      this.#failure.ended(lost);
      this.#goBack();
      this.#parts.logger.info("chain writable again", { lost, head: toHex(this.state.head) });
    } catch (again) {
      this.#fail(again, []);
    }
    this.#committer.catchUp();
    this.#running = undefined;
    if (!this.#work.empty) this.#wake();
  }

  #log(message: string, error: unknown): void {
    this.#parts.logger.error(message, { error: errorCode(error) });
  }
}
