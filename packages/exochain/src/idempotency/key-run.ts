// A sorted file of idempotency keys under `cache/keys`: a key is 16 bytes of its hash, then its sequence and event hash.
// In memory are one number for 64 keys, and a Bloom filter that tells nearly every absent key without a look at the disk.
import { equalBytes } from "@weftos/crypto";
import type { Files, ReadFile } from "@weftos/interface";
import { shortHash, writeLength } from "../format/domain-hash.ts";
import { KEYS_FOLDER } from "../format/file-names.ts";
import { readNumber } from "../format/segment.ts";

/** What is known of a key: the receipt of its first append. */
export interface KnownKey {
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** A run as the cache names it. */
export interface RunName {
  /** Least sequence in it, which is its file's name. */
  readonly first: number;
  readonly count: number;
  /** H16 of the head of its file. */
  readonly check: Uint8Array;
}

const ID_BYTES = 16;
const HASH_AT = 24;
const ENTRY_BYTES = 56;
const PER_BUCKET = 64;
/** Per bucket: the first four bytes of its first id, and of the hash of its bytes. */
const FENCE_BYTES = 8;
const FILTER_BITS_PER_KEY = 12;
const PROBES = 6;

/** Reduces a key to what a run is sorted by. */
export function keyIdentity(key: string): Uint8Array {
  return shortHash(new TextEncoder().encode(key));
}

export class KeyRun {
  readonly name: RunName;
  readonly #file: ReadFile;
  readonly #head: Uint8Array;
  readonly #buckets: number;

  private constructor(name: RunName, file: ReadFile, head: Uint8Array) {
    this.name = name;
    this.#file = file;
    this.#head = head;
    this.#buckets = Math.ceil(name.count / PER_BUCKET);
  }

  /** Writes keys down. @param keys - at least one */
  static async write(files: Files, dir: string, keys: ReadonlyMap<string, KnownKey>): Promise<KeyRun> {
    const sorted = [...keys].map(([key, known]) => ({ id: keyIdentity(key), ...known }));
    sorted.sort((a, b) => compareIds(a.id, 0, b.id));
    const headBytes = headBytesOf(sorted.length);
    const bytes = new Uint8Array(headBytes + sorted.length * ENTRY_BYTES);
    const fences = Math.ceil(sorted.length / PER_BUCKET) * FENCE_BYTES;
    const filter = bytes.subarray(fences, headBytes);
    let first = Number.MAX_SAFE_INTEGER;
    for (const [i, { id, sequence, hash }] of sorted.entries()) {
      const at = headBytes + i * ENTRY_BYTES;
      bytes.set(id, at);
      writeLength(bytes, at + ID_BYTES, sequence);
      bytes.set(hash, at + HASH_AT);
      for (const bit of bitsOf(id, filter.length * 8))
        filter[bit >>> 3] = (filter[bit >>> 3] as number) | (1 << (bit & 7));
      first = Math.min(first, sequence);
    }
    for (let bucket = 0; bucket * PER_BUCKET < sorted.length; bucket++) {
      const at = headBytes + bucket * PER_BUCKET * ENTRY_BYTES;
      const entries = bytes.subarray(at, Math.min(at + PER_BUCKET * ENTRY_BYTES, bytes.length));
      bytes.set(entries.subarray(0, 4), bucket * FENCE_BYTES);
      bytes.set(shortHash(entries).subarray(0, 4), bucket * FENCE_BYTES + 4);
    }
    const path = `${dir}/${KEYS_FOLDER}`;
    await files.makeFolder(path, { mode: 0o700 });
    await files.writeAtomic(pathOf(dir, first), bytes, { mode: 0o600 });
    const head = bytes.slice(0, headBytes);
    const name = { first, count: sorted.length, check: shortHash(head) };
    return new KeyRun(name, await files.openRead(pathOf(dir, first)), head);
  }

  /** Opens a run; undefined when it is not the one that was written. */
  static async open(files: Files, dir: string, name: RunName): Promise<KeyRun | undefined> {
    const path = pathOf(dir, name.first);
    const headBytes = headBytesOf(name.count);
    if ((await files.stat(path))?.size !== headBytes + name.count * ENTRY_BYTES) return undefined;
    const file = await files.openRead(path);
    const head = await file.read(0, headBytes);
    if (equalBytes(shortHash(head), name.check)) return new KeyRun(name, file, head);
    await file.close();
    return undefined;
  }

  /** Looks a key up. @throws when the file is not what was written any more */
  find(id: Uint8Array): KnownKey | undefined {
    const fences = this.#buckets * FENCE_BYTES;
    for (const bit of bitsOf(id, (this.#head.length - fences) * 8)) {
      if (((this.#head[fences + (bit >>> 3)] as number) & (1 << (bit & 7))) === 0) return undefined;
    }
    // Ids whose first four bytes are equal may lie on both sides of a fence.
    for (let bucket = this.#bucketBefore(id); bucket < this.#buckets; bucket++) {
      if (compareFour(this.#head, bucket * FENCE_BYTES, id) > 0) return undefined;
      const entries = this.#read(bucket);
      for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
        const order = compareIds(entries, at, id);
        if (order > 0) return undefined;
        if (order === 0) {
          return {
            sequence: readNumber(entries, at + ID_BYTES),
            hash: entries.slice(at + HASH_AT, at + ENTRY_BYTES),
          };
        }
      }
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** The last bucket that begins below an id, or the first. */
  #bucketBefore(id: Uint8Array): number {
    let low = 0;
    let high = this.#buckets;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareFour(this.#head, middle * FENCE_BYTES, id) < 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #read(bucket: number): Uint8Array {
    const from = bucket * PER_BUCKET;
    const count = Math.min(PER_BUCKET, this.name.count - from);
    const entries = this.#file.readNow(this.#head.length + from * ENTRY_BYTES, count * ENTRY_BYTES);
    const check = this.#head.subarray(bucket * FENCE_BYTES + 4, bucket * FENCE_BYTES + FENCE_BYTES);
    if (!equalBytes(shortHash(entries).subarray(0, 4), check)) {
      throw Object.assign(new Error(`a file of idempotency keys changed: ${this.name.first}`), { code: "EIO" });
    }
    return entries;
  }
}

/** Gives the path of a run. */
export function pathOf(dir: string, first: number): string {
  return `${dir}/${KEYS_FOLDER}/${runFile(first)}`;
}

/** Gives the name of a run's file. */
export function runFile(first: number): string {
  return `${String(first).padStart(12, "0")}.keys`;
}

function headBytesOf(count: number): number {
  return Math.ceil(count / PER_BUCKET) * FENCE_BYTES + Math.ceil((count * FILTER_BITS_PER_KEY) / 64) * 8;
}

/** The bits of a filter that stand for an id: its own bytes are as good as any hash of them. */
function* bitsOf(id: Uint8Array, bits: number): Generator<number> {
  const view = new DataView(id.buffer, id.byteOffset, ID_BYTES);
  const start = view.getUint32(4, true);
  const step = view.getUint32(8, true) | 1;
  for (let probe = 0; probe < PROBES; probe++) yield ((start + probe * step) >>> 0) % bits;
}

function compareFour(bytes: Uint8Array, at: number, id: Uint8Array): number {
  for (let i = 0; i < 4; i++) {
    const difference = (bytes[at + i] as number) - (id[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIds(bytes: Uint8Array, at: number, id: Uint8Array): number {
  for (let i = 0; i < ID_BYTES; i++) {
    const difference = (bytes[at + i] as number) - (id[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
