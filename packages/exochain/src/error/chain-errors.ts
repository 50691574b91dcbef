// The errors of the chain. Codes of the area CHAIN; what a verifier finds are faults (verify/fault.ts), not errors.
import { WeftError } from "@weftos/interface";
import type { FaultCode } from "../verify/fault.ts";

/** Raised while the disk fails: nothing is recorded, so nothing that must be recorded may happen. Free space, then retry. */
export class ChainNotWritableError extends WeftError<{ readonly error: string }> {
  override readonly code = "CHAIN_NOT_WRITABLE";
}

/** Raised when more appends wait than the bound allows. Await `ready()` before the next one. */
export class ChainQueueFullError extends WeftError<{ readonly waiting: number; readonly limit: number }> {
  override readonly code = "CHAIN_QUEUE_FULL";
}

/** Raised when an event or digest record breaks a limit of the format. */
export class ChainEventInvalidError extends WeftError<{ readonly field: string }> {
  override readonly code = "CHAIN_EVENT_INVALID";
}

/** Raised at opening when something below the acknowledged length is wrong. Nothing was changed on disk. */
export class ChainDamagedError extends WeftError<{
  readonly file: string;
  readonly offset: number;
  readonly sequence: number;
  readonly fault: FaultCode;
}> {
  override readonly code = "CHAIN_DAMAGED";
}

/** Raised at opening when fewer events are there than were acknowledged or signed. Nothing was changed on disk. */
export class ChainTruncatedError extends WeftError<{
  readonly file: string;
  readonly offset: number;
  readonly expected: number;
  readonly found: number;
}> {
  override readonly code = "CHAIN_TRUNCATED";
}

/** Raised when the key files are missing, unreadable, or not those that the chain names. */
export class ChainKeysError extends WeftError<{ readonly file: string }> {
  override readonly code = "CHAIN_KEYS";
}

/** Raised by a call after `close`. */
export class ChainClosedError extends WeftError {
  override readonly code = "CHAIN_CLOSED";
}

/** Raised when there is no event of this sequence or approval. */
export class ChainEventNotFoundError extends WeftError<{ readonly id: string }> {
  override readonly code = "CHAIN_EVENT_NOT_FOUND";
}

/** Raised when a directory holds no chain. */
export class ChainAbsentError extends WeftError<{ readonly dir: string }> {
  override readonly code = "CHAIN_ABSENT";
}

/** Raised when another live process writes this chain. */
export class ChainLockedError extends WeftError<{ readonly processId: number; readonly hostname: string }> {
  override readonly code = "CHAIN_LOCKED";
}

/** Raised when an event cannot be redacted: it belongs to the chain itself, has no content, or has none any more. */
export class ChainRedactionError extends WeftError<{ readonly sequence: number; readonly reason: string }> {
  override readonly code = "CHAIN_REDACTION_REFUSED";
}

/** Raised by a repair of a chain that opens as it is. Nothing was changed on disk. */
export class ChainHealthyError extends WeftError<{ readonly dir: string; readonly events: number }> {
  override readonly code = "CHAIN_HEALTHY";
}

/** Raised at opening when a repair was begun and did not end. Run the repair again. */
export class ChainRepairUnfinishedError extends WeftError<{ readonly dir: string; readonly quarantine: string }> {
  override readonly code = "CHAIN_REPAIR_UNFINISHED";
}

/** Raised when a proof is asked for a tree size that the chain does not have. */
export class ChainProofRangeError extends WeftError<{ readonly size: number; readonly most: number }> {
  override readonly code = "CHAIN_PROOF_RANGE";
}

/** Raised when an export cannot go where it should: the place is taken, or within the state directory. */
export class ChainExportError extends WeftError<{ readonly output: string; readonly reason: string }> {
  override readonly code = "CHAIN_EXPORT";
}
