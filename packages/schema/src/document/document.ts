/**
 * A parsed text with the places of its parts, and the checks that every text passes before it is parsed.
 */
import type { KeyPath } from "../input/key-path.ts";
import { ConfigSyntaxError } from "./config-error.ts";
import { type Position, positionAt } from "./position.ts";

/** The longest text that is parsed unless told otherwise: 1 MiB (1 048 576 UTF-16 units). */
export const MAX_DOCUMENT_LENGTH = 1_048_576;

/** The deepest nesting of tables, objects and arrays. */
export const MAX_DOCUMENT_DEPTH = 64;

/** What the parsers of documents take. */
export interface DocumentSource {
  /** The name of the file for messages; nothing is read from it. */
  readonly file: string;
  /** The longest text to accept, in UTF-16 units. @defaultValue 1 048 576 */
  readonly maxLength?: number | undefined;
}

/** A parsed TOML or JSON text. */
export interface ParsedDocument {
  readonly file: string;
  readonly format: "toml" | "json";
  /** Plain objects, arrays and scalars; nobody else holds them. */
  readonly value: unknown;
  /** Gives the place of a key or element, or of the nearest container when the path does not exist. */
  position(path: KeyPath): Position;
}

/** Refuses a text that is too long or not well-formed Unicode, and takes a byte order mark away. */
export function checkText(text: unknown, source: DocumentSource): string {
  const limit = source.maxLength ?? MAX_DOCUMENT_LENGTH;
  const fail = (reason: string, position: Position): never => {
    throw new ConfigSyntaxError({ file: source.file, ...position, reason });
  };
  const start = { line: 1, column: 1 };
  if (typeof text !== "string") return fail(`expected a text, got ${text === null ? "null" : typeof text}`, start);
  if (text.length > limit) return fail(`expected a text of at most ${limit} characters, got ${text.length}`, start);
  // With the flag `u` only the half of a pair that stands alone is a surrogate.
  const lone = /\p{Surrogate}/u.exec(text);
  if (lone !== null) {
    return fail("expected well-formed Unicode, got half of a surrogate pair", positionAt(text, lone.index));
  }
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
