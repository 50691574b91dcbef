/**
 * A file open for appending on disk. Writes are positioned, so that one that failed half-way is overwritten by the
 * next, and go one after the other in the order of the calls.
 */
import type { FileHandle } from "node:fs/promises";
import type { AppendFile } from "@weftos/interface";

export class NodeAppendFile implements AppendFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  #size: number;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle, path: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  write(data: Uint8Array): Promise<void> {
    return this.#next(async () => {
      await writeAll(this.#handle, data, this.#size);
      this.#size += data.length;
    });
  }

  sync(): Promise<void> {
    return this.#next(() => this.#handle.datasync());
  }

  writeAt(offset: number, data: Uint8Array): Promise<void> {
    return this.#next(async () => {
      if (offset < 0 || offset + data.length > this.#size) throw this.#invalid("write");
      await writeAll(this.#handle, data, offset);
    });
  }

  truncate(size: number): Promise<void> {
    return this.#next(async () => {
      if (size < 0 || size > this.#size) throw this.#invalid("ftruncate");
      await this.#handle.truncate(size);
      this.#size = size;
    });
  }

  close(): Promise<void> {
    return this.#next(() => this.#handle.close());
  }

  #next<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(action);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #invalid(syscall: string): Error {
    const message = `EINVAL: invalid argument, ${syscall} '${this.#path}' lies outside the file`;
    return Object.assign(new Error(message), { code: "EINVAL", syscall, path: this.#path });
  }
}

/** Writes all of `data` at `offset`; the system may take it in parts. */
async function writeAll(handle: FileHandle, data: Uint8Array, offset: number): Promise<void> {
  let written = 0;
  while (written < data.length) {
    const { bytesWritten } = await handle.write(data, written, data.length - written, offset + written);
    written += bytesWritten;
  }
}
