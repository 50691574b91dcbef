import { WeftError } from "@weftos/interface";

/** Raised when another kernel holds the state directory. Stop that one, or take another directory. */
export class KernelLockedError extends WeftError<{
  readonly dir: string;
  readonly processId: number | undefined;
  readonly host: string | undefined;
}> {
  override readonly code = "KERNEL_LOCKED";
}

/** Raised when the state directory cannot be made or written. */
export class KernelDirectoryError extends WeftError<{ readonly dir: string; readonly reason: string }> {
  override readonly code = "KERNEL_DIRECTORY";
}
