/**
 * Reads the records of a journal in order and tells a torn tail from damage.
 *
 * Torn, to be cut off: an incomplete header or record at the end of the file, a last record that fails its checksum,
 * or one after which the file holds zeros only. All else that cannot be read is damage.
 */
import type { ReadFile } from "@weftos/interface";
import { crc32c } from "./crc32c.ts";
import { JournalDamagedError } from "./journal-error.ts";
import { JOURNAL_MAGIC, RECORD_HEADER_BYTES, readRecordHeader } from "./record-format.ts";

const CHUNK_BYTES = 256 * 1024;

/** A file read through a window, so that small records do not each cost a call. */
class Window {
  readonly #file: ReadFile;
  readonly end: number;
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;

  constructor(file: ReadFile, end: number) {
    this.#file = file;
    this.end = end;
  }

  /** Gives `length` bytes from `offset`, fewer at the end; a view, valid for ever as windows are not reused. */
  async take(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.end - offset));
    if (offset < this.#start || offset + wanted > this.#start + this.#bytes.length) {
      this.#start = offset;
      this.#bytes = await this.#file.read(offset, Math.min(Math.max(wanted, CHUNK_BYTES), this.end - offset));
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + wanted);
  }

  async zerosFrom(offset: number): Promise<boolean> {
    for (let at = offset; at < this.end; at += CHUNK_BYTES) {
      if ((await this.take(at, CHUNK_BYTES)).some((byte) => byte !== 0)) return false;
    }
    return true;
  }
}

/**
 * Yields the records of a journal; returns the offset at which the whole ones end.
 *
 * @param end - bytes of the file to read, its size at most
 * @throws JournalDamagedError (`KERNEL_JOURNAL_DAMAGED`)
 */
export async function* scanRecords(
  file: ReadFile,
  path: string,
  end: number,
  maxRecordBytes: number,
): AsyncGenerator<Uint8Array, number, undefined> {
  const window = new Window(file, end);
  checkMagic(await window.take(0, JOURNAL_MAGIC.length), path);
  let offset = Math.min(JOURNAL_MAGIC.length, end);
  while (offset < end) {
    const body = offset + RECORD_HEADER_BYTES;
    if (body > end) return offset;
    const header = readRecordHeader(await window.take(offset, RECORD_HEADER_BYTES));
    if (header === undefined || header.length > maxRecordBytes) {
      if (header === undefined && (await window.zerosFrom(body))) return offset;
      throw damaged(path, offset, "length", `a record of at most ${maxRecordBytes} bytes`);
    }
    if (body + header.length > end) return offset;
    const record = await window.take(body, header.length);
    if (crc32c(record) !== header.check) {
      if (await window.zerosFrom(body + header.length)) return offset;
      throw damaged(path, offset, "checksum", "a record that matches its checksum");
    }
    yield record;
    offset = body + header.length;
  }
  return offset;
}

function checkMagic(found: Uint8Array, path: string): void {
  const version = JOURNAL_MAGIC.length - 1;
  const whole = found.length === JOURNAL_MAGIC.length;
  if (found.subarray(0, version).some((byte, index) => byte !== JOURNAL_MAGIC[index]) || (!whole && found.length > 0)) {
    throw damaged(path, 0, "header", "the header of a journal");
  }
  if (whole && found[version] !== JOURNAL_MAGIC[version]) {
    throw damaged(path, version, "version", `version ${JOURNAL_MAGIC[version]}`, `, got version ${found[version]}`);
  }
}

function damaged(
  path: string,
  offset: number,
  fault: JournalDamagedError["details"]["fault"],
  expected: string,
  got = ", got other bytes",
): JournalDamagedError {
  return new JournalDamagedError(`${path}: expected ${expected} at offset ${offset}${got}`, {
    details: { path, offset, fault },
  });
}
