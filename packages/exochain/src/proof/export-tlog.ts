// The chain as a tiled transparency log (c2sp.org/tlog-tiles): any client of that specification can fetch it from a plain
// web server. An entry is the 32-byte event hash; the events themselves stay where they are.

import type { ExportTarget } from "./export-target.ts";
import type { EntrySource } from "./tile-cache.ts";
import type { TileHashes } from "./tile-hashes.ts";
import { HASH_BYTES, hashesAt, TILE_WIDTH, tileLevels, tilePath, tilesOf } from "./tile-layout.ts";

/** Writes tiles and bundles of entries, and last the checkpoint that says they are there. */
export async function exportTlog(
  target: ExportTarget,
  log: { readonly size: number; readonly note: Uint8Array; readonly hashes: TileHashes; readonly entries: EntrySource },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { size, note, hashes, entries } = log;
  for (const level of tileLevels(size)) {
    for (const tile of tilesOf(hashesAt(level, size))) {
      signal?.throwIfAborted();
      await target.write(tilePath(level, tile), [await hashes.bytes(level, tile.index * TILE_WIDTH, tile.width)]);
    }
  }
  const tiles = tilesOf(size);
  let waiting: Uint8Array[] = [];
  let done = 0;
  for await (const some of entries(0, size)) {
    waiting.push(...some);
    while (waiting.length >= Math.min(TILE_WIDTH, size - done) && done < size) {
      signal?.throwIfAborted();
      const tile = tiles.next().value;
      if (tile === undefined) break;
      await target.write(tilePath("entries", tile), [entryBundle(waiting.slice(0, tile.width))]);
      waiting = waiting.slice(tile.width);
      done += tile.width;
    }
  }
  if (done !== size) throw target.refuse(`expected ${size} events on disk, got ${done + waiting.length}`);
  await target.write("checkpoint", [note]);
}

/** Joins entries, each behind its length as two bytes big-endian. */
function entryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * (2 + HASH_BYTES));
  entries.forEach((entry, i) => {
    bytes[i * (2 + HASH_BYTES) + 1] = HASH_BYTES;
    bytes.set(entry, i * (2 + HASH_BYTES) + 2);
  });
  return bytes;
}
