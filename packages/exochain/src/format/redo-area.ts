// Writes on their way into the files (format document, §10): one area, overwritten in place, that takes what a commit puts
// into both files of the current pair, so that one sync brings it to the disk. What it holds is one stretch of each file.
import { equalBytes } from "@weftos/crypto";
import { joined, lengthOf } from "./chunks.ts";
import { shortHash, writeLength } from "./domain-hash.ts";
import { HEADER_BYTES, readNumber, readSegment } from "./segment.ts";

export const REDO_BYTES = 1_048_576;
/** Entries begin at multiples of this, so that no write touches a block of an entry before it. */
export const REDO_STEP = 4096;
export const REDO_SEAL_BYTES = 16;
/** What the first entry cites as the seal before it. */
export const NO_SEAL: Uint8Array = new Uint8Array(REDO_SEAL_BYTES);

const HEAD_BYTES = 128;
const SEAL_AT = HEAD_BYTES - REDO_SEAL_BYTES;
const MAGIC = [0x57, 0x52, 0x44, 0x4f, 2, 0, 0, 0] as const;

/** Bytes that belong at an offset of a file. */
export interface RedoStretch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What an area holds: the end of a pair of files, at least as far as it was acknowledged. */
export interface Redo {
  /** Name of the pair. */
  readonly first: number;
  readonly events: RedoStretch;
  readonly content: RedoStretch;
}

/** Where an entry's segments belong. */
export interface RedoPlace {
  readonly first: number;
  readonly eventBytes: number;
  readonly contentBytes: number;
}

/** Bytes that an entry takes. */
export function redoBytes(eventBytes: number, contentBytes: number): number {
  return HEAD_BYTES + eventBytes + contentBytes;
}

/** Where the next entry begins behind this many bytes. */
export function redoStep(bytes: number): number {
  return Math.ceil(bytes / REDO_STEP) * REDO_STEP;
}

/** Makes an entry of whole segments. @param before - seal of the entry before it */
export function encodeRedo(
  at: RedoPlace,
  events: readonly Uint8Array[],
  content: readonly Uint8Array[],
  before: Uint8Array,
): { readonly bytes: Uint8Array; readonly seal: Uint8Array } {
  const eventBytes = lengthOf(events);
  const contentBytes = lengthOf(content);
  const bytes = new Uint8Array(redoBytes(eventBytes, contentBytes));
  bytes.set(MAGIC);
  writeLength(bytes, 8, at.first);
  writeLength(bytes, 16, at.eventBytes);
  writeLength(bytes, 24, eventBytes);
  writeLength(bytes, 32, at.contentBytes);
  writeLength(bytes, 40, contentBytes);
  bytes.set(before, 48);
  let offset = HEAD_BYTES;
  for (const segment of [...events, ...content]) {
    bytes.set(segment, offset);
    offset += segment.length;
  }
  const seal = sealOf(bytes, [...events, ...content]);
  bytes.set(seal, SEAL_AT);
  return { bytes, seal };
}

/**
 * Reads what an area holds: the whole entries from its start on that follow each other. Undefined when there is none.
 *
 * An entry counts when its seal and the hash of each of its segments are right. What an older round left behind the newest
 * entry cites another seal.
 */
export function decodeRedo(area: Uint8Array): Redo | undefined {
  const entries: Entry[] = [];
  let at = 0;
  for (;;) {
    const last = entries.at(-1);
    const entry = readEntry(area, at);
    if (entry === undefined || !equalBytes(entry.before, last?.seal ?? NO_SEAL)) break;
    if (last !== undefined && !follows(last, entry)) break;
    entries.push(entry);
    at += redoStep(redoBytes(entry.events.length, entry.content.length));
  }
  const [first] = entries;
  if (first === undefined) return undefined;
  return {
    first: first.first,
    events: { offset: first.eventOffset, bytes: joined(entries.map(({ events }) => events)) },
    content: { offset: first.contentOffset, bytes: joined(entries.map(({ content }) => content)) },
  };
}

interface Entry {
  readonly first: number;
  readonly eventOffset: number;
  readonly events: Uint8Array;
  readonly contentOffset: number;
  readonly content: Uint8Array;
  readonly before: Uint8Array;
  readonly seal: Uint8Array;
}

function readEntry(area: Uint8Array, at: number): Entry | undefined {
  if (at + HEAD_BYTES > area.length || MAGIC.some((byte, i) => area[at + i] !== byte)) return undefined;
  const eventBytes = readNumber(area, at + 24);
  const contentBytes = readNumber(area, at + 40);
  const eventsAt = at + HEAD_BYTES;
  const contentAt = eventsAt + eventBytes;
  const end = contentAt + contentBytes;
  if (end > area.length) return undefined;
  const events = area.subarray(eventsAt, contentAt);
  const content = area.subarray(contentAt, end);
  const segments = [segmentsOf(events), segmentsOf(content)];
  if (segments.includes(undefined)) return undefined;
  const seal = area.slice(at + SEAL_AT, at + HEAD_BYTES);
  if (!equalBytes(sealOf(area.subarray(at, end), segments.flat() as Uint8Array[]), seal)) return undefined;
  return {
    first: readNumber(area, at + 8),
    eventOffset: readNumber(area, at + 16),
    events,
    contentOffset: readNumber(area, at + 32),
    content,
    before: area.slice(at + 48, at + 48 + REDO_SEAL_BYTES),
    seal,
  };
}

function follows(last: Entry, next: Entry): boolean {
  return (
    next.first === last.first &&
    next.eventOffset === last.eventOffset + last.events.length &&
    next.contentOffset === last.contentOffset + last.content.length
  );
}

/** Cuts bytes into segments, each checked; undefined when they are not segments to their end. */
function segmentsOf(bytes: Uint8Array): Uint8Array[] | undefined {
  const segments: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const segment = readSegment(bytes, at, 0);
    if (typeof segment === "number" || "defect" in segment) return undefined;
    segments.push(bytes.subarray(at, segment.end));
    at = segment.end;
  }
  return segments;
}

/** The headers of segments commit to their payloads: a seal over them covers all bytes of an entry. */
function sealOf(entry: Uint8Array, segments: readonly Uint8Array[]): Uint8Array {
  const sealed = new Uint8Array(SEAL_AT + segments.length * HEADER_BYTES);
  sealed.set(entry.subarray(0, SEAL_AT));
  segments.forEach((segment, i) => {
    sealed.set(segment.subarray(0, HEADER_BYTES), SEAL_AT + i * HEADER_BYTES);
  });
  return shortHash(sealed);
}
