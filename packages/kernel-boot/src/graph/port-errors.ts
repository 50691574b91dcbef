/** What can be wrong with how features and ports fit together. All but `PORT_NOT_READY` are found before anything starts. */
import { WeftError } from "@weftos/interface";

/** Raised when a feature needs a port that no feature of this kernel provides. Add a feature that provides it. */
export class PortGapError extends WeftError<{ readonly port: string; readonly neededBy: readonly string[] }> {
  override readonly code = "PORT_GAP";
}

/** Raised when features need each other in a circle. `details.features` walks it, first and last alike. */
export class PortCycleError extends WeftError<{
  readonly features: readonly string[];
  readonly ports: readonly string[];
}> {
  override readonly code = "PORT_CYCLE";
}

/** Raised when two features provide a port that takes one provider. Leave one of them out. */
export class PortConflictError extends WeftError<{ readonly port: string; readonly features: readonly string[] }> {
  override readonly code = "PORT_CONFLICT";
}

/** Raised when a port is called before its provider has started, or when this kernel has no provider of it. */
export class PortNotReadyError extends WeftError<{
  readonly port: string;
  readonly calledBy: string;
  /** The feature that provides it; undefined when none does. */
  readonly provider: string | undefined;
}> {
  override readonly code = "PORT_NOT_READY";
}

/** Raised when a feature asks its context for a port that it declared in neither `needs` nor `uses`. */
export class PortUndeclaredError extends WeftError<{ readonly port: string; readonly feature: string }> {
  override readonly code = "PORT_UNDECLARED";
}
