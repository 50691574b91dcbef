// The chain as one object: opened, written, read, verified, closed.
import { toHex } from "@weftos/crypto";
import type { AuditLog, Clock, Files, Host, Logger, Random } from "@weftos/interface";
import { LeavesWriter } from "../digest/leaves-writer.ts";
import { ChainDamagedError, ChainEventNotFoundError, ChainKeysError } from "../error/chain-errors.ts";
import { GENESIS, genesisPayload, RECOVERED } from "../format/chain-event.ts";
import { LEAVES_FILE } from "../format/file-names.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { fileSigner } from "../keys/key-files.ts";
import { type EventFilter, filterTest } from "../reader/event-filter.ts";
import { EventReader } from "../reader/event-reader.ts";
import { SegmentIndex } from "../reader/segment-index.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import { filesSource } from "../verify/chain-source.ts";
import { type ChainState, emptyState } from "../verify/chain-state.ts";
import { type VerifyOptions, type VerifyResult, verify } from "../verify/verify.ts";
import { ChainWriter } from "./chain-writer.ts";
import { CommitSignal } from "./commit-signal.ts";
import { chainExists, cutTornTail, type LoadedChain, loadChain, makeFolders } from "./load-chain.ts";
import { readCache, writeCache } from "./open-cache.ts";
import { PairFiles } from "./pair-files.ts";
import { CheckpointPublisher, errorCode } from "./publisher.ts";
import { lockWriter } from "./writer-lock.ts";

const CACHE_EVERY_EVENTS = 131_072;
const CHAIN_ID_BYTES = 16;

/** What {@link openChain} is given. */
export interface OpenChainInit {
  readonly files: Files;
  /** Absolute path of the directory that holds `chain/`, `keys/`, `run/` and the others. */
  readonly dir: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Locks the directory against a second writer. @defaultValue no lock: the caller holds one */
  readonly host?: Host | undefined;
  /** @defaultValue writes nothing */
  readonly logger?: Logger | undefined;
  /** Signs checkpoints. @defaultValue the seeds in `keys/`, made when the chain begins */
  readonly signer?: ChainSigner | undefined;
  /** Whether `files` outlive the program; told to callers, nothing else. @defaultValue true */
  readonly persistent?: boolean | undefined;
  /** Most events that wait for the disk; more are refused with `CHAIN_QUEUE_FULL`. @defaultValue 8192 */
  readonly maxWaiting?: number | undefined;
  /** Events after which a checkpoint is taken. @defaultValue 1000 */
  readonly checkpointEvents?: number | undefined;
  /** Milliseconds after which events that no checkpoint covers get one. @defaultValue 5000 */
  readonly checkpointMs?: number | undefined;
  /** Length at which a new pair of files begins. @defaultValue 67 108 864 */
  readonly rotateBytes?: number | undefined;
  /** Most bytes of digest records in one file; twice as much is kept. @defaultValue 67 108 864 */
  readonly leavesBytes?: number | undefined;
}

/** How a chain stands. */
export interface ChainStatus {
  /** Sequence of the last event on disk. */
  readonly sequence: number;
  /** Its hash, lower-case hex. */
  readonly head: string;
  readonly events: number;
  readonly chainId: string;
  /** Events that the newest checkpoint covers. */
  readonly checkpoint: number;
  readonly digests: number;
  readonly persistent: boolean;
  readonly writable: boolean;
  /** Code of the error that keeps it from being written. */
  readonly error: string | undefined;
  /** Events that wait for the disk. */
  readonly waiting: number;
}

/** A checkpoint that was taken. */
export interface CheckpointTaken {
  /** Events that it covers. */
  readonly size: number;
  /** Head that it covers, lower-case hex. */
  readonly head: string;
  /** The signed note: keep it elsewhere. */
  readonly note: string;
}

