/** What can go wrong with the tour itself. */
import { type Schema, WeftError } from "@weftos/interface";
import { parse } from "@weftos/schema";

/** Raised when the tour cannot come to its end: an agent ended for good, or answered what the tour cannot read. */
export class TourFailedError extends WeftError<{ readonly step: string }> {
  override readonly code = "API_TOUR_FAILED";
}

/** Checks what another agent or a tool answered. @throws `API_TOUR_FAILED` */
export function understood<T>(schema: Schema<unknown, T>, value: unknown, what: string): T {
  return parse(schema, value, {
    what,
    error: ({ message }) => new TourFailedError(message, { details: { step: what } }),
  });
}
