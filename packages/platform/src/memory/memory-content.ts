/** The bytes of one file in memory, growing by doubling so that appending costs what is appended. */

/** One change to a file that a sync has not made durable yet. */
export type ContentChange =
  | { readonly kind: "write"; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number };

export class MemoryContent {
  #bytes: Uint8Array;
  #size: number;

  constructor(initial: Uint8Array = new Uint8Array()) {
    this.#bytes = initial.slice();
    this.#size = initial.length;
  }

  get size(): number {
    return this.#size;
  }

  apply(change: ContentChange): void {
    if (change.kind === "truncate") this.truncate(change.size);
    else this.write(change.offset, change.data);
  }

  write(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2, 64));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(data, offset);
    this.#size = Math.max(this.#size, end);
  }

  truncate(size: number): void {
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    else this.write(size, new Uint8Array());
    this.#size = size;
  }

  /** Gives a copy of the bytes from `offset`, fewer than `length` at the end. */
  read(offset: number, length: number): Uint8Array {
    return this.#bytes.slice(offset, Math.min(offset + length, this.#size));
  }
}
