// One file of the current pair: opened at its first write, and aware of whether the disk lacks some of it.
import type { AppendFile, Files } from "@weftos/interface";
import { joined } from "../format/chunks.ts";
import { writeSynced } from "./write-synced.ts";

const FILE_MODE = 0o600;

export class PairFile {
  readonly #files: Files;
  readonly #path: string;
  #file: AppendFile | undefined;
  #unsynced = false;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Appends segments; the disk has them after the next sync. */
  async append(segments: readonly Uint8Array[]): Promise<void> {
    if (segments.length === 0) return;
    const file = await this.#open();
    this.#unsynced = true;
    await file.write(joined(segments));
  }

  /** Appends segments and brings all that was written to the disk. */
  async appendSynced(segments: readonly Uint8Array[]): Promise<void> {
    if (segments.length === 0) return await this.sync();
    const file = await this.#open();
    this.#unsynced = true;
    await writeSynced(file, segments);
    this.#unsynced = false;
  }

  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    await this.#file?.sync();
    this.#unsynced = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(): Promise<AppendFile> {
    this.#file ??= await this.#files.openAppend(this.#path, { mode: FILE_MODE });
    return this.#file;
  }
}
