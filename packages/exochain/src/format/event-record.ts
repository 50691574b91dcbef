// One event as it lies on disk (format document, §4): a canonical CBOR array of eleven. Decoding checks every limit;
// links, time and order belong to whoever knows the event before.
import type { CborReader, CborWriter } from "@weftos/crypto";

export const FORMAT_VERSION = 2;
export const EVENT_FIELDS = 11;
export const MAX_EVENT_BYTES = 4096;
export const MAX_CONTENT_BYTES = 262_144;
export const SALT_BYTES = 32;
/** Longest texts in bytes of UTF-8. */
export const TEXT_LIMITS = { source: 256, kind: 512, principal: 1024, agent: 512, key: 512 } as const;

/** An event without what is the same for all events of a chain. */
export interface EventFields {
  readonly chain: Uint8Array;
  readonly sequence: number;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly previous: Uint8Array;
  readonly source: string;
  readonly kind: string;
  readonly node: Uint8Array;
  readonly principal: string | null;
  readonly pid: number | null;
  readonly agent: string | null;
  /** 24 bytes: trace id, span id. */
  readonly trace: Uint8Array | null;
  readonly key: string | null;
  readonly commitment: Uint8Array | null;
}

/** Appends an event to a writer; the caller has checked the limits. */
export function writeEvent(writer: CborWriter, event: EventFields): void {
  writer.arrayHeader(EVENT_FIELDS);
  writer.uint(FORMAT_VERSION);
  writer.bytes(event.chain);
  writer.uint(event.sequence);
  writer.uint(event.time);
  writer.bytes(event.previous);
  writer.text(event.source);
  writer.text(event.kind);
  writer.arrayHeader(4);
  writer.bytes(event.node);
  writeText(writer, event.principal);
  if (event.pid === null) writer.null();
  else writer.uint(event.pid);
  writeText(writer, event.agent);
  writeBytes(writer, event.trace);
  writeText(writer, event.key);
  writeBytes(writer, event.commitment);
}

function writeText(writer: CborWriter, value: string | null): void {
  if (value === null) writer.null();
  else writer.text(value);
}

function writeBytes(writer: CborWriter, value: Uint8Array | null): void {
  if (value === null) writer.null();
  else writer.bytes(value);
}

/** Says that bytes are not an event; the message is the reason. */
export class EventFormError extends Error {}

/**
 * Reads the event at the reader's place. Byte strings are views of the input.
 *
 * @throws EventFormError or `CHAIN_NOT_CANONICAL` when it breaks the form
 */
export function readEvent(reader: CborReader): EventFields {
  const start = reader.offset;
  if (reader.arrayHeader() !== EVENT_FIELDS) throw new EventFormError(`an event is an array of ${EVENT_FIELDS}`);
  if (reader.uint() !== FORMAT_VERSION) throw new EventFormError(`the version of an event is ${FORMAT_VERSION}`);
  const chain = readBytes(reader, 16, "chain id");
  const sequence = reader.uint();
  const time = reader.uint();
  const previous = readBytes(reader, 32, "previous hash");
  const source = readText(reader, TEXT_LIMITS.source, "source");
  const kind = readText(reader, TEXT_LIMITS.kind, "kind");
  if (reader.arrayHeader() !== 4) throw new EventFormError("an actor is an array of 4");
  const node = readBytes(reader, 16, "node");
  const principal = orNull(reader, () => readText(reader, TEXT_LIMITS.principal, "principal"));
  const pid = orNull(reader, () => reader.uint());
  const agent = orNull(reader, () => readText(reader, TEXT_LIMITS.agent, "agent"));
  const trace = orNull(reader, () => readBytes(reader, 24, "trace"));
  const key = orNull(reader, () => readText(reader, TEXT_LIMITS.key, "idempotency key"));
  const commitment = orNull(reader, () => readBytes(reader, 32, "commitment"));
  if (reader.offset - start > MAX_EVENT_BYTES) throw new EventFormError(`an event is at most ${MAX_EVENT_BYTES} bytes`);
  return { chain, sequence, time, previous, source, kind, node, principal, pid, agent, trace, key, commitment };
}

function orNull<T>(reader: CborReader, read: () => T): T | null {
  return reader.peek() === "null" ? reader.null() : read();
}

function readBytes(reader: CborReader, length: number, what: string): Uint8Array {
  const bytes = reader.bytes();
  if (bytes.length !== length) throw new EventFormError(`${what} is ${length} bytes, got ${bytes.length}`);
  return bytes;
}

function readText(reader: CborReader, limit: number, what: string): string {
  const start = reader.offset;
  const text = reader.text();
  // The head of a text takes at least one byte, of one beyond 255 bytes three: exact enough to count without encoding.
  const used = reader.offset - start;
  const bytes = used <= 24 ? used - 1 : used <= 257 ? used - 2 : used - 3;
  if (bytes < 1 || bytes > limit) throw new EventFormError(`${what} is 1 to ${limit} bytes, got ${bytes}`);
  return text;
}
