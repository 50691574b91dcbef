// How the hashes of a tree are cut into tiles (c2sp.org/tlog-tiles): 256 in a row, at every eighth level of the tree.

export const HASH_BYTES = 32;
/** Hashes in a full tile. */
export const TILE_WIDTH = 256;
/** Levels of the tree from one level of tiles to the next. */
export const TILE_HEIGHT = 8;

/** Gives how many hashes a level of tiles has in a tree of a size. */
export function hashesAt(tileLevel: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** tileLevel);
}

/** Gives the levels of tiles that a tree of a size has, from 0. */
export function tileLevels(size: number): number[] {
  const levels: number[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) levels.push(level);
  return levels;
}

/** One tile: which, and how many hashes it has. */
export interface Tile {
  readonly index: number;
  readonly width: number;
}

/** Gives the tiles of a level with so many hashes; only the last may be partial. */
export function* tilesOf(hashes: number): Generator<Tile, void, undefined> {
  for (let index = 0; index * TILE_WIDTH < hashes; index++) {
    yield { index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
  }
}

/**
 * Gives the path of a tile below the log: index 1 234 067 is `x001/x234/067`, and a partial tile ends in its width.
 *
 * @param level - level of tiles, or `entries` for a bundle of entries
 */
export function tilePath(level: number | "entries", { index, width }: Tile): string {
  const groups: string[] = [];
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`${groups.length === 0 ? "" : "x"}${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${groups.join("/")}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}
