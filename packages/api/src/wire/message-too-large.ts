import { WeftError } from "@weftos/interface";

/** Raised when a message, either way, is larger than the wire takes. Ask for less, or in parts. */
export class MessageTooLargeError extends WeftError<{ readonly limit: number }> {
  override readonly code = "API_MESSAGE_TOO_LARGE";

  constructor(limit: number) {
    super(`expected a message of at most ${limit} bytes, got a larger one`, { details: { limit } });
  }
}
