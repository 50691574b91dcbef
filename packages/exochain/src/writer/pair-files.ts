// The files of the chain as the writer holds them: the current pair, its rotation, the slot of acknowledgement. After a
// failed write everything behind the committed lengths is cut before the next try.
import type { AppendFile, Files } from "@weftos/interface";
import { ACKED_FILE_BYTES, type Acked, encodeSlot, slotOffset } from "../format/acked-slot.ts";
import { ACKED_FILE, contentPath, eventPath } from "../format/file-names.ts";
import type { EventPlace } from "../verify/walk-options.ts";
import type { SegmentPair } from "./batch.ts";
import { lengthOf, writeSynced } from "./write-synced.ts";

const FILE_MODE = 0o600;

/** Lengths of the current pair. */
export interface PairLengths {
  readonly first: number;
  readonly eventBytes: number;
  readonly contentBytes: number;
}

/** What a write came to. */
export interface WrittenPairs {
  readonly lengths: PairLengths;
  readonly places: readonly EventPlace[];
}

export class PairFiles {
  readonly #files: Files;
  readonly #dir: string;
  readonly #rotateBytes: number;
  #events: AppendFile | undefined;
  #content: AppendFile | undefined;
  #acked: AppendFile | undefined;
  #counter: number;
  /** Where the files stand as far as written; committed lengths are the chain's. */
  #written: PairLengths;
  /** Pairs begun by rotations that are not acknowledged yet. */
  #begun: number[] = [];

  constructor(files: Files, dir: string, rotateBytes: number, start: PairLengths, counter: number) {
    this.#files = files;
    this.#dir = dir;
    this.#rotateBytes = rotateBytes;
    this.#written = start;
    this.#counter = counter;
  }

  /** Writes segments and syncs both files. @returns the lengths afterwards, and where each pair of segments lies */
  async write(pairs: readonly SegmentPair[], checkpoint: Uint8Array | undefined): Promise<WrittenPairs> {
    let events: Uint8Array[] = [];
    let content: Uint8Array[] = [];
    const places: EventPlace[] = [];
    for (const pair of pairs) {
      if (this.#mustRotate(pair, events, content)) {
        await this.#flush(events, content);
        events = [];
        content = [];
        await this.#closePair();
        this.#written = { first: pair.first, eventBytes: 0, contentBytes: 0 };
        this.#begun.push(pair.first);
      }
      places.push({
        first: this.#written.first,
        eventOffset: this.#written.eventBytes + lengthOf(events),
        contentOffset: this.#written.contentBytes + lengthOf(content),
      });
      events.push(pair.events);
      if (pair.content !== undefined) content.push(pair.content);
    }
    if (checkpoint !== undefined) events.push(checkpoint);
    await this.#flush(events, content);
    return { lengths: this.#written, places };
  }

  #mustRotate(pair: SegmentPair, events: readonly Uint8Array[], content: readonly Uint8Array[]): boolean {
    const eventBytes = this.#written.eventBytes + lengthOf(events);
    if (eventBytes === 0) return false;
    const contentBytes = this.#written.contentBytes + lengthOf(content);
    return (
      eventBytes + pair.events.length > this.#rotateBytes ||
      contentBytes + (pair.content?.length ?? 0) > this.#rotateBytes
    );
  }

