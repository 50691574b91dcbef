// What an open chain is, and what opening one takes.
import type { AuditLog, Clock, Files, Host, Logger, Random } from "@weftos/interface";
import type { ChainSigner } from "../keys/chain-signer.ts";
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
