// Makes the proofs of an open chain. Every proof is checked against a root that the writer itself computed before it
// leaves: a cache of hashes that does not lead there is thrown away and made again from the events.
import { equalBytes, toBase64 } from "@weftos/crypto";
import { ChainDamagedError, ChainEventNotFoundError, ChainProofRangeError } from "../error/chain-errors.ts";
import { parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { isRedacted } from "../format/content-record.ts";
import { eventHash, payloadCommitment } from "../format/domain-hash.ts";
import { CHAIN_FOLDER } from "../format/file-names.ts";
import type { ChainKeys } from "../format/key-set.ts";
import { type ConsistencyClaim, checkConsistency, checkInclusion } from "./check-proof.ts";
import { consistencyProof, type HashReader, inclusionProof, rootOf } from "./merkle-proof.ts";
import { rawEventAt } from "./one-raw-event.ts";
import { bundleDocument, type ProofDocument } from "./proof-bundle.ts";
import { type RawEvent, type RawSource, rawEvents } from "./raw-events.ts";
import type { EntrySource, TileCache } from "./tile-cache.ts";
import type { TileHashes } from "./tile-hashes.ts";

/** That one tree begins with the entries of another, as JSON: hashes in base64, as in a checkpoint. */
export interface ConsistencyDocument {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly path: readonly string[];
}

/** What a prover works with. */
export interface ProverParts {
  readonly tiles: TileCache;
  readonly raw: () => RawSource;
  /** The tree of what is on disk. */
  readonly tree: () => { readonly size: number; root(): Uint8Array };
  /** Tells whether an event's content must not be shown any more, though it may still be there. */
  readonly hidden: (sequence: number) => boolean;
}

export class ChainProver {
  readonly #parts: ProverParts;

  constructor(parts: ProverParts) {
    this.#parts = parts;
  }

  /**
   * Makes a bundle.
   *
   * @param note - a checkpoint that covers the event
   * @param from - size of an older checkpoint that the bundle shall go on from
   * @throws `CHAIN_EVENT_NOT_FOUND`, `CHAIN_PROOF_RANGE`, `CHAIN_DAMAGED`
   */
  async bundle(sequence: number, note: Uint8Array, keys: ChainKeys, from?: number): Promise<ProofDocument> {
    const checkpoint = parseNote(note) as SignedCheckpoint;
    const { size, root } = checkpoint;
    const event = await this.#event(sequence, size);
    const entry = eventHash(event.bytes);
    if (from !== undefined) checkRange(from, size);
    const made = await this.#checked(
      size,
      async (read) => ({
        inclusion: await inclusionProof(read, sequence, size),
        older: from === undefined ? undefined : await claim(read, from, size),
      }),
      ({ inclusion, older }) =>
        checkInclusion({ entry, index: sequence, size, root, path: inclusion }) &&
        (older === undefined || (equalBytes(older.toRoot, root) && checkConsistency(older))),
    );
    const { content } = event;
    const gone = content !== undefined && (isRedacted(content) || this.#parts.hidden(sequence));
    return bundleDocument({
      sequence,
      event: event.bytes,
      payload: gone ? "redacted" : content,
      inclusion: made.inclusion,
      consistency:
        made.older === undefined
          ? undefined
          : { size: made.older.from, root: made.older.fromRoot, path: made.older.path },
      checkpoint: note,
      keys,
    });
  }

  /** Proves that the first `to` events begin with the first `from`. @throws `CHAIN_PROOF_RANGE`, `CHAIN_DAMAGED` */
  async consistency(from: number, to: number): Promise<ConsistencyDocument> {
    const { size } = this.#parts.tree();
    const root = this.#parts.tree().root();
    checkRange(to, size);
    checkRange(from, to);
    const { made } = await this.#checked(
      size,
      async (read) => ({ made: await claim(read, from, to), anchor: await claim(read, to, size) }),
      ({ made, anchor }) =>
        checkConsistency(made) &&
        equalBytes(made.toRoot, anchor.fromRoot) &&
        equalBytes(anchor.toRoot, root) &&
        checkConsistency(anchor),
    );
    return {
      from,
      to,
      fromRoot: toBase64(made.fromRoot),
      toRoot: toBase64(made.toRoot),
      path: made.path.map(toBase64),
    };
  }

  /** Uses the hashes of the first `size` events, whose root is known. @throws `CHAIN_DAMAGED` */
  async hashes<T>(size: number, root: Uint8Array, use: (hashes: TileHashes) => Promise<T>): Promise<T> {
    await this.#checked(
      size,
      (read) => rootOf(read, size),
      (made) => equalBytes(made, root),
    );
    return await this.#parts.tiles.reading(size, use);
  }

  async #event(sequence: number, size: number): Promise<RawEvent> {
    if (sequence < size) {
      const found = await rawEventAt(this.#parts.raw(), sequence);
      if (found !== undefined && isWhole(found)) return found;
      for await (const [event] of rawEvents(this.#parts.raw(), sequence, sequence + 1, true)) {
        if (event !== undefined) return event;
      }
    }
    throw new ChainEventNotFoundError(`there is no event ${sequence}; the last one on disk is ${size - 1}`, {
      details: { id: String(sequence) },
    });
  }

  async #checked<T>(size: number, make: (read: HashReader) => Promise<T>, holds: (made: T) => boolean): Promise<T> {
    const { tiles } = this.#parts;
    const tried = await tiles.reading(size, ({ read }) => make(read)).catch(() => undefined);
    if (tried !== undefined && holds(tried)) return tried;
    await tiles.clear();
    const again = await tiles.reading(size, ({ read }) => make(read));
    if (holds(again)) return again;
    throw new ChainDamagedError("the events on disk are not those whose root was signed", {
      details: { file: CHAIN_FOLDER, offset: 0, sequence: size, fault: "CHAIN_LINK" },
    });
  }
}

/** Whether the content is what the event committed to, or gone. */
function isWhole({ fields, content }: RawEvent): boolean {
  if (fields.commitment === null || content === undefined) return fields.commitment === null;
  return isRedacted(content) || equalBytes(payloadCommitment(content.salt, content.content), fields.commitment);
}

async function claim(read: HashReader, from: number, to: number): Promise<ConsistencyClaim> {
  return {
    from,
    to,
    fromRoot: await rootOf(read, from),
    toRoot: await rootOf(read, to),
    path: await consistencyProof(read, from, to),
  };
}

function checkRange(size: number, most: number): void {
  if (size >= 1 && size <= most) return;
  throw new ChainProofRangeError(`expected a size of 1 to ${most}, got ${size}`, { details: { size, most } });
}

/** Gives the hashes of events from disk. */
export function entriesOf(raw: () => RawSource): EntrySource {
  return async function* (from, to) {
    for await (const events of rawEvents(raw(), from, to, false)) yield events.map(({ bytes }) => eventHash(bytes));
  };
}
