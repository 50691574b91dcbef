// The files of the chain as the writer holds them: the current pair, its rotation, the slot of acknowledgement, and the area
// that brings small commits to the disk before the pair does. After a failed write everything behind the committed lengths is
// cut before the next try.
import type { AppendFile, Files } from "@weftos/interface";
import { ACKED_FILE_BYTES, type Acked, encodeSlot, slotOffset } from "../format/acked-slot.ts";
import { lengthOf } from "../format/chunks.ts";
import { ACKED_FILE, contentPath, eventPath } from "../format/file-names.ts";
import { filesSource } from "../verify/chain-source.ts";
import { readArea } from "../verify/redone-source.ts";
import type { EventPlace } from "../verify/walk-options.ts";
import type { SegmentPair } from "./batch.ts";
import { cut, removeIfThere } from "./cut-file.ts";
import { PairFile } from "./pair-file.ts";
import { RedoWriter, writeRedo } from "./redo-writer.ts";

const FILE_MODE = 0o600;

/** Lengths of the current pair. */
export interface PairLengths {
  readonly first: number;
  readonly eventBytes: number;
  readonly contentBytes: number;
}

/** What the files of a chain are made of. */
export interface PairFilesInit {
  readonly files: Files;
  readonly dir: string;
  readonly rotateBytes: number;
  /** Whether there is a disk, which small commits reach sooner by way of an area. */
  readonly disk: boolean;
  /** What was found. */
  readonly start: PairLengths;
  /** Counter of the last acknowledgement. */
  readonly counter: number;
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
  readonly #redo: RedoWriter | undefined;
  #events: PairFile;
  #content: PairFile;
  #acked: AppendFile | undefined;
  #counter: number;
  /** Where the files stand as far as written; committed lengths are the chain's. */
  #written: PairLengths;
  /** Pairs begun by rotations that are not acknowledged yet. */
  #begun: number[] = [];
  /** A write failed and was not rolled back: that a sync succeeds now proves nothing. */
  #failed = false;

  constructor({ files, dir, rotateBytes, disk, start, counter }: PairFilesInit) {
    this.#files = files;
    this.#dir = dir;
    this.#rotateBytes = rotateBytes;
    this.#redo = disk ? new RedoWriter(files, dir) : undefined;
    this.#written = start;
    this.#counter = counter;
    this.#events = new PairFile(files, `${dir}/${eventPath(start.first)}`);
    this.#content = new PairFile(files, `${dir}/${contentPath(start.first)}`);
  }

  /** Writes segments and brings them to the disk. @returns the lengths afterwards, and where each pair of segments lies */
  async write(pairs: readonly SegmentPair[], checkpoint: Uint8Array | undefined): Promise<WrittenPairs> {
    try {
      return await this.#write(pairs, checkpoint);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async #write(pairs: readonly SegmentPair[], checkpoint: Uint8Array | undefined): Promise<WrittenPairs> {
    let events: Uint8Array[] = [];
    let content: Uint8Array[] = [];
    const places: EventPlace[] = [];
    for (const pair of pairs) {
      if (this.#mustRotate(pair, events, content)) {
        await this.#toFiles(events, content);
        events = [];
        content = [];
        await this.#beginPair(pair.first);
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
    if (this.#redo?.takes(lengthOf(events), lengthOf(content)) === true)
      await this.#byArea(this.#redo, events, content);
    else await this.#toFiles(events, content);
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

  /** Brings segments to the disk in the area, and writes them to the files meanwhile. */
  async #byArea(redo: RedoWriter, events: readonly Uint8Array[], content: readonly Uint8Array[]): Promise<void> {
    await allOf([
      redo.keep(this.#written, events, content),
      this.#events.append(events),
      this.#content.append(content),
    ]);
    this.#grown(events, content);
  }

  /** Writes segments to the files and syncs both, with all that the area holds. */
  async #toFiles(events: readonly Uint8Array[], content: readonly Uint8Array[]): Promise<void> {
    await allOf([this.#events.appendSynced(events), this.#content.appendSynced(content)]);
    this.#grown(events, content);
    await this.#redo?.emptied(lengthOf(events) + lengthOf(content));
  }

  #grown(events: readonly Uint8Array[], content: readonly Uint8Array[]): void {
    const { first, eventBytes, contentBytes } = this.#written;
    this.#written = {
      first,
      eventBytes: eventBytes + lengthOf(events),
      contentBytes: contentBytes + lengthOf(content),
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
    if (this.#redo?.holds === true) {
      // Of a file whose sync failed, the system may have dropped what was acknowledged before: it is written once more.
      const redo = await readArea(filesSource(this.#files, this.#dir));
      if (redo !== undefined) await writeRedo(this.#files, this.#dir, redo);
    }
    for (const first of this.#begun) {
      // A rotation had begun: the new pair holds nothing that anybody was told of.
      await removeIfThere(this.#files, `${this.#dir}/${eventPath(first)}`);
      await removeIfThere(this.#files, `${this.#dir}/${contentPath(first)}`);
    }
    this.#begun = [];
    this.#hold({ first: committed.first, eventBytes: committed.eventBytes, contentBytes: committed.contentBytes });
    await cut(this.#files, `${this.#dir}/${eventPath(committed.first)}`, committed.eventBytes);
    await cut(this.#files, `${this.#dir}/${contentPath(committed.first)}`, committed.contentBytes);
    await this.#redo?.remove();
    this.#failed = false;
  }

  /** Replaces a content file by a copy of the same length; nothing may be written meanwhile. */
  async replaceContent(first: number, bytes: Uint8Array): Promise<void> {
    // The area may hold what the copy lacks.
    await allOf([this.#events.sync(), this.#content.sync()]);
    await this.#redo?.remove();
    if (first === this.#written.first) await this.#content.close();
    await this.#files.writeAtomic(`${this.#dir}/${contentPath(first)}`, bytes, { mode: FILE_MODE });
  }

  async close(): Promise<void> {
    try {
      await this.#acked?.sync();
      if (this.#failed) return;
      await allOf([this.#events.sync(), this.#content.sync()]);
      await this.#redo?.remove();
    } finally {
      // What could not be brought to the files is still in the area.
      await this.#closeQuietly();
      await this.#redo?.leave();
    }
  }

  async #beginPair(first: number): Promise<void> {
    await this.#events.close();
    await this.#content.close();
    this.#hold({ first, eventBytes: 0, contentBytes: 0 });
    this.#begun.push(first);
  }

  #hold(lengths: PairLengths): void {
    this.#written = lengths;
    this.#events = new PairFile(this.#files, `${this.#dir}/${eventPath(lengths.first)}`);
    this.#content = new PairFile(this.#files, `${this.#dir}/${contentPath(lengths.first)}`);
  }

  async #closeQuietly(): Promise<void> {
    await Promise.allSettled([this.#events.close(), this.#content.close(), this.#acked?.close()]);
    this.#acked = undefined;
  }
}

/** Waits until all have ended, also when one fails: nothing may be cut or closed before. */
async function allOf(writes: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(writes)) if (outcome.status === "rejected") throw outcome.reason;
}
