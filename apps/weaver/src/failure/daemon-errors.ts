/** What can go wrong between the command line and a daemon. */
import { WeftError } from "@weftos/interface";

/** Raised when a started daemon ended before it was ready. `details.log` holds the last lines it wrote. */
export class DaemonStartError extends WeftError<{
  readonly dir: string;
  readonly log: readonly string[];
}> {
  override readonly code = "KERNEL_DAEMON_FAILED";
}

/** Raised when a daemon does not end in time. `kernel stop --force` kills it. */
export class DaemonStopError extends WeftError<{
  readonly dir: string;
  readonly pid: number;
  readonly hint: string;
}> {
  override readonly code = "KERNEL_STOP_TIMEOUT";
}

/** Raised when the state directory, or the place for it, cannot be read or made; `details.reason` is the system's code. */
export class StateDirectoryError extends WeftError<{ readonly dir: string; readonly reason: string }> {
  override readonly code = "KERNEL_DIRECTORY";
}
