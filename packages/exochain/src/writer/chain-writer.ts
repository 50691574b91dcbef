// The one writer of a chain. `append` encodes, hashes and links at once; commits gather whatever waits, write it with one
// sync of each file, and only then tell. A commit that fails takes everything behind the last good one with it.
import { toHex } from "@weftos/crypto";
import type {
  Actor,
  AuditEvent,
  AuditLog,
  AuditReceipt,
  Clock,
  DigestRecord,
  JsonObject,
  Logger,
  Random,
  Timer,
} from "@weftos/interface";
import { DigestCollector } from "../digest/digest-collector.ts";
import type { LeavesWriter } from "../digest/leaves-writer.ts";
import {
  ChainClosedError,
  ChainEventInvalidError,
  ChainNotWritableError,
  ChainQueueFullError,
} from "../error/chain-errors.ts";
import { DIGEST, LEAVES_DROPPED, OWN_KINDS, RECOVERED, SOURCE } from "../format/chain-event.ts";
import { checkpointText, encodeNote, idsOf } from "../format/checkpoint-note.ts";
import { batchPayload } from "../format/digest-record.ts";
import { keyId } from "../format/key-set.ts";
import { encodeSegment, SEGMENT_CHECKPOINT } from "../format/segment.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { type EventMark, indexableOf } from "../query/event-mark.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { ChainState } from "../verify/chain-state.ts";
import type { EventPlace } from "../verify/walk-options.ts";
import { Batch } from "./batch.ts";
import { EventEncoder } from "./event-encoder.ts";
import type { PairFiles } from "./pair-files.ts";
import { type CheckpointPublisher, errorCode } from "./publisher.ts";

const KERNEL: Actor = { pid: 0 };
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 8000;

/** Bounds and rhythm of a writer. */
export interface WriterLimits {
  /** Most events that wait for the disk. */
  readonly maxWaiting: number;
  readonly checkpointEvents: number;
  readonly checkpointMs: number;
}

/** All that a writer works with. */
export interface WriterParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signer: ChainSigner;
  readonly files: PairFiles;
  readonly leaves: LeavesWriter;
  readonly publisher: CheckpointPublisher;
  readonly index: SegmentIndex;
  /** Idempotency key → its first receipt. */
  readonly keys: Map<string, { readonly sequence: number; readonly hash: Uint8Array }>;
  readonly persistent: boolean;
  readonly limits: WriterLimits;
  /** Called after each commit. */
  readonly committed: (state: ChainState, marks: readonly EventMark[], places: readonly EventPlace[]) => void;
}

interface CheckpointWish {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class ChainWriter implements AuditLog {
  readonly persistent: boolean;
  readonly #parts: WriterParts;
  readonly #encoder: EventEncoder;
  readonly #node: Uint8Array;
  readonly #digests: DigestCollector;
  /** On disk. */
  readonly #state: ChainState;
  /** Including what waits. */
  #size: number;
  #head: Uint8Array;
  #time: number;
  #digestCount: number;
  #batch: Batch | undefined;
  #leaves: Uint8Array[] = [];
  #running: Promise<void> | undefined;
  #inFlight = 0;
  #ready: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  #wishes: CheckpointWish[] = [];
  #checkpointDue = false;
  #checkpointTimer: Timer | undefined;
  #rotateLeavesAfter: number | undefined;
  #failure: string | undefined;
  #lost = 0;
  #retryTimer: Timer | undefined;
  #retryMs = RETRY_FIRST_MS;
  #closed = false;

  constructor(parts: WriterParts, state: ChainState & { readonly chain: Uint8Array }) {
    this.#parts = parts;
    this.persistent = parts.persistent;
    this.#encoder = new EventEncoder(state.chain, parts.random);
    this.#node = keyId(parts.signer.keys.ed25519);
    this.#digests = new DigestCollector(parts.clock, () => this.#takeDigests());
    this.#state = state;
    this.#size = state.size;
    this.#head = state.head;
    this.#time = state.time;
    this.#digestCount = state.digests;
    if (state.size > state.checkpointSize && state.size > 0) this.#armCheckpoint();
  }

  /** What is on disk. */
  get state(): Readonly<ChainState> {
    return this.#state;
  }

