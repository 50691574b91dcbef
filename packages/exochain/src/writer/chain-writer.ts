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
  ChainKeysError,
  ChainNotWritableError,
  ChainQueueFullError,
} from "../error/chain-errors.ts";
import { DIGEST, KEYS_ROTATED, LEAVES_DROPPED, OWN_KINDS, RECOVERED, SOURCE } from "../format/chain-event.ts";
import { checkpointText, encodeNote, idsOf } from "../format/checkpoint-note.ts";
import { batchPayload } from "../format/digest-record.ts";
import { keyId } from "../format/key-set.ts";
import { encodeSegment, SEGMENT_CHECKPOINT } from "../format/segment.ts";
import type { KnownKey } from "../idempotency/key-run.ts";
import type { KnownKeys } from "../idempotency/known-keys.ts";
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
  readonly keys: Pick<KnownKeys, "get" | "set" | "delete">;
  readonly persistent: boolean;
  readonly limits: WriterLimits;
  /** Called after each commit. */
  readonly committed: (state: ChainState, marks: readonly EventMark[], places: readonly EventPlace[]) => void;
}

interface CheckpointWish {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A batch that ends with a rotation of keys: its checkpoint must follow before anything else. */
interface Rotation {
  /** Undefined when the event is on disk already. */
  readonly batch: Batch | undefined;
  readonly leaves: readonly Uint8Array[];
  readonly wishes: readonly CheckpointWish[];
  readonly next: ChainSigner;
}

/** Work on the files between two commits. It settles its own promise and never rejects. */
interface Job {
  readonly run: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

export class ChainWriter implements AuditLog {
  readonly persistent: boolean;
  readonly #parts: WriterParts;
  readonly #encoder: EventEncoder;
  #signer: ChainSigner;
  #node: Uint8Array;
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
  #rotation: Rotation | undefined;
  #jobs: Job[] = [];
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
    this.#signer = parts.signer;
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
    return (this.#batch?.count ?? 0) + (this.#rotation?.batch?.count ?? 0) + this.#inFlight;
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
      const known = this.#knownKey(event.idempotencyKey);
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

  /** Appends an event of the format itself that a person asked for. */
  appendAsked(kind: string, payload: JsonObject, principal: string | undefined): AuditReceipt {
    this.#checkOpen();
    return this.#add({ source: SOURCE, kind, actor: { ...KERNEL, principal }, payload });
  }

  /** Appends a rotation, signed by the keys so far; all that is appended after it is under the next ones. */
  rotate(next: ChainSigner, payload: JsonObject, principal: string | undefined): AuditReceipt {
    const receipt = this.appendAsked(KEYS_ROTATED, payload, principal);
    this.#rotation = { batch: this.#batch, leaves: this.#leaves, wishes: [], next };
    this.#batch = undefined;
    this.#leaves = [];
    this.#node = keyId(next.keys.ed25519);
    return receipt;
  }

  /** Signs a rotation that is the last event on disk: a crash had cut it off from its checkpoint. */
  async finishRotation(next: ChainSigner): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#rotation = { batch: undefined, leaves: [], wishes: [{ resolve, reject }], next };
      this.#node = keyId(next.keys.ed25519);
      this.#wake();
    });
  }

  /** Does work on the files behind what was appended so far, while nothing is written. Appends wait. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    return await new Promise<T>((resolve, reject) => {
      this.#jobs.push({ run: () => work().then(resolve, reject), reject });
      this.#wake();
    });
  }

  #knownKey(key: string): KnownKey | undefined {
    try {
      return this.#parts.keys.get(key);
    } catch (cause) {
      const error = errorCode(cause);
      const message = `the idempotency keys of the chain cannot be read (${error})`;
      throw new ChainNotWritableError(message, { details: { error }, retryable: true, cause });
    }
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
    while (this.#hasWork()) {
      const { batch, leaves, wishes, next, jobs } = this.#takeWork();
      try {
        if (batch !== undefined || wishes.length > 0 || this.#checkpointDue)
          await this.#commit(batch, leaves, wishes, next);
      } catch (error) {
        this.#fail(error, [batch, this.#rotation?.batch, this.#batch], [...wishes, ...jobs]);
        break;
      }
      for (const job of jobs) await job.run();
    }
    this.#running = undefined;
  }

  #hasWork(): boolean {
    return (
      this.#batch !== undefined ||
      this.#rotation !== undefined ||
      this.#wishes.length > 0 ||
      this.#jobs.length > 0 ||
      this.#checkpointDue
    );
  }

  /** Takes what the next commit holds: up to a rotation of keys, or all. */
  #takeWork(): Omit<Rotation, "next"> & { readonly next: ChainSigner | undefined; readonly jobs: readonly Job[] } {
    const rotation = this.#rotation;
    if (rotation !== undefined) {
      this.#rotation = undefined;
      return { ...rotation, jobs: [] };
    }
    const work = { batch: this.#batch, leaves: this.#leaves, wishes: this.#wishes, jobs: this.#jobs, next: undefined };
    this.#batch = undefined;
    this.#leaves = [];
    this.#wishes = [];
    this.#jobs = [];
    return work;
  }

  async #commit(
    batch: Batch | undefined,
    leaves: readonly Uint8Array[],
    wishes: readonly CheckpointWish[],
    next: ChainSigner | undefined,
  ): Promise<void> {
    const state = this.#state;
    const { files } = this.#parts;
    this.#inFlight = batch?.count ?? 0;
    const tree = state.tree.clone();
    for (const hash of batch?.hashes ?? []) tree.append(hash);
    const head = batch?.hashes.at(-1) ?? state.head;
    const time = batch?.time ?? state.time;
    const uncovered = tree.size - state.checkpointSize;
    const asked = this.#checkpointDue || wishes.length > 0 || next !== undefined;
    const due = asked || uncovered >= this.#parts.limits.checkpointEvents;
    this.#checkpointDue = false;
    const note =
      due && uncovered > 0 ? await this.#sign({ size: tree.size, head, root: tree.root(), time }, wishes) : undefined;
    if (note === undefined && next !== undefined)
      throw new ChainKeysError("the rotation of keys could not be signed", { details: { file: "keys" } });
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
    if (next !== undefined) {
      state.keys = next.keys;
      this.#signer = next;
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
    const { clock } = this.#parts;
    const signer = this.#signer;
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

  #fail(error: unknown, batches: readonly (Batch | undefined)[], waiting: readonly Pick<Job, "reject">[]): void {
    this.#failure = errorCode(error);
    this.#warn("chain not writable", error);
    const refusal = this.#notWritable();
    for (const batch of batches) {
      if (batch === undefined) continue;
      this.#lost += batch.count;
      for (const key of batch.keys) this.#parts.keys.delete(key);
      batch.reject(refusal);
    }
    const waitingToo = [...(this.#rotation?.wishes ?? []), ...this.#wishes, ...this.#jobs];
    for (const { reject } of [...waiting, ...waitingToo]) reject(refusal);
    this.#batch = undefined;
    this.#rotation = undefined;
    this.#leaves = [];
    this.#wishes = [];
    this.#jobs = [];
    this.#node = keyId(this.#signer.keys.ed25519);
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
      await this.#commit(batch, [], [], undefined);
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
    if (this.#hasWork()) this.#wake();
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