  async #flush(events: readonly Uint8Array[], content: readonly Uint8Array[]): Promise<void> {
    const { first } = this.#written;
    const writes: Promise<void>[] = [];
    if (events.length > 0) {
      this.#events ??= await this.#files.openAppend(`${this.#dir}/${eventPath(first)}`, { mode: FILE_MODE });
      writes.push(writeSynced(this.#events, events));
    }
    if (content.length > 0) {
      this.#content ??= await this.#files.openAppend(`${this.#dir}/${contentPath(first)}`, { mode: FILE_MODE });
      writes.push(writeSynced(this.#content, content));
    }
    // Both must have ended before anything is cut or closed, also when one fails.
    for (const outcome of await Promise.allSettled(writes)) if (outcome.status === "rejected") throw outcome.reason;
    this.#written = {
      first,
      eventBytes: this.#written.eventBytes + lengthOf(events),
      contentBytes: this.#written.contentBytes + lengthOf(content),
    };
  }

  /** Writes the slot; not synced here (format document, §10). */
  async acknowledge(events: number, head: Uint8Array): Promise<void> {
    const path = `${this.#dir}/${ACKED_FILE}`;
    if (this.#acked === undefined) {
      this.#acked = await this.#files.openAppend(path, { mode: FILE_MODE });
      if (this.#acked.size < ACKED_FILE_BYTES)
        await this.#acked.write(new Uint8Array(ACKED_FILE_BYTES - this.#acked.size));
    }
    this.#counter += 1;
    const acked: Acked = { counter: this.#counter, events, head, ...this.#written };
    await this.#acked.writeAt(slotOffset(this.#counter), encodeSlot(acked));
    this.#begun = [];
  }

  /** Takes what an opening found behind the acknowledged lengths for the chain's own: brings it to the disk, and acknowledges it. */
  async adopt(events: number, head: Uint8Array): Promise<void> {
    const { first } = this.#written;
    for (const path of [`${this.#dir}/${eventPath(first)}`, `${this.#dir}/${contentPath(first)}`]) {
      if ((await this.#files.stat(path)) === undefined) continue;
      const file = await this.#files.openAppend(path);
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    }
    await this.acknowledge(events, head);
  }

  /** Brings the slot to the disk. */
  async syncAcknowledged(): Promise<void> {
    await this.#acked?.sync();
  }

  /** Goes back to committed lengths after a failed write. */
  async rollback(committed: PairLengths): Promise<void> {
    await this.#closeQuietly();
    for (const first of this.#begun) {
      // A rotation had begun: the new pair holds nothing that anybody was told of.
      await removeIfThere(this.#files, `${this.#dir}/${eventPath(first)}`);
      await removeIfThere(this.#files, `${this.#dir}/${contentPath(first)}`);
    }
    this.#begun = [];
    this.#written = { first: committed.first, eventBytes: committed.eventBytes, contentBytes: committed.contentBytes };
    await cut(this.#files, `${this.#dir}/${eventPath(committed.first)}`, committed.eventBytes);
    await cut(this.#files, `${this.#dir}/${contentPath(committed.first)}`, committed.contentBytes);
  }

  /** Replaces a content file by a copy of the same length; nothing may be written meanwhile. */
  async replaceContent(first: number, bytes: Uint8Array): Promise<void> {
    if (first === this.#written.first) {
      await this.#content?.close();
      this.#content = undefined;
    }
    await this.#files.writeAtomic(`${this.#dir}/${contentPath(first)}`, bytes, { mode: FILE_MODE });
  }

  async close(): Promise<void> {
    await this.#acked?.sync();
    await this.#closeQuietly();
  }

  async #closePair(): Promise<void> {
    await this.#events?.close();
    await this.#content?.close();
    this.#events = undefined;
    this.#content = undefined;
  }

  async #closeQuietly(): Promise<void> {
    await Promise.allSettled([this.#events?.close(), this.#content?.close(), this.#acked?.close()]);
    this.#events = undefined;
    this.#content = undefined;
    this.#acked = undefined;
  }
}

/** Cuts a file to a length, durably; a file that should hold nothing is removed. */
export async function cut(files: Files, path: string, bytes: number): Promise<void> {
  const stat = await files.stat(path);
  if (stat === undefined) return;
  if (bytes === 0) return await files.remove(path);
  // A failed write may have left bytes that the size does not count: the handle is cut even at its own length.
  const file = await files.openAppend(path);
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removeIfThere(files: Files, path: string): Promise<void> {
  if ((await files.stat(path)) !== undefined) await files.remove(path);
}
