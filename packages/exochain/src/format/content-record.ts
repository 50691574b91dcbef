// Salt and content of one event's payload (format document, §5), apart from the event so that they can be destroyed.
import type { CborReader, CborWriter } from "@weftos/crypto";
import { EventFormError, MAX_CONTENT_BYTES, SALT_BYTES } from "./event-record.ts";

/** A content record as it was read; salt and content are views. */
export interface ContentRecord {
  readonly sequence: number;
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
}

/** Appends a record to a writer. */
export function writeContent(writer: CborWriter, record: ContentRecord): void {
  writer.arrayHeader(3);
  writer.uint(record.sequence);
  writer.bytes(record.salt);
  writer.bytes(record.content);
}

/** Reads the record at the reader's place. @throws EventFormError or `CHAIN_NOT_CANONICAL` when it breaks the form */
export function readContent(reader: CborReader): ContentRecord {
  if (reader.arrayHeader() !== 3) throw new EventFormError("a content record is an array of 3");
  const sequence = reader.uint();
  const salt = reader.bytes();
  if (salt.length !== SALT_BYTES) throw new EventFormError(`a salt is ${SALT_BYTES} bytes, got ${salt.length}`);
  const content = reader.bytes();
  if (content.length < 1 || content.length > MAX_CONTENT_BYTES) {
    throw new EventFormError(`content is 1 to ${MAX_CONTENT_BYTES} bytes, got ${content.length}`);
  }
  return { sequence, salt, content };
}

/** Tells whether a record was redacted: nothing but zeros is left. */
export function isRedacted(record: ContentRecord): boolean {
  return record.salt.every((byte) => byte === 0) && record.content.every((byte) => byte === 0);
}
