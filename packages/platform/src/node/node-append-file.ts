/**
 * A file open for appending on disk. Writes are positioned, so that one that failed half-way is overwritten by the
 * next, and go one after the other in the order of the calls.
 *
 * Some kilobytes go to the system's memory in less time than a thread takes to wake up: a small write with nothing before
 * it is made at once, on the calling thread. Only `sync` waits for the disk, and that never blocks.
 */
import { fdatasync, writeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { AppendFile } from "@weftos/interface";

/** Longest write that is made at once. */
const AT_ONCE_BYTES = 128 * 1024;

export class NodeAppendFile implements AppendFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  #size: number;
  #running = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle, path: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async write(data: Uint8Array): Promise<void> {
    if (this.#mayWriteNow(data)) {
      this.#writeNow(data, this.#size);
      this.#size += data.length;
      return;
    }
    await this.#next(async () => {
      await writeAll(this.#handle, data, this.#size);
      this.#size += data.length;
    });
  }

  sync(): Promise<void> {
    return this.#next(
      () =>
        new Promise((resolve, reject) => {
          if (this.#handle.fd < 0) throw this.#failure("EBADF", "bad file descriptor", "fdatasync");
          fdatasync(this.#handle.fd, (error) => (error === null ? resolve() : reject(error)));
        }),
    );
  }

  async writeAt(offset: number, data: Uint8Array): Promise<void> {
    if (this.#mayWriteNow(data)) {
      this.#checkWithin(offset, data);
      this.#writeNow(data, offset);
      return;
    }
    await this.#next(async () => {
      this.#checkWithin(offset, data);
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

  /** Does what waits for the disk or a thread, behind what was asked for before. */
  #next<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#running === 0 ? action() : this.#tail.then(action);
    this.#running += 1;
    const ended = (): void => {
      this.#running -= 1;
    };
    this.#tail = result.then(ended, ended);
    return result;
  }

  #mayWriteNow(data: Uint8Array): boolean {
    return this.#running === 0 && data.length <= AT_ONCE_BYTES;
  }

  #writeNow(data: Uint8Array, offset: number): void {
    if (this.#handle.fd < 0) throw this.#failure("EBADF", "bad file descriptor", "write");
    let written = 0;
    while (written < data.length)
      written += writeSync(this.#handle.fd, data, written, data.length - written, offset + written);
  }

  #checkWithin(offset: number, data: Uint8Array): void {
    if (offset < 0 || offset + data.length > this.#size) throw this.#invalid("write");
  }

  #invalid(syscall: string): Error {
    return this.#failure("EINVAL", "invalid argument, outside the file", syscall);
  }

  #failure(code: string, text: string, syscall: string): Error {
    return Object.assign(new Error(`${code}: ${text}, ${syscall} '${this.#path}'`), {
      code,
      syscall,
      path: this.#path,
    });
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
