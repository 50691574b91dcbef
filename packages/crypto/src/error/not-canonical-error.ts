// The one error of the CBOR codec, in both directions: a value that has no canonical bytes, or bytes that are not
// the canonical form of any value.
import { WeftError } from "@weftos/interface";

/** Where canonical CBOR was broken: a path into the value when encoding, a byte offset when decoding. */
export interface NotCanonicalDetails {
  /** What was expected and what came. */
  readonly reason: string;
  /** Keys and indexes from the root of the value to the offender; only when encoding. */
  readonly path?: readonly (string | number)[];
  /** Offset of the offending byte; only when decoding. */
  readonly offset?: number;
}

/** Says that a value has no canonical CBOR encoding, or that bytes are not canonical CBOR. */
export class NotCanonicalError extends WeftError<NotCanonicalDetails> {
  override readonly code = "CHAIN_NOT_CANONICAL";

  constructor(details: NotCanonicalDetails) {
    super(`not canonical CBOR${whereabouts(details)}: ${details.reason}`, { details });
  }
}

function whereabouts({ path, offset }: NotCanonicalDetails): string {
  if (offset !== undefined) return ` at byte ${offset}`;
  if (path === undefined || path.length === 0) return "";
  return ` at ${path.map((part) => JSON.stringify(part)).join(" > ")}`;
}
