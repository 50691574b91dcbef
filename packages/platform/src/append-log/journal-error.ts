/** The errors of journals. */
import { WeftError } from "@weftos/interface";

/** A journal holds bytes that no crash explains: the disk, another program or a person changed it. */
export class JournalDamagedError extends WeftError<{
  readonly path: string;
  /** Where the bytes begin that cannot be read. */
  readonly offset: number;
  readonly fault: "header" | "version" | "length" | "checksum";
}> {
  override readonly code = "KERNEL_JOURNAL_DAMAGED";
}

/** A record was refused because it is larger than the journal takes. */
export class JournalRecordTooLargeError extends WeftError<{
  readonly path: string;
  readonly bytes: number;
  readonly maxBytes: number;
}> {
  override readonly code = "KERNEL_JOURNAL_RECORD_TOO_LARGE";
}

/** Records come faster than the disk takes them; nothing was written. */
export class JournalBusyError extends WeftError<{
  readonly path: string;
  readonly waitingBytes: number;
  readonly maxWaitingBytes: number;
}> {
  override readonly code = "KERNEL_JOURNAL_BUSY";
}

/** The journal was closed, or failed in a way that leaves its end unknown; open it again. */
export class JournalClosedError extends WeftError<{ readonly path: string }> {
  override readonly code = "KERNEL_JOURNAL_CLOSED";
}
