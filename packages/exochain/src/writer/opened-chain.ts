// The chain as one object: each call goes to the part that knows.
import { equalBytes, toHex } from "@weftos/crypto";
import type { AuditLog } from "@weftos/interface";
import { ChainEventNotFoundError } from "../error/chain-errors.ts";
import { KEYS_ROTATED, SOURCE, type Succession, successionOf } from "../format/chain-event.ts";
import { idsOf, parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { type ChainKeys, describeKeys, parseKeys } from "../format/key-set.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { keysOf, rotateKeys } from "../keys/rotate-keys.ts";
import { type ConsistencyDocument, entriesOf } from "../proof/chain-prover.ts";
import { type ExportReport, type ExportRequest, exportChain } from "../proof/export-chain.ts";
import type { ProofDocument } from "../proof/proof-bundle.ts";
import type { EventFilter } from "../reader/event-filter.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import { verify } from "../threads/verify-in-node.ts";
import { filesSource } from "../verify/chain-source.ts";
import type { VerifyOptions, VerifyResult } from "../verify/verify.ts";
import type { ChainParts } from "./assemble-chain.ts";
import type { Chain, ChainStatus, CheckpointTaken, KeysInForce, Redacted } from "./chain.ts";
import { checkSequence } from "./event-access.ts";
import { errorCode } from "./publisher.ts";

export class OpenedChain implements Chain {
  readonly persistent: boolean;
  readonly #parts: ChainParts;
  readonly #continues: Succession | undefined;
  #rotating: Promise<unknown> = Promise.resolve();

  private constructor(parts: ChainParts, continues: Succession | undefined) {
    this.#parts = parts;
    this.#continues = continues;
    this.persistent = parts.writer.persistent;
  }

  /** Gives the chain of parts whose opening was recorded. */
  static async of(parts: ChainParts): Promise<OpenedChain> {
    return new OpenedChain(parts, successionOf((await parts.events.get(0)).payload));
  }

  append(...args: Parameters<AuditLog["append"]>): ReturnType<AuditLog["append"]> {
    return this.#parts.writer.append(...args);
  }

  digest(...args: Parameters<AuditLog["digest"]>): void {
    this.#parts.writer.digest(...args);
  }

  ready(): Promise<void> {
    return this.#parts.writer.ready();
  }

  status(): ChainStatus {
    const { state, failure, waiting } = this.#parts.writer;
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
    await this.#parts.writer.flush();
  }

  async checkpoint(): Promise<CheckpointTaken> {
    const { writer } = this.#parts;
    await writer.checkpoint();
    const { checkpointSize, checkpointNote } = writer.state;
    const note = new TextDecoder().decode(checkpointNote);
    return { size: checkpointSize, head: /^head ([0-9a-f]{64})$/m.exec(note)?.[1] ?? "", note };
  }

  // ---- reading ------------------------------------------------------------------------------------------------------

  get(sequence: number): Promise<StoredEvent> {
    return this.#parts.events.get(sequence);
  }

  range(from: number, to: number): AsyncIterable<StoredEvent> {
    return this.#parts.events.range(from, to);
  }

  tail(count: number): Promise<readonly StoredEvent[]> {
    return this.#parts.events.tail(count);
  }

  tailFrom(after: number, count?: number): Promise<readonly StoredEvent[]> {
    return this.#parts.events.tailFrom(after, count);
  }

  query(filter: EventFilter): AsyncIterable<StoredEvent> {
    const { from = 0, to = Number.MAX_SAFE_INTEGER } = filter;
    checkSequence("from", from);
    checkSequence("to", to);
    return this.#parts.queries.find(filter, from, Math.min(to, this.#parts.writer.state.size));
  }

  subscribe(from: number, options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<StoredEvent> {
    return this.#parts.events.subscribe(from, options.signal);
  }

  // ---- proving ------------------------------------------------------------------------------------------------------

  async verify(options: VerifyOptions = {}): Promise<VerifyResult> {
    const { init, writer, commits } = this.#parts;
    if (writer.failure === undefined && !commits.closed) await writer.checkpoint();
    return await verify(filesSource(init.files, init.dir), { live: !commits.closed, ...options });
  }

  async proof(sequence: number, options: { readonly from?: number | undefined } = {}): Promise<ProofDocument> {
    checkSequence("sequence", sequence);
    const { writer, prover } = this.#parts;
    if (sequence >= writer.state.checkpointSize && writer.failure === undefined) await writer.checkpoint();
    const { checkpointNote, checkpointSize } = writer.state;
    if (checkpointNote === undefined || sequence >= checkpointSize) {
      const details = { id: String(sequence) };
      throw new ChainEventNotFoundError(`no checkpoint covers event ${sequence}; it is for ${checkpointSize} events`, {
        details,
      });
    }
    return await prover.bundle(sequence, checkpointNote, await this.#keysOf(checkpointNote), options.from);
  }

  /** Gives the keys that signed a checkpoint: right behind a rotation they are the ones before. */
  async #keysOf(note: Uint8Array): Promise<ChainKeys> {
    const { ed25519Id } = parseNote(note) as SignedCheckpoint;
    const { keys } = this.#parts.writer.state;
    if (keys !== undefined && equalBytes(idsOf(keys).ed25519Id, ed25519Id)) return keys;
    const id = toHex(ed25519Id);
    const signed = (await this.keyHistory()).findLast(({ keys: [first] }) => first?.id === id);
    return parseKeys(signed?.keys) as ChainKeys;
  }

  async consistency(from: number, to: number = this.#parts.writer.state.size): Promise<ConsistencyDocument> {
    return await this.#parts.prover.consistency(from, to);
  }

  async export(request: ExportRequest): Promise<ExportReport> {
    const { init, writer, prover, raw } = this.#parts;
    if (writer.failure === undefined) await writer.checkpoint();
    return await exportChain(
      {
        files: init.files,
        dir: init.dir,
        state: { ...writer.state },
        prover,
        entries: entriesOf(raw),
        range: (from, to) => this.range(from, to),
      },
      request,
    );
  }

  // ---- redaction and keys -------------------------------------------------------------------------------------------

  async redact(
    sequence: number,
    reason: string,
    { principal }: { readonly principal?: string | undefined } = {},
  ): Promise<Redacted> {
    checkSequence("sequence", sequence);
    return { sequence, by: await this.#parts.redactions.redact(sequence, reason, principal) };
  }

  async rotateKeys(
    reason: string,
    options: { readonly principal?: string | undefined; readonly signer?: ChainSigner | undefined } = {},
  ): Promise<KeysInForce> {
    const { init, writer } = this.#parts;
    // One after the other: the files hold one set of next keys.
    const rotation = this.#rotating.then(() => rotateKeys(init, writer, reason, options));
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
    const { writer, commits, queries, tiles, cache, keys, unlock, logger } = this.#parts;
    if (commits.closed) return;
    await writer.close();
    commits.close();
    await queries.close();
    await tiles.close().catch((error: unknown) => {
      logger.warn("hashes for proofs not written", { error: errorCode(error) });
    });
    await cache.close(writer.state);
    await keys.close();
    await unlock();
  }
}
