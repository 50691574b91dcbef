/** The errors that the server raises itself, besides those of methods. */
import { WeftError } from "@weftos/interface";

/** Raised when the first message of a connection is not `auth` with the token of `run/token`, or comes too late. */
export class UnauthenticatedError extends WeftError<{ readonly expected: string }> {
  override readonly code = "API_UNAUTHENTICATED";
}

/** Raised when a line is not JSON in UTF-8. */
export class ParseFailedError extends WeftError {
  override readonly code = "API_PARSE_FAILED";
}

/** Raised when a message is JSON but no request of JSON-RPC 2.0, or repeats the id of one that runs. */
export class InvalidRequestError extends WeftError {
  override readonly code = "API_INVALID_REQUEST";
}

/** Raised when a connection has too many calls running, or the server too many connections; a later try may succeed. */
export class ApiBusyError extends WeftError<{ readonly limit: number }> {
  override readonly code = "API_BUSY";
}

/** Raised when a request was cancelled by its client. */
export class CancelledError extends WeftError {
  override readonly code = "API_CANCELLED";
}

/** Raised in place of an error that nobody raised on purpose; the kernel's log has it. */
export class InternalError extends WeftError {
  override readonly code = "API_INTERNAL";
}

/** Raised at the start when the socket cannot be opened, or its folder is open to others. */
export class ListenFailedError extends WeftError<{ readonly reason: string }> {
  override readonly code = "API_LISTEN_FAILED";
}
