import { WeftError } from "@weftos/interface";

/** Raised when a command line cannot be understood. `details.hint` says what to type instead. */
export class UsageError extends WeftError<{ readonly hint: string }> {
  override readonly code = "API_USAGE";

  constructor(message: string, hint: string) {
    super(message, { details: { hint } });
  }
}
