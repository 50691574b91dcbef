// What the writer hashed anyway while its tree grew: the roots of complete subtrees that are levels of tiles.
import { MerkleFrontier } from "../merkle/merkle-frontier.ts";
import { HASH_BYTES, TILE_HEIGHT } from "./tile-layout.ts";

/** Roots of complete subtrees by level of tiles, as events completed them. */
export class GrownHashes {
  readonly #levels: Uint8Array[][] = [];

  /** Takes what a frontier tells; only every eighth level is a level of tiles. */
  readonly take = (level: number, root: Uint8Array): void => {
    if (level % TILE_HEIGHT !== 0) return;
    const tileLevel = level / TILE_HEIGHT;
    const hashes = this.#levels[tileLevel];
    if (hashes === undefined) this.#levels[tileLevel] = [root];
    else hashes.push(root);
  };

  /** Events that grew it. */
  get events(): number {
    return this.#levels[0]?.length ?? 0;
  }

  /** Adds those of later events. */
  join(later: GrownHashes): void {
    later.#levels.forEach((hashes, level) => {
      const mine = this.#levels[level];
      if (mine === undefined) this.#levels[level] = [...hashes];
      else for (const hash of hashes) mine.push(hash);
    });
  }

  /** Gives the bytes for each level's file. */
  *files(): Generator<readonly [level: number, bytes: Uint8Array], void, undefined> {
    for (let level = 0; level < this.#levels.length; level++) {
      const hashes = this.#levels[level] ?? [];
      const bytes = new Uint8Array(hashes.length * HASH_BYTES);
      hashes.forEach((hash, i) => {
        bytes.set(hash, i * HASH_BYTES);
      });
      yield [level, bytes];
    }
  }
}

/** The writer's tree: it keeps what the last commit completed, since a copy of it grows with each commit. */
export class GrowingTree extends MerkleFrontier {
  readonly grown: GrownHashes = new GrownHashes();

  override append(entry: Uint8Array): void {
    super.append(entry, this.grown.take);
  }

  override clone(): GrowingTree {
    return new GrowingTree(this.size, this.roots);
  }
}
