// Makes the bytes of a content file without the salt and the content of one event (format document, §5). Nothing moves: a
// record of zeros is as long as what it replaces.
import { CborReader } from "@weftos/crypto";
import { ChainDamagedError } from "../error/chain-errors.ts";
import { isRedacted, readContent } from "../format/content-record.ts";
import { contentPath } from "../format/file-names.ts";
import { FLAG_TOMBSTONE, readSegment, SEGMENT_CONTENT, writeHeader } from "../format/segment.ts";

/**
 * Zeroes the record of an event in the bytes of its content file, in place.
 *
 * @param start - offset of a segment at or before the record
 * @returns false when the record was zeros already
 * @throws `CHAIN_DAMAGED` when the record is not where it must be
 */
export function zeroContent(file: Uint8Array, first: number, start: number, sequence: number): boolean {
  let at = start;
  while (at < file.length) {
    const segment = readSegment(file, at, 0);
    if (typeof segment === "number") throw damaged(first, at, sequence, "the file ends within a segment");
    if ("defect" in segment) throw damaged(first, at, sequence, segment.reason);
    if (segment.id > sequence) break;
    const reader = new CborReader(segment.payload);
    while (reader.offset < segment.payload.length) {
      const record = readContent(reader);
      if (record.sequence !== sequence) continue;
      if (isRedacted(record)) return false;
      record.salt.fill(0);
      record.content.fill(0);
      writeHeader(file, at, SEGMENT_CONTENT, segment.id, segment.payload, FLAG_TOMBSTONE);
      return true;
    }
    at = segment.end;
  }
  throw damaged(first, at, sequence, "the content of the event is not there");
}

function damaged(first: number, offset: number, sequence: number, reason: string): ChainDamagedError {
  const file = contentPath(first);
  return new ChainDamagedError(`${file} is damaged at byte ${offset}, event ${sequence}: ${reason}`, {
    details: { file, offset, sequence, fault: "CHAIN_CONTENT" },
  });
}
