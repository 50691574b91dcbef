/**
 * The one base of every error that WeftOS raises on purpose. Codes, not classes, are the contract: two copies of a
 * package in one program have different classes and equal codes.
 */

/** What a {@link WeftError} is made of besides its message. */
export interface WeftErrorInit<Details extends object> {
  /** Facts a program can act on; never a secret, never the value that was refused. */
  readonly details: Details;
  /** Whether the same call may succeed later without a change. @defaultValue false */
  readonly retryable?: boolean | undefined;
  /** The error below this one. */
  readonly cause?: unknown;
}

/** The form of an error on a wire: a worker's port, a socket, a reply. */
export interface WeftErrorJson {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: object;
}

/**
 * Base of all errors of WeftOS. A subclass fixes `code` as a literal: `override readonly code = "IPC_INBOX_FULL"`.
 *
 * @example
 * ```ts no-run
 * class InboxFullError extends WeftError<{ pid: Pid; limit: number }> {
 *   override readonly code = "IPC_INBOX_FULL";
 * }
 * ```
 */
export abstract class WeftError<Details extends object = object> extends Error {
  /** `AREA_WHAT`; every code is explained in `docs/errors.md`. */
  abstract readonly code: string;
  readonly details: Readonly<Details>;
  readonly retryable: boolean;
  /** Marks errors of every copy of this package; see {@link isWeftError}. */
  readonly isWeftError: true = true;

  constructor(message: string, init: WeftErrorInit<Details>) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.details = init.details;
    this.retryable = init.retryable ?? false;
  }

  override get name(): string {
    return "WeftError";
  }

  /** Gives the form for a wire: no stack, no cause. */
  toJSON(): WeftErrorJson {
    return { code: this.code, message: this.message, retryable: this.retryable, details: this.details };
  }

  /** Rebuilds an error that came over a wire, with the code it had there. */
  static fromJSON(json: WeftErrorJson): WeftError {
    return new ForeignError(json);
  }
}

/** An error that was raised elsewhere and carried here; it keeps the code of its origin. */
class ForeignError extends WeftError {
  override readonly code: string;

  constructor(json: WeftErrorJson) {
    super(json.message, { details: json.details, retryable: json.retryable });
    this.code = json.code;
  }
}

/**
 * Tells whether a value is a WeftError, of any copy of this package, and, with `code`, whether it is that one.
 *
 * @param code - an exact code such as `"IPC_INBOX_FULL"`; without it any WeftError matches
 */
export function isWeftError(value: unknown, code?: string): value is WeftError {
  if (!(value instanceof Error) || !("isWeftError" in value) || !("code" in value)) return false;
  return code === undefined || value.code === code;
}
