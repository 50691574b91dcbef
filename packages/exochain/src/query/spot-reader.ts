// Reads single events from where the index says they lie, whatever their segments weigh. The event's hash and the
// commitment to its payload tell whether it is what the index means.
import { CborReader, equalBytes } from "@weftos/crypto";
import { type ContentRecord, isRedacted, readContent } from "../format/content-record.ts";
import { eventHash, payloadCommitment } from "../format/domain-hash.ts";
import { MAX_CONTENT_BYTES, MAX_EVENT_BYTES, readEvent } from "../format/event-record.ts";
import { contentPath, eventPath } from "../format/file-names.ts";
import { type StoredEvent, storedEvent } from "../reader/stored-event.ts";
import type { ChainSource, SourceFile } from "../verify/chain-source.ts";
import { NO_CONTENT, type Spot } from "./block.ts";
import { checkOf } from "./open-block.ts";

const FIRST_READ_BYTES = 2048;
/** Head of the array, sequence, salt and the head of the content. */
const RECORD_OVERHEAD = 64;

/** Files of the chain, opened when first asked for and closed together. */
export class SpotReader {
  readonly #source: ChainSource;
  readonly #files = new Map<string, Promise<SourceFile | undefined>>();

  constructor(source: ChainSource) {
    this.#source = source;
  }

  /**
   * Reads an event; undefined when another lies there, or none.
   *
   * @param first - name of its pair of files
   * @param hidden - whether its content is not to be shown, though it is still there
   */
  async read(sequence: number, first: number, spot: Spot, hidden: boolean): Promise<StoredEvent | undefined> {
    const [file, content] = await Promise.all([
      this.#open(eventPath(first)),
      spot.contentOffset === NO_CONTENT ? undefined : this.#open(contentPath(first)),
    ]);
    const [bytes, record] = await Promise.all([
      file === undefined ? undefined : readItem(file, spot.eventOffset, MAX_EVENT_BYTES, readEvent),
      content === undefined
        ? undefined
        : readItem(content, spot.contentOffset, MAX_CONTENT_BYTES + RECORD_OVERHEAD, readContent),
    ]);
    if (bytes === undefined || bytes.item.sequence !== sequence) return undefined;
    const { item: event } = bytes;
    const hash = eventHash(bytes.bytes);
    if (checkOf(hash) !== spot.check) return undefined;
    if ((event.commitment !== null) !== (record !== undefined)) return undefined;
    if (record !== undefined && !belongs(record.item, sequence, event.commitment)) return undefined;
    return storedEvent(event, hash, record?.item, hidden);
  }

  async close(): Promise<void> {
    const files = await Promise.allSettled(this.#files.values());
    for (const file of files) if (file.status === "fulfilled") await file.value?.close();
  }

  async #open(path: string): Promise<SourceFile | undefined> {
    const opened = this.#files.get(path) ?? this.#source.open(path);
    this.#files.set(path, opened);
    return await opened;
  }
}

function belongs(record: ContentRecord, sequence: number, commitment: Uint8Array | null): boolean {
  if (record.sequence !== sequence || commitment === null) return false;
  return isRedacted(record) || equalBytes(payloadCommitment(record.salt, record.content), commitment);
}

async function readItem<T>(
  file: SourceFile,
  offset: number,
  mostBytes: number,
  read: (reader: CborReader) => T,
): Promise<{ readonly item: T; readonly bytes: Uint8Array } | undefined> {
  for (const length of [FIRST_READ_BYTES, mostBytes]) {
    const bytes = await file.read(offset, length);
    try {
      const reader = new CborReader(bytes);
      const item = read(reader);
      return { item, bytes: bytes.subarray(0, reader.offset) };
    } catch {
      // It may be longer than the first read; if it is broken, the second fails as well.
    }
  }
  return undefined;
}