  /** Events that wait for the disk. */
  get waiting(): number {
    return (this.#batch?.count ?? 0) + this.#inFlight;
  }

  /** Code of the error that keeps the chain from being written; undefined while it is writable. */
  get failure(): string | undefined {
    return this.#failure;
  }

  append(event: AuditEvent): AuditReceipt {
    this.#checkOpen();
    if (OWN_KINDS.has(event.kind)) {
      throw new ChainEventInvalidError(`only the chain itself writes ${event.kind}`, { details: { field: "kind" } });
    }
    if (event.idempotencyKey !== undefined) {
      const known = this.#parts.keys.get(event.idempotencyKey);
      if (known !== undefined) return this.#receiptOf(known);
    }
    const { maxWaiting } = this.#parts.limits;
    if (this.waiting >= maxWaiting) {
      const details = { waiting: this.waiting, limit: maxWaiting };
      throw new ChainQueueFullError(`${this.waiting} events wait for the disk, the limit is ${maxWaiting}`, {
        details,
        retryable: true,
      });
    }
    return this.#add(event);
  }

  /** Links an event behind the last one. */
  #add(event: AuditEvent): AuditReceipt {
    const sequence = this.#size;
    const time = Math.max(this.#parts.clock.now(), this.#time);
    const encoded = this.#encoder.encode(event, { sequence, time, previous: this.#head, node: this.#node });
    this.#batch ??= new Batch(sequence);
    this.#batch.add(sequence, time, encoded, indexableOf(event));
    this.#size = sequence + 1;
    this.#head = encoded.hash;
    this.#time = time;
    if (event.idempotencyKey !== undefined) {
      this.#parts.keys.set(event.idempotencyKey, { sequence, hash: encoded.hash });
      this.#batch.keys.push(event.idempotencyKey);
    }
    this.#wake();
    return { sequence, hash: encoded.hash, durable: this.#batch.durable };
  }

  /** Appends an event of the format itself. */
  appendOwn(kind: string, payload: JsonObject): AuditReceipt {
    return this.#add({ source: SOURCE, kind, actor: KERNEL, payload });
  }

  #receiptOf(known: { readonly sequence: number; readonly hash: Uint8Array }): AuditReceipt {
    const durable = known.sequence < this.#state.size ? Promise.resolve() : this.flush(known.sequence + 1);
    durable.catch(() => undefined);
    return { ...known, durable };
  }

  digest(record: DigestRecord): void {
    this.#checkOpen();
    this.#digests.add(record);
  }

  #takeDigests(): void {
    if (this.#failure !== undefined) {
      this.#lost += this.#digests.drop();
      return;
    }
    const ready = this.#digests.take(this.#digestCount);
    if (ready === undefined) return;
    const { leaves } = this.#parts;
    if (leaves.full && this.#rotateLeavesAfter === undefined) {
      const until = leaves.wouldDrop;
      this.#rotateLeavesAfter = until === undefined ? 0 : this.appendOwn(LEAVES_DROPPED, { until }).sequence + 1;
    }
    this.appendOwn(DIGEST, batchPayload(ready.batch));
    this.#digestCount += ready.batch.count;
    this.#leaves.push(ready.records);
  }

