// The framing of every file of the chain (format document, §3). A header is a function of type and payload, so reading
// one means building it again and comparing all 64 bytes.
import { shortHash, writeLength } from "./domain-hash.ts";

export const SEGMENT_EVENTS = 0xf0;
export const SEGMENT_CHECKPOINT = 0xf1;
export const SEGMENT_CONTENT = 0xf2;
export const HEADER_BYTES = 64;
export const MAX_PAYLOAD_BYTES = 1_048_576;
export const FLAG_TOMBSTONE = 0x0020;
const FLAG_CHECKPOINT = 0x0200;
const MAGIC = [0x53, 0x46, 0x56, 0x52] as const;
const ALIGNMENT = 64;
const CHECKSUM_SHAKE = 2;

/** Bytes of padding behind a payload. */
export function paddingOf(payloadBytes: number): number {
  return (ALIGNMENT - (payloadBytes % ALIGNMENT)) % ALIGNMENT;
}

/** Bytes of a whole segment on disk. */
export function segmentBytes(payloadBytes: number): number {
  return HEADER_BYTES + payloadBytes + paddingOf(payloadBytes);
}

/** Writes a header for the payload that lies behind its place; the padding must be zero already. */
export function writeHeader(
  target: Uint8Array,
  at: number,
  type: number,
  id: number,
  payload: Uint8Array,
  flags = 0,
): void {
  target.fill(0, at, at + HEADER_BYTES);
  target.set(MAGIC, at);
  target[at + 4] = 1;
  target[at + 5] = type;
  const allFlags = type === SEGMENT_CHECKPOINT ? FLAG_CHECKPOINT : flags;
  target[at + 6] = allFlags & 0xff;
  target[at + 7] = allFlags >>> 8;
  writeLength(target, at + 8, id);
  writeLength(target, at + 16, payload.length);
  target[at + 32] = CHECKSUM_SHAKE;
  target.set(shortHash(payload), at + 40);
  target[at + 60] = paddingOf(payload.length);
}

/** Makes a whole segment. */
export function encodeSegment(type: number, id: number, payload: Uint8Array, flags = 0): Uint8Array {
  const segment = new Uint8Array(segmentBytes(payload.length));
  segment.set(payload, HEADER_BYTES);
  writeHeader(segment, 0, type, id, payload, flags);
  return segment;
}

/** A segment as it was read; `payload` is a view. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  /** Offset of the header in the file. */
  readonly offset: number;
  /** Offset behind the padding. */
  readonly end: number;
  readonly payload: Uint8Array;
}

/** Why bytes are not a segment. `incomplete`: the file ends before the segment does. */
export interface SegmentDefect {
  readonly defect: "incomplete" | "broken";
  readonly offset: number;
  readonly reason: string;
}

/**
 * Reads the segment at `at` of a buffer that begins at `base` of the file.
 *
 * @returns the segment, a defect, or the bytes that the buffer must hold from `at` on
 */
export function readSegment(buffer: Uint8Array, at: number, base: number): Segment | SegmentDefect | number {
  const offset = base + at;
  if (buffer.length - at < HEADER_BYTES) return HEADER_BYTES;
  const broken = (reason: string): SegmentDefect => ({ defect: "broken", offset, reason });
  for (let i = 0; i < 4; i++) if (buffer[at + i] !== MAGIC[i]) return broken("expected the magic of a segment");
  const type = buffer[at + 5] as number;
  if (type < SEGMENT_EVENTS || type > SEGMENT_CONTENT)
    return broken(`segment type 0x${type.toString(16)} is not known`);
  const length = readNumber(buffer, at + 16);
  if (length < 1 || length > MAX_PAYLOAD_BYTES) return broken(`payload length ${length} is out of range`);
  const total = segmentBytes(length);
  if (buffer.length - at < total) return total;
  const id = readNumber(buffer, at + 8);
  if (!Number.isSafeInteger(id)) return broken("segment id is not a safe integer");
  const flags = (buffer[at + 6] as number) | ((buffer[at + 7] as number) << 8);
  if (
    type === SEGMENT_CONTENT
      ? (flags & ~FLAG_TOMBSTONE) !== 0
      : flags !== (type === SEGMENT_CHECKPOINT ? FLAG_CHECKPOINT : 0)
  ) {
    return broken(`flags 0x${flags.toString(16)} do not belong to the segment type`);
  }
  const payload = buffer.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
  writeHeader(expected, 0, type, id, payload, flags);
  for (let i = 0; i < HEADER_BYTES; i++) {
    if (buffer[at + i] !== expected[i]) return broken(`header byte ${i} does not follow from the payload`);
  }
  for (let i = at + HEADER_BYTES + length; i < at + total; i++) {
    if (buffer[i] !== 0) return broken("padding is not zero");
  }
  return { type, flags, id, offset, end: offset + total, payload };
}

const expected = new Uint8Array(HEADER_BYTES);

/** Reads 8 bytes little-endian; what is too large comes back inexact and larger than any safe integer. */
export function readNumber(buffer: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 7; i >= 0; i--) value = value * 256 + (buffer[at + i] as number);
  return value;
}
