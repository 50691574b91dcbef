// The files of the cache of tiles as proofs read them. A proof needs nearly all hashes between the leaves and the root of each
// tile on its way: they are made once for a tile and kept with it, the upper tiles for long, since they are part of most proofs.
import type { Files, ReadFile } from "@weftos/interface";
import { nodeHash } from "../merkle/merkle-frontier.ts";
import type { HashReader } from "./merkle-proof.ts";
import { HASH_BYTES, TILE_HEIGHT, TILE_WIDTH } from "./tile-layout.ts";

/** Tiles with their hashes that are kept, 16 KiB each: of the lowest level, and of those above it. */
const MAX_LEAF_TILES = 32;
const MAX_UPPER_TILES = 128;
const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** All hashes of a full tile: the root at 1, what is below `n` at `2n` and `2n + 1`. */
class TileTree {
  readonly #nodes = new Uint8Array(2 * TILE_BYTES);

  constructor(hashes: Uint8Array) {
    this.#nodes.set(hashes, TILE_BYTES);
    for (let n = TILE_WIDTH - 1; n > 0; n--)
      this.#nodes.set(nodeHash(this.#at(2 * n), this.#at(2 * n + 1)), n * HASH_BYTES);
  }

  /** Gives a copy of the root of 2^`height` hashes, the `place`th of that height. */
  root(height: number, place: number): Uint8Array {
    return this.#at(2 ** (TILE_HEIGHT - height) + place).slice();
  }

  #at(n: number): Uint8Array {
    return this.#nodes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES);
  }
}

/** Full tiles, which never change; of too many the oldest is forgotten. */
class KeptTiles {
  readonly #most: number;
  readonly #tiles = new Map<string, TileTree>();

  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): TileTree | undefined {
    return this.#tiles.get(name);
  }

  keep(name: string, hashes: Uint8Array): TileTree {
    const tile = new TileTree(hashes);
    const [oldest] = this.#tiles.size < this.#most ? [] : this.#tiles.keys();
    if (oldest !== undefined) this.#tiles.delete(oldest);
    this.#tiles.set(name, tile);
    return tile;
  }

  clear(): void {
    this.#tiles.clear();
  }
}

/** Open from the first use on, since opening costs more than the proof. */
export class TileHashes {
  readonly #files: Pick<Files, "openRead">;
  readonly #folder: string;
  readonly #open = new Map<number, ReadFile>();
  readonly #leaves = new KeptTiles(MAX_LEAF_TILES);
  readonly #upper = new KeptTiles(MAX_UPPER_TILES);
  /** The last tile of each level, as it was read for the proof at work. */
  readonly #partial = new Map<string, Uint8Array>();

  constructor(files: Pick<Files, "openRead">, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Gives the root of any complete subtree. */
  readonly read: HashReader = async (level, index) => {
    const height = level % TILE_HEIGHT;
    const tileLevel = (level - height) / TILE_HEIGHT;
    const width = 2 ** height;
    const tile = Math.floor((index * width) / TILE_WIDTH);
    const inside = index * width - tile * TILE_WIDTH;
    const name = `${tileLevel} ${tile}`;
    const kept = tileLevel === 0 ? this.#leaves : this.#upper;
    const known = kept.get(name);
    if (known !== undefined) return known.root(height, inside / width);
    // 8 KiB that were written a moment ago, or lie in the memory of the system: waiting for a turn takes longer.
    const hashes = this.#partial.get(name) ?? (await this.#file(tileLevel)).readNow(tile * TILE_BYTES, TILE_BYTES);
    if (hashes.length === TILE_BYTES) return kept.keep(name, hashes).root(height, inside / width);
    this.#partial.set(name, hashes);
    const bytes = hashes.subarray(inside * HASH_BYTES, (inside + width) * HASH_BYTES);
    return rootOfRow(checkLength(bytes, tileLevel, index * width, width));
  };

  /** Forgets what may have grown since it was read. */
  refresh(): void {
    this.#partial.clear();
  }

  /** Gives hashes in a row of one level of tiles. */
  async bytes(tileLevel: number, first: number, count: number): Promise<Uint8Array> {
    const file = await this.#file(tileLevel);
    return checkLength(await file.read(first * HASH_BYTES, count * HASH_BYTES), tileLevel, first, count);
  }

  async #file(tileLevel: number): Promise<ReadFile> {
    const file = this.#open.get(tileLevel) ?? (await this.#files.openRead(`${this.#folder}/${tileLevel}`));
    this.#open.set(tileLevel, file);
    return file;
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#leaves.clear();
    this.#upper.clear();
    this.#partial.clear();
    for (const file of open) await file.close();
  }
}

/** Gives the root of a row of hashes, a power of two of them: of a tile that still grows. */
function rootOfRow(bytes: Uint8Array): Uint8Array {
  let row = Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      nodeHash(row[2 * i] as Uint8Array, row[2 * i + 1] as Uint8Array),
    );
  return row[0] as Uint8Array;
}

function checkLength(bytes: Uint8Array, tileLevel: number, first: number, count: number): Uint8Array {
  if (bytes.length === count * HASH_BYTES) return bytes;
  throw new RangeError(`expected ${count} hashes at ${first} of level ${tileLevel}, got ${bytes.length} bytes`);
}
