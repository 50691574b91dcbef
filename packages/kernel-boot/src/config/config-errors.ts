import { WeftError } from "@weftos/interface";

/** Raised when the configuration has a section of a feature of WeftOS that this kernel was booted without. */
export class FeatureNotInstalledError extends WeftError<{
  readonly file: string;
  readonly line: number | undefined;
  readonly section: string;
  readonly package: string;
  /** The line that installs it. */
  readonly install: string;
}> {
  override readonly code = "CONFIG_FEATURE_NOT_INSTALLED";
}

/** Raised when a configuration file that was named cannot be read. */
export class ConfigUnreadableError extends WeftError<{ readonly file: string; readonly reason: string }> {
  override readonly code = "CONFIG_UNREADABLE";
}