/** An open chain: the one writer of its directory, and a reader. */
export interface Chain extends AuditLog {
  status(): ChainStatus;
  /** Resolves when everything appended so far is on disk. */
  flush(): Promise<void>;
  /** Takes a checkpoint of everything appended so far; resolves when it is on disk. */
  checkpoint(): Promise<CheckpointTaken>;
  /** Gives one event with its payload. @throws `CHAIN_EVENT_NOT_FOUND` */
  get(sequence: number): Promise<StoredEvent>;
  /** Gives the events `from` ≤ sequence < `to` that are on disk, oldest first. */
  range(from: number, to: number): AsyncIterable<StoredEvent>;
  /** Gives the last `count` events on disk, oldest first; at most 10 000. */
  tail(count: number): Promise<readonly StoredEvent[]>;
  /** Gives matching events, oldest first, by scanning. */
  query(filter: EventFilter): AsyncIterable<StoredEvent>;
  /** Gives all events from a sequence on, then new ones as they reach the disk, without a gap; ends when the chain closes. */
  subscribe(from: number, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<StoredEvent>;
  /** Takes a checkpoint when one is due, and verifies what is on disk. */
  verify(options?: VerifyOptions): Promise<VerifyResult>;
  /** Writes what waits, takes a last checkpoint, closes the files. */
  close(): Promise<void>;
}

/**
 * Opens the chain of a directory, or begins one. One writer only: see `host`.
 *
 * @throws `CHAIN_LOCKED`; `CHAIN_DAMAGED`, `CHAIN_TRUNCATED` when what was acknowledged is not there as it was; `CHAIN_KEYS`;
 *   `CHAIN_NOT_WRITABLE` when a first event cannot be written
 */
export async function openChain(init: OpenChainInit): Promise<Chain> {
  const { files, dir } = init;
  await makeFolders(files, dir);
  const unlock = init.host === undefined ? async () => undefined : await lockWriter(files, dir, init.host);
  try {
    return await openLocked(init, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked(init: OpenChainInit, unlock: () => Promise<void>): Promise<Chain> {
  const { files, dir } = init;
  const exists = await chainExists(files, dir);
  const signer = init.signer ?? (await fileSigner(files, dir, exists ? undefined : init.random));
  const cached = exists ? await readCache(files, dir, signer.keys) : undefined;
  const loaded: LoadedChain = exists ? await loadChain(files, dir, cached) : nothing();
  const { keys } = loaded.state;
  if (
    keys !== undefined &&
    (toHex(keys.ed25519) !== toHex(signer.keys.ed25519) || toHex(keys.mlDsa65) !== toHex(signer.keys.mlDsa65))
  ) {
    throw new ChainKeysError("the keys at hand are not those that this chain names", { details: { file: "keys" } });
  }
  const leaves = await LeavesWriter.open(files, dir, init.leavesBytes ?? 67_108_864, loaded.state.digests);
  if (!(leaves instanceof LeavesWriter)) {
    const { offset, reason } = leaves;
    throw new ChainDamagedError(`${LEAVES_FILE} is damaged at byte ${offset}: ${reason}`, {
      details: { file: LEAVES_FILE, offset, sequence: loaded.state.size, fault: "CHAIN_DIGEST" },
    });
  }
  await cutTornTail(files, dir, loaded);
  const chain = new OpenedChain(init, signer, loaded, leaves, cached?.state.size ?? 0, unlock);
  await chain.begin(loaded, exists);
  return chain;
}

function nothing(): LoadedChain {
  return {
    state: emptyState(),
    index: new SegmentIndex(),
    keys: new Map(),
    torn: undefined,
    acked: undefined,
    checkpointStale: false,
  };
}

class OpenedChain implements Chain {
  readonly persistent: boolean;
  readonly #init: OpenChainInit;
  readonly #logger: Logger;
  readonly #signer: ChainSigner;
  readonly #writer: ChainWriter;
  readonly #reader: EventReader;
  readonly #index: SegmentIndex;
  readonly #keys: LoadedChain["keys"];
  readonly #publisher: CheckpointPublisher;
  readonly #commits = new CommitSignal();
  readonly #unlock: () => Promise<void>;
  #cachedSize: number;
  #caching: Promise<void> = Promise.resolve();

  constructor(
    init: OpenChainInit,
    signer: ChainSigner,
    loaded: LoadedChain,
    leaves: LeavesWriter,
    cachedSize: number,
    unlock: () => Promise<void>,
  ) {
    const { files, dir, clock, random } = init;
    const { index, keys } = loaded;
    const state = { ...loaded.state, chain: loaded.state.chain ?? random.bytes(CHAIN_ID_BYTES), keys: signer.keys };
    const pairs = new PairFiles(files, dir, init.rotateBytes ?? 67_108_864, state, loaded.acked?.counter ?? 0);
    this.persistent = init.persistent ?? true;
    const logger = init.logger ?? quiet;
    this.#init = init;
    this.#logger = logger;
    this.#signer = signer;
    this.#index = index;
    this.#keys = keys;
    this.#cachedSize = cachedSize;
    this.#unlock = unlock;
    this.#publisher = new CheckpointPublisher(files, dir, logger, () => pairs.syncAcknowledged());
    const limits = {
      maxWaiting: init.maxWaiting ?? 8192,
      checkpointEvents: init.checkpointEvents ?? 1000,
      checkpointMs: init.checkpointMs ?? 5000,
    };
    this.#writer = new ChainWriter(
      {
        clock,
        random,
        logger,
        signer,
        files: pairs,
        leaves,
        publisher: this.#publisher,
        index,
        keys,
        persistent: this.persistent,
        limits,
        committed: (committed) => this.#committed(committed),
      },
      state,
    );
    this.#reader = new EventReader(filesSource(files, dir), index, () => this.#writer.state);
  }

  /** Writes what an opening must say: a genesis, what was cut. */
  async begin(loaded: LoadedChain, existed: boolean): Promise<void> {
    const { torn, acked } = loaded;
    const { chain } = this.#writer.state;
    let last: Promise<void> | undefined;
    if (loaded.state.size === 0)
      last = this.#writer.appendOwn(GENESIS, genesisPayload(chain as Uint8Array, this.#signer.keys)).durable;
    if (torn !== undefined) {
      this.#logger.warn("torn tail cut", { file: torn.file, offset: torn.offset, bytes: torn.bytes });
      const payload = { cause: "torn-tail", bytes: torn.bytes, file: torn.file, events: 0, error: "" };
      last = this.#writer.appendOwn(RECOVERED, payload).durable;
    } else if (existed && acked === undefined && loaded.state.size > 0) {
      this.#logger.warn("acknowledged length unknown", { events: loaded.state.size });
      last = this.#writer.appendOwn(RECOVERED, {
        cause: "acked-missing",
        bytes: 0,
        file: "",
        events: 0,
        error: "",
      }).durable;
    }
    if (loaded.checkpointStale && loaded.state.checkpointNote !== undefined)
      this.#publisher.publish(loaded.state.checkpointNote);
    await last;
  }

  append(...args: Parameters<AuditLog["append"]>): ReturnType<AuditLog["append"]> {
    return this.#writer.append(...args);
  }

  digest(...args: Parameters<AuditLog["digest"]>): void {
    this.#writer.digest(...args);
  }

  ready(): Promise<void> {
    return this.#writer.ready();
  }

  status(): ChainStatus {
    const { state, failure, waiting } = this.#writer;
    return {
      sequence: state.size - 1,
      head: toHex(state.head),
      events: state.size,
      chainId: toHex(state.chain as Uint8Array),
      checkpoint: state.checkpointSize,
      digests: state.digests,
      persistent: this.persistent,
      writable: failure === undefined,
      error: failure,
      waiting,
    };
  }

  async flush(): Promise<void> {
    await this.#writer.flush();
  }

  async checkpoint(): Promise<CheckpointTaken> {
    await this.#writer.checkpoint();
    const { checkpointSize, checkpointNote } = this.#writer.state;
    const note = new TextDecoder().decode(checkpointNote);
    return { size: checkpointSize, head: /^head ([0-9a-f]{64})$/m.exec(note)?.[1] ?? "", note };
  }

  async get(sequence: number): Promise<StoredEvent> {
    for await (const event of this.range(sequence, sequence + 1)) return event;
    const details = { id: String(sequence) };
    throw new ChainEventNotFoundError(
      `there is no event ${sequence}; the last one on disk is ${this.#writer.state.size - 1}`,
      { details },
    );
  }

  range(from: number, to: number): AsyncIterable<StoredEvent> {
    checkSequence("from", from);
    checkSequence("to", to);
    return this.#reader.range(from, to);
  }

  async tail(count: number): Promise<readonly StoredEvent[]> {
    checkSequence("count", count);
    const { size } = this.#writer.state;
    const events: StoredEvent[] = [];
    for await (const event of this.range(Math.max(0, size - Math.min(count, 10_000)), size)) events.push(event);
    return events;
  }

  async *query(filter: EventFilter): AsyncIterable<StoredEvent> {
    const wanted = filterTest(filter);
    for await (const event of this.range(filter.from ?? 0, filter.to ?? this.#writer.state.size)) {
      if (wanted(event)) yield event;
    }
  }

  async *subscribe(
    from: number,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<StoredEvent> {
    checkSequence("from", from);
    let next = from;
    for (;;) {
      options.signal?.throwIfAborted();
      const { size } = this.#writer.state;
      for await (const event of this.#reader.range(next, size)) {
        options.signal?.throwIfAborted();
        next = event.sequence + 1;
        yield event;
      }
      if (next < this.#writer.state.size) continue;
      if (!(await this.#commits.next(options.signal))) return;
    }
  }

  async verify(options: VerifyOptions = {}): Promise<VerifyResult> {
    if (this.#writer.failure === undefined && !this.#commits.closed) await this.#writer.checkpoint();
    const { files, dir } = this.#init;
    return await verify(filesSource(files, dir), { live: !this.#commits.closed, ...options });
  }

  async close(): Promise<void> {
    if (this.#commits.closed) return;
    await this.#writer.close();
    this.#commits.close();
    await this.#caching;
    const { state } = this.#writer;
    if (state.size === state.checkpointSize && state.size > this.#cachedSize) await this.#writeCache(state);
    await this.#unlock();
  }

  #committed(state: ChainState): void {
    this.#commits.notify();
    if (state.size === state.checkpointSize && state.size - this.#cachedSize >= CACHE_EVERY_EVENTS) {
      this.#cachedSize = state.size;
      this.#caching = this.#writeCache({ ...state });
    }
  }

  async #writeCache(state: ChainState): Promise<void> {
    const { files, dir } = this.#init;
    try {
      await writeCache(files, dir, state, this.#index, this.#keys);
      this.#cachedSize = state.size;
    } catch (error) {
      this.#logger.warn("cache of the chain not written", { error: errorCode(error) });
    }
  }
}

const nothingWritten = (): void => undefined;
const quiet: Logger = {
  trace: nothingWritten,
  debug: nothingWritten,
  info: nothingWritten,
  warn: nothingWritten,
  error: nothingWritten,
  enabled: () => false,
};

function checkSequence(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a safe integer of 0 or more`);
}
