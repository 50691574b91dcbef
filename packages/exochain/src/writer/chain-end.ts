// Where the chain stands with all that waits for the disk: the next event is linked here, encoded, and put into a batch.
import type { AuditEvent, AuditReceipt, Clock, Random } from "@weftos/interface";
import { ChainNotWritableError } from "../error/chain-errors.ts";
import { keyId } from "../format/key-set.ts";
import type { KnownKey } from "../idempotency/key-run.ts";
import type { KnownKeys } from "../idempotency/known-keys.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { indexableOf } from "../query/event-mark.ts";
import type { ChainState } from "../verify/chain-state.ts";
import type { Batch } from "./batch.ts";
import { EventEncoder } from "./event-encoder.ts";
import { errorCode } from "./publisher.ts";

/** What the end of a chain is made of. */
export interface ChainEndParts {
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
  readonly signer: ChainSigner;
  /** Idempotency key → its first receipt. */
  readonly keys: Pick<KnownKeys, "get" | "set" | "delete">;
}

export class ChainEnd {
  readonly #clock: Pick<Clock, "now">;
  readonly #keys: ChainEndParts["keys"];
  readonly #encoder: EventEncoder;
  #size: number;
  #head: Uint8Array;
  #time: number;
  #node: Uint8Array;

  constructor({ clock, random, signer, keys }: ChainEndParts, state: ChainState & { readonly chain: Uint8Array }) {
    this.#clock = clock;
    this.#keys = keys;
    this.#encoder = new EventEncoder(state.chain, random);
    this.#size = state.size;
    this.#head = state.head;
    this.#time = state.time;
    this.#node = keyId(signer.keys.ed25519);
  }

  /** Events, with those that wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds an event behind the last one. @throws `CHAIN_EVENT_INVALID`; then nothing happened */
  add(event: AuditEvent, batchAt: (sequence: number) => Batch): AuditReceipt {
    const sequence = this.#size;
    const time = Math.max(this.#clock.now(), this.#time);
    const encoded = this.#encoder.encode(event, { sequence, time, previous: this.#head, node: this.#node });
    const batch = batchAt(sequence);
    batch.add(sequence, time, encoded, indexableOf(event));
    this.#size = sequence + 1;
    this.#head = encoded.hash;
    this.#time = time;
    if (event.idempotencyKey !== undefined) {
      this.#keys.set(event.idempotencyKey, { sequence, hash: encoded.hash });
      batch.keys.push(event.idempotencyKey);
    }
    return { sequence, hash: encoded.hash, durable: batch.durable };
  }

  /** Gives the first event with this idempotency key. @throws `CHAIN_NOT_WRITABLE` when the keys cannot be read */
  known(key: string | undefined): KnownKey | undefined {
    if (key === undefined) return undefined;
    try {
      return this.#keys.get(key);
    } catch (cause) {
      const error = errorCode(cause);
      const message = `the idempotency keys of the chain cannot be read (${error})`;
      throw new ChainNotWritableError(message, { details: { error }, retryable: true, cause });
    }
  }

  /** What is added from now on stands under these keys. */
  signedBy({ keys }: ChainSigner): void {
    this.#node = keyId(keys.ed25519);
  }

  /** Forgets the events of a batch that could not be written. */
  forget(batch: Batch): void {
    for (const key of batch.keys) this.#keys.delete(key);
  }

  /** Goes back to what is on disk. */
  goBack({ size, head, time }: Readonly<ChainState>, signer: ChainSigner): void {
    this.#size = size;
    this.#head = head;
    this.#time = time;
    this.signedBy(signer);
  }
}
