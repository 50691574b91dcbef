/** The errors of a client. */
import { WeftError } from "@weftos/interface";

/** Raised when no daemon listens for the state directory: none was started, or it is dead. */
export class NoDaemonError extends WeftError<{ readonly dir: string; readonly reason: string }> {
  override readonly code = "API_NO_DAEMON";
}

/** Raised when a daemon took the connection or the call and did not answer in time. Whether a call ran is not known. */
export class ApiTimeoutError extends WeftError<{ readonly method: string; readonly timeoutMs: number }> {
  override readonly code = "API_TIMEOUT";
}

/** Raised when the connection ended before the answer. Whether a call ran is not known. */
export class ConnectionLostError extends WeftError {
  override readonly code = "API_CONNECTION_LOST";
}
