// The chain as one object: written, read, verified, closed.
import { equalBytes, toHex } from "@weftos/crypto";
import type { AuditLog, Logger } from "@weftos/interface";
import type { LeavesWriter } from "../digest/leaves-writer.ts";
import { ChainEventNotFoundError } from "../error/chain-errors.ts";
import {
  GENESIS,
  genesisPayload,
  KEYS_ROTATED,
  RECOVERED,
  SOURCE,
  type Succession,
  successionOf,
} from "../format/chain-event.ts";
import { idsOf, parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { type ChainKeys, describeKeys, parseKeys } from "../format/key-set.ts";
import type { KnownKeys } from "../idempotency/known-keys.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { installKeys } from "../keys/key-files.ts";
import { keysOf, rotateKeys } from "../keys/rotate-keys.ts";
import { ChainProver, type ConsistencyDocument, entriesOf } from "../proof/chain-prover.ts";
import { type ExportReport, type ExportRequest, exportChain } from "../proof/export-chain.ts";
import type { ProofDocument } from "../proof/proof-bundle.ts";
import type { RawSource } from "../proof/raw-events.ts";
import { GrowingTree, TileCache } from "../proof/tile-cache.ts";
import { QueryIndex } from "../query/query-index.ts";
import type { EventFilter } from "../reader/event-filter.ts";
import { EventReader } from "../reader/event-reader.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import { Redactions } from "../redaction/redactions.ts";
import { verify } from "../threads/verify-in-node.ts";
import { filesSource } from "../verify/chain-source.ts";
import type { ChainState } from "../verify/chain-state.ts";
import type { VerifyOptions, VerifyResult } from "../verify/verify.ts";
import type { Chain, ChainStatus, CheckpointTaken, KeysInForce, OpenChainInit, Redacted } from "./chain.ts";
import { ChainWriter } from "./chain-writer.ts";
import { CommitSignal } from "./commit-signal.ts";
import type { LoadedChain } from "./load-chain.ts";
import { writeCache } from "./open-cache.ts";
import { PairFiles } from "./pair-files.ts";
import { CheckpointPublisher, errorCode } from "./publisher.ts";

const CACHE_EVERY_EVENTS = 131_072;
const CHAIN_ID_BYTES = 16;

export class OpenedChain implements Chain {
  readonly persistent: boolean;
  readonly #init: OpenChainInit;
  readonly #logger: Logger;
  readonly #signer: ChainSigner;
  readonly #writer: ChainWriter;
  readonly #reader: EventReader;
  readonly #index: SegmentIndex;
  readonly #queries: QueryIndex;
  readonly #tiles: TileCache;
  readonly #prover: ChainProver;
  readonly #keys: KnownKeys;
  readonly #publisher: CheckpointPublisher;
  readonly #commits = new CommitSignal();
  readonly #unlock: () => Promise<void>;
  readonly #redactions: Redactions;
  #continues: Succession | undefined;
  #rotating: Promise<unknown> = Promise.resolve();
  #cachedSize: number;
  #caching: Promise<void> = Promise.resolve();

  constructor(
    init: OpenChainInit,
    signer: ChainSigner,
    loaded: LoadedChain,
    { leaves, keys }: { readonly leaves: LeavesWriter; readonly keys: KnownKeys },
    cachedSize: number,
    unlock: () => Promise<void>,
  ) {
    const { files, dir, clock, random } = init;
    const { index } = loaded;
    const { size: found, tree } = loaded.state;
    const state = {
      ...loaded.state,
      chain: loaded.state.chain ?? random.bytes(CHAIN_ID_BYTES),
      keys: signer.keys,
      nextKeys: undefined,
      tree: new GrowingTree(found, tree.roots),
    };
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
    this.#publisher = new CheckpointPublisher({ files, dir, clock, logger, beside: () => pairs.syncAcknowledged() });
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
        absorb: (marks, places) => this.#queries.absorb(marks, places),
      },
      state,
    );
    const source = filesSource(files, dir);
    const hidden = (sequence: number): boolean => this.#redactions.hides(sequence);
    const reader = new EventReader(source, index, () => this.#writer.state, hidden);
    this.#reader = reader;
    const writer = this.#writer;
    this.#redactions = new Redactions({ files, dir, writer, pairs, index, logger, read: (at) => this.get(at) });
    const size = (): number => this.#writer.state.size;
    const { chain } = state;
    this.#queries = new QueryIndex({ files, dir, clock, logger, chain, source, reader, segments: index, size });
    this.#tiles = new TileCache(
      files,
      dir,
      found,
      entriesOf(() => this.#raw()),
    );
    this.#prover = new ChainProver({
      tiles: this.#tiles,
      raw: () => this.#raw(),
      tree: () => this.#writer.state.tree,
      hidden,
    });
  }

  #raw(): RawSource {
    const { files, dir } = this.#init;
    const { size, first, eventBytes, contentBytes } = this.#writer.state;
    return { source: filesSource(files, dir), index: this.#index, limit: { size, first, eventBytes, contentBytes } };
  }

  /** Writes what an opening must say: a genesis, what was cut. */
  async begin(
    loaded: LoadedChain,
    how: {
      readonly existed: boolean;
      /** Keys of a rotation that lacks its signature. */
      readonly next: ChainSigner | undefined;
      readonly continues: Succession | undefined;
    },
  ): Promise<void> {
    const { torn, acked } = loaded;
    if (how.next !== undefined) {
      await this.#writer.finishRotation(how.next);
      await installKeys(this.#init.files, this.#init.dir);
    }
    const { chain } = this.#writer.state;
    let last: Promise<void> | undefined;
    if (loaded.state.size === 0)
      last = this.#writer.appendOwn(
        GENESIS,
        genesisPayload(chain as Uint8Array, this.#signer.keys, how.continues),
      ).durable;
    if (torn !== undefined) {
      this.#logger.warn("torn tail cut", { file: torn.file, offset: torn.offset, bytes: torn.bytes });
      const payload = { cause: "torn-tail", bytes: torn.bytes, file: torn.file, events: 0, error: "" };
      last = this.#writer.appendOwn(RECOVERED, payload).durable;
    } else if (how.existed && acked === undefined && loaded.state.size > 0) {
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
    this.#continues = successionOf((await this.get(0)).payload);
    await this.#redactions.finish(loaded.unfinished);
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
      continues: this.#continues,
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

  query(filter: EventFilter): AsyncIterable<StoredEvent> {
    const { from = 0, to = Number.MAX_SAFE_INTEGER } = filter;
    checkSequence("from", from);
    checkSequence("to", to);
    return this.#queries.find(filter, from, Math.min(to, this.#writer.state.size));
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

  async proof(sequence: number, options: { readonly from?: number | undefined } = {}): Promise<ProofDocument> {
    checkSequence("sequence", sequence);
    if (sequence >= this.#writer.state.checkpointSize && this.#writer.failure === undefined)
      await this.#writer.checkpoint();
    const { checkpointNote, checkpointSize } = this.#writer.state;
    if (checkpointNote === undefined || sequence >= checkpointSize) {
      const details = { id: String(sequence) };
      throw new ChainEventNotFoundError(`no checkpoint covers event ${sequence}; it is for ${checkpointSize} events`, {
        details,
      });
    }
    return await this.#prover.bundle(sequence, checkpointNote, await this.#keysOf(checkpointNote), options.from);
  }

  /** Gives the keys that signed a checkpoint: right behind a rotation they are the ones before. */
  async #keysOf(note: Uint8Array): Promise<ChainKeys> {
    const { ed25519Id } = parseNote(note) as SignedCheckpoint;
    const { keys } = this.#writer.state;
    if (keys !== undefined && equalBytes(idsOf(keys).ed25519Id, ed25519Id)) return keys;
    const id = toHex(ed25519Id);
    const signed = (await this.keyHistory()).findLast(({ keys: [first] }) => first?.id === id);
    return parseKeys(signed?.keys) as ChainKeys;
  }

  async consistency(from: number, to: number = this.#writer.state.size): Promise<ConsistencyDocument> {
    return await this.#prover.consistency(from, to);
  }

  async export(request: ExportRequest): Promise<ExportReport> {
    if (this.#writer.failure === undefined) await this.#writer.checkpoint();
    const { files, dir } = this.#init;
    return await exportChain(
      {
        files,
        dir,
        state: { ...this.#writer.state },
        prover: this.#prover,
        entries: entriesOf(() => this.#raw()),
        range: (from, to) => this.range(from, to),
      },
      request,
    );
  }

  async redact(
    sequence: number,
    reason: string,
    { principal }: { readonly principal?: string | undefined } = {},
  ): Promise<Redacted> {
    checkSequence("sequence", sequence);
    return { sequence, by: await this.#redactions.redact(sequence, reason, principal) };
  }

  async rotateKeys(
    reason: string,
    options: { readonly principal?: string | undefined; readonly signer?: ChainSigner | undefined } = {},
  ): Promise<KeysInForce> {
    // One after the other: the files hold one set of next keys.
    const rotation = this.#rotating.then(() => rotateKeys(this.#init, this.#writer, reason, options));
    this.#rotating = rotation.catch(() => undefined);
    const { sequence, keys } = await rotation;
    return { sequence, time: (await this.get(sequence)).time, reason, keys: describeKeys(keys) };
  }

  async keyHistory(): Promise<readonly KeysInForce[]> {
    const history = [keysOf(await this.get(0))];
    for await (const event of this.query({ kind: KEYS_ROTATED, source: SOURCE })) history.push(keysOf(event));
    return history;
  }

  async close(): Promise<void> {
    if (this.#commits.closed) return;
    await this.#writer.close();
    this.#commits.close();
    await this.#queries.close();
    await this.#tiles.close().catch((error: unknown) => {
      this.#logger.warn("hashes for proofs not written", { error: errorCode(error) });
    });
    await this.#caching;
    const { state } = this.#writer;
    if (state.size === state.checkpointSize && state.size > this.#cachedSize) await this.#writeCache(state);
    await this.#keys.close();
    await this.#unlock();
  }

  #committed(state: ChainState): void {
    if (state.tree instanceof GrowingTree) this.#tiles.grow(state.tree.grown);
    this.#commits.notify();
    if (state.size === state.checkpointSize && state.size - this.#cachedSize >= CACHE_EVERY_EVENTS) {
      this.#cachedSize = state.size;
      this.#caching = this.#writeCache({ ...state });
    }
  }

  async #writeCache(state: ChainState): Promise<void> {
    const { files, dir } = this.#init;
    // From a cache behind it, the next opening would not see the redaction that it has to finish.
    if (this.#redactions.unfinished) return;
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
