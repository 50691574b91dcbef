/** What can go wrong with a kernel as a whole. */
import { type KernelState, WeftError } from "@weftos/interface";

/** What became of a feature when the kernel stopped it. */
export interface StopResult {
  readonly feature: string;
  readonly outcome: "stopped" | "timed-out" | "failed";
  readonly ms: number;
  /** Code or message of what `stop` threw. */
  readonly error: string | undefined;
}

/** Facts of a boot that failed. */
export interface StartFailure {
  readonly feature: string;
  readonly step: "create" | "start";
  /** Code of the error below, when it is one of WeftOS. */
  readonly error: string | undefined;
  /** What the roll-back did, in its order. */
  readonly rollback: readonly StopResult[];
}

/** Raised when a feature's `create` or `start` throws; those started before it were stopped. `cause` says why. */
export class KernelStartFailedError extends WeftError<StartFailure> {
  override readonly code = "KERNEL_START_FAILED";
}

/** Raised when a feature does not start in time; it and those started before were stopped. */
export class KernelStartTimeoutError extends WeftError<StartFailure & { readonly timeoutMs: number }> {
  override readonly code = "KERNEL_START_TIMEOUT";
}

/** Raised when a call needs another state of the kernel: mostly after `shutdown` began. */
export class KernelStateError extends WeftError<{ readonly expected: KernelState; readonly actual: KernelState }> {
  override readonly code = "KERNEL_WRONG_STATE";
}

/** Raised when an option of `Kernel.boot`, `perform` or `guardTools` is not what it should be. */
export class KernelOptionError extends WeftError<{ readonly option: string }> {
  override readonly code = "KERNEL_OPTION_INVALID";
}

/** Raised when a feature is not whole, or two of one name are given. */
export class KernelFeatureError extends WeftError<{ readonly feature: string }> {
  override readonly code = "KERNEL_FEATURE_INVALID";
}
