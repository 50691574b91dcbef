// What an open chain is, and what opening one takes.
import type { AuditLog, Clock, Files, Host, Logger, Random } from "@weftos/interface";
import type { Succession } from "../format/chain-event.ts";
import type { KeyDescription } from "../format/key-set.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import type { ConsistencyDocument } from "../proof/chain-prover.ts";
import type { ExportReport, ExportRequest } from "../proof/export-chain.ts";
import type { ProofDocument } from "../proof/proof-bundle.ts";
import type { EventFilter } from "../reader/event-filter.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { VerifyOptions, VerifyResult } from "../verify/verify.ts";

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
  /** Whether to begin a chain where there is none. @defaultValue true */
  readonly begin?: boolean | undefined;
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
  /** The damaged chain that this one succeeds. */
  readonly continues: Succession | undefined;
}

/** A redaction that was done. */
export interface Redacted {
  /** Event whose payload is gone. */
  readonly sequence: number;
  /** Sequence of the `chain.redacted` event. */
  readonly by: number;
}

/** Keys of a chain, and since when they are in force. */
export interface KeysInForce {
  /** Event that names them: genesis or a rotation. */
  readonly sequence: number;
  /** Milliseconds UTC. */
  readonly time: number;
  /** Why they were rotated; null for those of genesis. */
  readonly reason: string | null;
  /** One Ed25519 and one ML-DSA-65 key: `algorithm`, `id` (hex), `public` (base64). */
  readonly keys: readonly KeyDescription[];
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
  /** Gives the events on disk behind a sequence, oldest first; at most `count` of them, which is at most 10 000. @defaultValue `count`: 10 000 */
  tailFrom(after: number, count?: number): Promise<readonly StoredEvent[]>;
  /** Gives matching events, oldest first unless `newest` is set: by the index where it reaches, otherwise by scanning. @throws `CONFIG_GLOB` */
  query(filter: EventFilter): AsyncIterable<StoredEvent>;
  /** Gives all events from a sequence on, then new ones as they reach the disk, without a gap; ends when the chain closes. */
  subscribe(from: number, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<StoredEvent>;
  /** Takes a checkpoint when one is due, and verifies what is on disk. */
  verify(options?: VerifyOptions): Promise<VerifyResult>;
  /**
   * Destroys the payload of one event and its salt, for good; the event, all hashes and all proofs stay. Calling again for a
   * redaction whose content could not be zeroed finishes it.
   *
   * @param reason - recorded in the clear, and never redactable itself
   * @throws `CHAIN_REDACTION_REFUSED`, `CHAIN_EVENT_NOT_FOUND`, `CHAIN_NOT_WRITABLE`, and the platform's error when the event
   *   is recorded but the content could not be zeroed yet
   */
  redact(sequence: number, reason: string, options?: { readonly principal?: string | undefined }): Promise<Redacted>;
  /**
   * Puts new keys in force: an event that names them, signed by the old ones. The old seeds in `keys/` are destroyed.
   *
   * @param options - `signer` holds the next keys; needed exactly when the chain was opened with a signer
   * @throws `CHAIN_KEYS`, `CHAIN_NOT_WRITABLE`
   */
  rotateKeys(
    reason: string,
    options?: { readonly principal?: string | undefined; readonly signer?: ChainSigner | undefined },
  ): Promise<KeysInForce>;
  /** Gives the keys of the chain, those of genesis first, those in force last. */
  keyHistory(): Promise<readonly KeysInForce[]>;
  /**
   * Proves one event: takes a checkpoint when none covers it, and gives the document that `verifyProof` checks offline.
   *
   * @param options - `from`: size of an older checkpoint that the document shall go on from
   * @throws `CHAIN_EVENT_NOT_FOUND`, `CHAIN_PROOF_RANGE`, `CHAIN_DAMAGED`
   */
  proof(sequence: number, options?: { readonly from?: number | undefined }): Promise<ProofDocument>;
  /**
   * Proves that the chain of `to` events begins with that of `from`. @defaultValue `to`: all events on disk
   *
   * @throws `CHAIN_PROOF_RANGE`, `CHAIN_DAMAGED`
   */
  consistency(from: number, to?: number): Promise<ConsistencyDocument>;
  /** Takes a checkpoint and exports the chain. @throws `CHAIN_EXPORT`, `CHAIN_DAMAGED` */
  export(request: ExportRequest): Promise<ExportReport>;
  /** Writes what waits, takes a last checkpoint, closes the files. */
  close(): Promise<void>;
}