  ready(): Promise<void> {
    if (this.#closed || this.#failure !== undefined) return this.#mustBeOpen();
    if (this.waiting < this.#parts.limits.maxWaiting / 2) return RESOLVED;
    if (this.#ready === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#ready = { promise, resolve };
    }
    // What made room may have been the disk's failure.
    return this.#ready.promise.then(() => this.#mustBeOpen());
  }

  async #mustBeOpen(): Promise<void> {
    this.#checkOpen();
  }

  /** Resolves when this many events are on disk. */
  async flush(size: number = this.#size): Promise<void> {
    while (this.#state.size < size) {
      if (this.#failure !== undefined) throw this.#notWritable();
      await (this.#batch?.durable ?? this.#running ?? RESOLVED);
      if (this.#batch === undefined && this.#running === undefined && this.#state.size < size)
        throw this.#notWritable();
    }
  }

  /** Takes a checkpoint of all events so far, and resolves when record and file are on disk. */
  async checkpoint(): Promise<void> {
    this.#checkOpen();
    this.#takeDigests();
    await this.#wishCheckpoint();
  }

  async #wishCheckpoint(): Promise<void> {
    if (this.#size > this.#state.checkpointSize) {
      await new Promise<void>((resolve, reject) => {
        this.#wishes.push({ resolve, reject });
        this.#wake();
      });
    }
    await this.#parts.publisher.settled();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#takeDigests();
    this.#closed = true;
    this.#retryTimer?.cancel();
    if (this.#failure === undefined)
      await this.#wishCheckpoint().catch((error: unknown) => this.#warn("checkpoint at closing failed", error));
    this.#checkpointTimer?.cancel();
    await this.#running;
    await this.#parts.publisher.settled();
    await this.#parts.leaves.close();
    await this.#parts.files.close();
    this.#ready?.resolve();
  }

  #checkOpen(): void {
    if (this.#closed) throw new ChainClosedError("the chain is closed", { details: {} });
    if (this.#failure !== undefined) throw this.#notWritable();
  }

  #notWritable(): ChainNotWritableError {
    const error = this.#failure ?? "UNKNOWN";
    return new ChainNotWritableError(`the chain cannot be written (${error}); nothing is recorded until it can`, {
      details: { error },
      retryable: true,
    });
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
    while (this.#batch !== undefined || this.#wishes.length > 0 || this.#checkpointDue) {
      const batch = this.#batch;
      const leaves = this.#leaves;
      const wishes = this.#wishes;
      this.#batch = undefined;
      this.#leaves = [];
      this.#wishes = [];
      try {
        await this.#commit(batch, leaves, wishes);
      } catch (error) {
        this.#fail(error, [batch, this.#batch], [...wishes, ...this.#wishes]);
        break;
      }
    }
    this.#running = undefined;
  }

  async #commit(
    batch: Batch | undefined,
    leaves: readonly Uint8Array[],
    wishes: readonly CheckpointWish[],
  ): Promise<void> {
    const state = this.#state;
    const { files } = this.#parts;
    this.#inFlight = batch?.count ?? 0;
    const tree = state.tree.clone();
    for (const hash of batch?.hashes ?? []) tree.append(hash);
    const head = batch?.hashes.at(-1) ?? state.head;
    const time = batch?.time ?? state.time;
    const uncovered = tree.size - state.checkpointSize;
    const due = this.#checkpointDue || wishes.length > 0 || uncovered >= this.#parts.limits.checkpointEvents;
    this.#checkpointDue = false;
    const note =
      due && uncovered > 0 ? await this.#sign({ size: tree.size, head, root: tree.root(), time }, wishes) : undefined;
    const segment = note === undefined ? undefined : encodeSegment(SEGMENT_CHECKPOINT, tree.size, note.bytes);
    const pairs = batch?.seal() ?? [];
    const [written] = await both(files.write(pairs, segment), this.#writeLeaves(leaves));
    await files.acknowledge(tree.size, head);

    for (let i = 0; i < pairs.length; i++) {
      const place = written.places[i];
      const pair = pairs[i];
      if (place !== undefined && pair !== undefined) this.#parts.index.add(pair.first, place);
    }
    for (const records of leaves) state.digests += records.length / 32;
    this.#parts.leaves.commit(state.digests);
    state.size = tree.size;
    state.head = head;
    state.time = time;
    state.tree = tree;
    state.first = written.lengths.first;
    state.eventBytes = written.lengths.eventBytes;
    state.contentBytes = written.lengths.contentBytes;
    if (note !== undefined) {
      state.checkpointSize = tree.size;
      state.checkpointTime = note.time;
      state.checkpointNote = note.bytes;
      this.#parts.publisher.publish(note.bytes);
      this.#checkpointTimer?.cancel();
      this.#checkpointTimer = undefined;
    }
    this.#inFlight = 0;
    batch?.resolve();
    for (const wish of wishes) wish.resolve();
    if (state.size > state.checkpointSize) this.#armCheckpoint();
    this.#release();
    this.#parts.committed(state, batch?.marks ?? [], written.places);
  }

  async #writeLeaves(leaves: readonly Uint8Array[]): Promise<void> {
    const writer = this.#parts.leaves;
    if (this.#rotateLeavesAfter !== undefined && this.#rotateLeavesAfter <= this.#state.size) {
      this.#rotateLeavesAfter = undefined;
      await writer.rotate();
    }
    for (const records of leaves) await writer.write(records);
  }

  async #sign(
    at: { readonly size: number; readonly head: Uint8Array; readonly root: Uint8Array; readonly time: number },
    wishes: readonly CheckpointWish[],
  ): Promise<{ readonly bytes: Uint8Array; readonly time: number } | undefined> {
    const { signer, clock } = this.#parts;
    const chain = this.#state.chain as Uint8Array;
    const time = Math.max(clock.now(), at.time, this.#state.checkpointTime);
    try {
      const text = checkpointText({ chain, size: at.size, root: at.root, head: at.head, time, ...idsOf(signer.keys) });
      return { bytes: encodeNote(chain, text, signer.keys, await signer.sign(text)), time };
    } catch (error) {
      for (const wish of wishes) wish.reject(error);
      this.#warn("checkpoint not signed", error);
      return undefined;
    }
  }

  #armCheckpoint(): void {
    this.#checkpointTimer ??= this.#parts.clock.schedule(
      this.#parts.limits.checkpointMs,
      () => {
        this.#checkpointTimer = undefined;
        if (this.#closed || this.#failure !== undefined) return;
        this.#checkpointDue = true;
        this.#wake();
      },
      { background: true },
    );
  }

  #release(): void {
    if (this.#ready === undefined || this.waiting >= this.#parts.limits.maxWaiting / 2) return;
    this.#ready.resolve();
    this.#ready = undefined;
  }

  // ---- failure and recovery -----------------------------------------------------------------------------------------

  #fail(error: unknown, batches: readonly (Batch | undefined)[], wishes: readonly CheckpointWish[]): void {
    this.#failure = errorCode(error);
    this.#warn("chain not writable", error);
    const refusal = this.#notWritable();
    for (const batch of batches) {
      if (batch === undefined) continue;
      this.#lost += batch.count;
      for (const key of batch.keys) this.#parts.keys.delete(key);
      batch.reject(refusal);
    }
    for (const wish of wishes) wish.reject(refusal);
    this.#batch = undefined;
    this.#leaves = [];
    this.#wishes = [];
    this.#inFlight = 0;
    this.#size = this.#state.size;
    this.#head = this.#state.head;
    this.#time = this.#state.time;
    this.#digestCount = this.#state.digests;
    this.#rotateLeavesAfter = undefined;
    this.#ready?.resolve();
    this.#ready = undefined;
    if (!this.#closed)
      this.#retryTimer = this.#parts.clock.schedule(this.#retryMs, () => this.#retry(), { background: true });
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MOST_MS);
  }

  /** Tries to write again: what failed is cut away, and an event tells of it. */
  #retry(): void {
    this.#retryTimer = undefined;
    this.#running = this.#recover();
  }

