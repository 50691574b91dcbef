// When the cache of the opening is written: at a checkpoint, every 131 072 events and at the end, in the background.
import type { Files, Logger } from "@weftos/interface";
import type { KnownKeys } from "../idempotency/known-keys.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { Redactions } from "../redaction/redactions.ts";
import type { ChainState } from "../verify/chain-state.ts";
import { writeCache } from "./open-cache.ts";
import { errorCode } from "./publisher.ts";

const EVERY_EVENTS = 131_072;

/** What a keeper works with. */
export interface CacheKeeperParts {
  readonly files: Files;
  readonly dir: string;
  readonly logger: Pick<Logger, "warn">;
  readonly index: SegmentIndex;
  readonly keys: KnownKeys;
  readonly redactions: Pick<Redactions, "unfinished">;
  /** Events that the cache covers already. */
  readonly size: number;
}

export class CacheKeeper {
  readonly #parts: CacheKeeperParts;
  #size: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: CacheKeeperParts) {
    this.#parts = parts;
    this.#size = parts.size;
  }

  /** A commit is on disk. */
  committed(state: ChainState): void {
    if (state.size !== state.checkpointSize || state.size - this.#size < EVERY_EVENTS) return;
    this.#size = state.size;
    this.#writing = this.#write({ ...state });
  }

  /** The chain is written no more. */
  async close(state: ChainState): Promise<void> {
    await this.#writing;
    if (state.size === state.checkpointSize && state.size > this.#size) await this.#write(state);
  }

  async #write(state: ChainState): Promise<void> {
    const { files, dir, logger, index, keys, redactions } = this.#parts;
    // From a cache behind it, the next opening would not see the redaction that it has to finish.
    if (redactions.unfinished) return;
    try {
      await writeCache(files, dir, state, index, keys);
      this.#size = state.size;
    } catch (error) {
      logger.warn("cache of the chain not written", { error: errorCode(error) });
    }
  }
}
