// The parts of an open chain, wired to each other: who writes, who reads, who proves, and what follows each commit.
import type { Logger } from "@weftos/interface";
import type { LeavesWriter } from "../digest/leaves-writer.ts";
import type { KnownKeys } from "../idempotency/known-keys.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { ChainProver, entriesOf } from "../proof/chain-prover.ts";
import { GrowingTree } from "../proof/grown-hashes.ts";
import type { RawSource } from "../proof/raw-events.ts";
import { TileCache } from "../proof/tile-cache.ts";
import { QueryIndex } from "../query/query-index.ts";
import { EventReader } from "../reader/event-reader.ts";
import { Redactions } from "../redaction/redactions.ts";
import { filesSource } from "../verify/chain-source.ts";
import type { ChainState } from "../verify/chain-state.ts";
import { CacheKeeper } from "./cache-keeper.ts";
import type { OpenChainInit } from "./chain.ts";
import { ChainWriter } from "./chain-writer.ts";
import { CommitSignal } from "./commit-signal.ts";
import { EventAccess } from "./event-access.ts";
import type { LoadedChain } from "./load-chain.ts";
import { PairFiles } from "./pair-files.ts";
import { CheckpointPublisher } from "./publisher.ts";

const CHAIN_ID_BYTES = 16;

/** What an opening found and took hold of. */
export interface Ground {
  readonly signer: ChainSigner;
  readonly loaded: LoadedChain;
  readonly leaves: LeavesWriter;
  readonly keys: KnownKeys;
  /** Events that the cache of the opening covers. */
  readonly cachedSize: number;
  /** Gives the directory back. */
  readonly unlock: () => Promise<void>;
}

/** The parts of an open chain. */
export interface ChainParts extends Pick<Ground, "signer" | "keys" | "unlock"> {
  readonly init: OpenChainInit;
  readonly logger: Logger;
  readonly writer: ChainWriter;
  readonly pairs: PairFiles;
  readonly publisher: CheckpointPublisher;
  readonly events: EventAccess;
  readonly queries: QueryIndex;
  readonly redactions: Redactions;
  readonly tiles: TileCache;
  readonly prover: ChainProver;
  readonly cache: CacheKeeper;
  readonly commits: CommitSignal;
  /** Gives the stored bytes as of the last commit. */
  readonly raw: () => RawSource;
}

/** Makes the parts; nothing is written yet. */
export function assembleChain(init: OpenChainInit, ground: Ground): ChainParts {
  const { files, dir, clock, random, logger = quiet } = init;
  const { signer, loaded, leaves, keys, unlock } = ground;
  const { index } = loaded;
  const found = loaded.state;
  const state = {
    ...found,
    chain: found.chain ?? random.bytes(CHAIN_ID_BYTES),
    keys: signer.keys,
    nextKeys: undefined,
    tree: new GrowingTree(found.size, found.tree.roots),
  };
  const persistent = init.persistent ?? true;
  const pairs = new PairFiles({
    files,
    dir,
    rotateBytes: init.rotateBytes ?? 67_108_864,
    disk: persistent,
    start: state,
    counter: loaded.acked?.counter ?? 0,
  });
  const publisher = new CheckpointPublisher({ files, dir, clock, logger, beside: () => pairs.syncAcknowledged() });
  const commits = new CommitSignal();
  const committed = (now: ChainState): void => {
    if (now.tree instanceof GrowingTree) tiles.grow(now.tree.grown);
    commits.notify();
    cache.committed(now);
  };
  const writer: ChainWriter = new ChainWriter(
    {
      clock,
      random,
      logger,
      signer,
      files: pairs,
      leaves,
      publisher,
      index,
      keys,
      persistent,
      limits: {
        maxWaiting: init.maxWaiting ?? 8192,
        checkpointEvents: init.checkpointEvents ?? 1000,
        checkpointMs: init.checkpointMs ?? 5000,
      },
      committed,
      absorb: (marks, places) => queries.absorb(marks, places),
    },
    state,
  );
  const source = filesSource(files, dir);
  const size = (): number => writer.state.size;
  const hidden = (sequence: number): boolean => redactions.hides(sequence);
  const reader = new EventReader(source, index, () => writer.state, hidden);
  const events = new EventAccess(reader, commits, size);
  const redactions: Redactions = new Redactions({
    files,
    dir,
    writer,
    pairs,
    index,
    logger,
    read: (at) => events.get(at),
  });
  const { chain } = state;
  const queries = new QueryIndex({ files, dir, clock, logger, chain, source, reader, segments: index, size });
  const raw = (): RawSource => {
    const { first, eventBytes, contentBytes } = writer.state;
    const limit = { size: size(), first, eventBytes, contentBytes };
    return { source, index, limit, spot: (sequence) => queries.spotOf(sequence) };
  };
  const tiles = new TileCache(files, dir, found.size, entriesOf(raw));
  const prover = new ChainProver({ tiles, raw, tree: () => writer.state.tree, hidden });
  const cache = new CacheKeeper({ files, dir, logger, index, keys, redactions, size: ground.cachedSize });
  return {
    init,
    logger,
    signer,
    keys,
    unlock,
    writer,
    pairs,
    publisher,
    events,
    queries,
    redactions,
    tiles,
    prover,
    cache,
    commits,
    raw,
  };
}

const nothingWritten = (): void => undefined;
const quiet: Logger = {
  trace: nothingWritten,
  debug: nothingWritten,
  info: nothingWritten,
  warn: nothingWritten,
  error: nothingWritten,
  enabled: () => false,
};