  async #recover(): Promise<void> {
    const { files, leaves } = this.#parts;
    const error = this.#failure ?? "UNKNOWN";
    const lost = this.#lost;
    const batch = new Batch(this.#state.size);
    try {
      await files.rollback(this.#state);
      await leaves.rollback();
      const payload = { cause: "write-failed", bytes: 0, file: "", events: lost, error };
      const place = {
        sequence: this.#state.size,
        time: Math.max(this.#parts.clock.now(), this.#state.time),
        previous: this.#state.head,
        node: this.#node,
      };
      const event = { source: SOURCE, kind: RECOVERED, actor: KERNEL, payload };
      const encoded = this.#encoder.encode(event, place);
      batch.add(place.sequence, place.time, encoded, event);
      await this.#commit(batch, [], []);
      this.#failure = undefined;
      this.#lost -= lost;
      this.#retryMs = RETRY_FIRST_MS;
      this.#size = this.#state.size;
      this.#head = this.#state.head;
      this.#time = this.#state.time;
      this.#parts.logger.info("chain writable again", { lost, head: toHex(this.#state.head) });
    } catch (again) {
      this.#fail(again, [], []);
    }
    this.#running = undefined;
    if (this.#batch !== undefined || this.#wishes.length > 0) this.#wake();
  }

  #warn(message: string, error: unknown): void {
    this.#parts.logger.error(message, { error: errorCode(error) });
  }
}

const RESOLVED: Promise<void> = Promise.resolve();

/** Waits for both, also when one fails, so that nothing is still written while the files are cut. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}
