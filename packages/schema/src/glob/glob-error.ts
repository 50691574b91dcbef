/** The error about a pattern that cannot be compiled. */
import { WeftError } from "@weftos/interface";

/** Raised when a glob pattern is empty, too long, or has a segment that no name can have. */
export class GlobError extends WeftError<{ readonly pattern: string; readonly expected: string }> {
  override readonly code = "CONFIG_GLOB";

  constructor(pattern: string, expected: string) {
    super(`glob pattern ${JSON.stringify(pattern)}: expected ${expected}`, { details: { pattern, expected } });
  }
}
